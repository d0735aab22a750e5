"""An S3 store whose answers a test writes down, for what rclone cannot do or say.

botocore's Stubber stands where the network would be: it gives the next answer to the next
request, and objects if the test expected another one. The adapter and all of boto3 are real.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.stub import Stubber

from sealift.content.s3 import S3Address, S3Store

KEY: Final = "key.1"
UPLOAD: Final = "the-upload"
_JOINS: Final = "complete_multipart_upload"  # which has a client of its own


@dataclass(frozen=True)
class Answers:
    store: S3Store
    stubbers: tuple[Stubber, Stubber]

    def says(
        self, operation: str, answer: Mapping[str, Any] | None = None, **asked: object
    ) -> None:
        """The next answer to `operation`, which has to be asked with exactly these parameters."""
        parameters = {"Bucket": "bucket", **asked} if asked else None
        self._stubber(operation).add_response(operation, dict(answer or {}), parameters)

    def refuses(self, operation: str, code: str, status: int = 400) -> None:
        self._stubber(operation).add_client_error(operation, code, http_status_code=status)

    def _stubber(self, operation: str) -> Stubber:
        return self.stubbers[operation == _JOINS]

    def assert_all_was_asked_for(self) -> None:
        for stubber in self.stubbers:
            stubber.assert_no_pending_responses()

    def lists_parts(self, *parts: Mapping[str, Any]) -> None:
        self.says("list_parts", {"Parts": [dict(part) for part in parts]})

    def has(self, size: int | None) -> None:
        """Content of this size under the key, or none."""
        if size is not None:
            self.says("head_object", {"ContentLength": size}, Key=KEY)
            return
        self.refuses("head_object", "404", 404)
        self.says("list_objects_v2", {})

    def has_uploads(self, **key_of: str) -> None:
        uploads = [{"Key": key, "UploadId": name} for name, key in key_of.items()]
        self.says("list_multipart_uploads", {"Uploads": uploads}, Prefix=KEY)


@contextmanager
def written_answers() -> Generator[Answers]:
    """All that was written down has to be asked for by the end."""
    store = S3Store(S3Address("bucket", "http://s3.test", "us-east-1", "id", "secret"))
    connection = store._connection
    stubbers = Stubber(connection.client), Stubber(connection.joining)
    with stubbers[0], stubbers[1]:
        answers = Answers(store, stubbers)
        yield answers
        answers.assert_all_was_asked_for()


def listed(index: int, size: int, **further: str) -> dict[str, Any]:
    return {"PartNumber": index, "Size": size, "ETag": f'"etag-{index}"', **further}
