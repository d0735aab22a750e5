"""A stretch of stored content, whatever happens to the connection on the way.

A body that breaks off is continued by a request for the rest, which has to be of the same
content: the ETag of the first answer has to come again. It is compared here, too, because
not every store heeds `If-Match`. Where a store sends none, keys alone vouch: none is used twice.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from sealift.content.s3_refusals import BROKEN, code_of, refusal, translated
from sealift.domain.errors import ContentUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef

_CHUNK: Final = 256 * 1024
_TRIES: Final = 4  # in a row without a whole chunk
_BEYOND: Final = {"InvalidRange", "416"}


def chunks(
    client: "S3Client", bucket: str, key: str, start: int, stop: int | None
) -> Iterator[bytes]:
    """The bytes from `start` up to `stop`, or to the end. Nothing if there are none so far on."""
    position, etag, tries = start, "", 0
    while stop is None or position < stop:
        with translated(bucket):
            answer = _answer(client, bucket, key, position, stop, etag)
        if answer is None:
            return
        found = answer.get("ETag", "")
        if etag not in {"", found}:
            raise ContentUnavailable("the content was replaced while it was read; repeat")
        etag = found
        try:
            with closing(answer["Body"]) as body:
                for chunk in body.iter_chunks(_CHUNK):
                    position += len(chunk)
                    tries = tries if len(chunk) < _CHUNK else 0
                    yield chunk
        except BROKEN as error:
            tries += 1
            if tries == _TRIES:
                message = "the store breaks off again and again; wait and repeat"
                raise ContentUnavailable(message) from error
        else:
            return


def _answer(
    client: "S3Client", bucket: str, key: str, start: int, stop: int | None, etag: str
) -> "GetObjectOutputTypeDef | None":
    stretch = f"bytes={start}-{'' if stop is None else stop - 1}"
    try:
        if etag:
            return client.get_object(Bucket=bucket, Key=key, Range=stretch, IfMatch=etag)
        if (start, stop) == (0, None):
            return client.get_object(Bucket=bucket, Key=key)
        return client.get_object(Bucket=bucket, Key=key, Range=stretch)
    except ClientError as error:
        if code_of(error) in _BEYOND:
            return None
        raise refusal(error, bucket) from error
