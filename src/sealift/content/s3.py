"""Content in a bucket of an S3 store, put there and fetched by clients themselves.

A key is the key of one object, and an upload is a multipart upload with SHA-256 of its parts.
Both ends of it are single strokes: until it is completed there is no content, and once it was
completed or aborted nothing that was sent for it is taken any more.

An old link to a part can still put other bytes in its place, since the store knows nothing of
our records. That spoils the part, and no more: the closing step joins what is listed, and what
was joined is read before it is accepted. The ETags of finished content are never compared.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from sealift.content import s3_powers, s3_reading
from sealift.content.s3_connection import Patience, S3Address, S3Connection
from sealift.content.s3_powers import Powers
from sealift.content.s3_refusals import code_of, translated
from sealift.content.store import Kept, PartPlace, Received, is_key
from sealift.domain.digest import Algorithm
from sealift.domain.errors import (
    ContentMissing,
    ContentUnavailable,
    PartBusy,
    PartsIncomplete,
)

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

__all__ = ["Patience", "Powers", "S3Address", "S3Store"]

_TYPE: Final = "application/octet-stream"
_CACHING: Final = "private, no-transform"
_NO_VERSIONS: Final = {"MethodNotAllowed", "NotImplemented"}
_REPLACED: Final = "a part was sent again while the upload was finished; look again and repeat"
_TOO_SMALL: Final = "the store takes no parts that small, except for the last; send larger ones"
_NOTHING: Final = PartPlace(1, 0, sha256().hexdigest())
_NEVER: Final = datetime.fromtimestamp(0, UTC)


class S3Store:
    def __init__(
        self,
        address: S3Address,
        patience: Patience | None = None,
        mark: Callable[[], str] | None = None,
    ) -> None:
        self._bucket = address.bucket
        self._connection = S3Connection(address, patience or Patience(), mark)
        self._powers: Powers | None = None

    def prepare(self) -> None:
        """Mark the bucket as ours, where nothing is on record yet. Refuses one of another store."""
        self._connection.claim()

    def powers(self) -> Powers:
        """What this store can do; tried out once, when somebody first needs to know."""
        if self._powers is None:
            try:
                with translated(self._bucket):
                    self._powers = s3_powers.tried(self._connection.client, self._bucket)
            except ContentMissing as error:  # of the trial, and of nobody's content
                raise ContentUnavailable("the store forgets what it was just sent") from error
        return self._powers

    def probe(self) -> None:
        # Not `HeadBucket`, whose answers have no body that tells what is wrong.
        with translated(self._bucket):
            self._connection.client.list_objects_v2(Bucket=self._bucket, MaxKeys=1)

    # --- uploads ---------------------------------------------------------------------------------

    def open(self, key: str) -> str:
        with translated(self._bucket):
            return s3_powers.opened(self._connection.client, self._bucket, key)

    def abandon(self, key: str, upload: str) -> None:
        if not upload:
            return  # none was opened that anybody knew of
        with suppress(ContentMissing), translated(self._bucket):
            self._connection.client.abort_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload
            )

    def part_link(self, key: str, upload: str, part: PartPlace, lifetime: timedelta) -> str:
        """Length and digest are signed: whoever sends others, or none, is refused."""
        with translated(self._bucket):
            return self._connection.client.generate_presigned_url(
                "upload_part",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "UploadId": upload,
                    "PartNumber": part.index,
                    "ContentLength": part.size,
                    "ChecksumSHA256": b64encode(bytes.fromhex(part.hash)).decode(),
                },
                ExpiresIn=int(lifetime.total_seconds()),
            )

    def received(self, key: str, upload: str) -> Mapping[int, Received]:
        listed = self._listed(key, upload)
        return {
            index: Received(part.get("Size", 0), self._reported(part), _arrival(part))
            for index, part in listed.items()
        }

    def _reported(self, part: "PartTypeDef") -> str | None:
        digest = s3_powers.sha256_of(part)
        if digest is None and self.powers().reports is Algorithm.MD5:
            return s3_powers.md5_of(part)
        return digest

    def _listed(self, key: str, upload: str) -> "dict[int, PartTypeDef]":
        """The parts of an open upload; refuses as missing if there is no such upload."""
        if not upload:
            raise ContentMissing("the upload was never opened")
        with translated(self._bucket):
            pages = self._connection.client.get_paginator("list_parts").paginate(
                Bucket=self._bucket, Key=key, UploadId=upload
            )
            return {
                part.get("PartNumber", 0): part for page in pages for part in page.get("Parts", [])
            }

    def close(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        size = sum(part.size for part in parts)
        try:
            if not parts:
                self._send_nothing(key, upload)
            self._join(key, upload, parts or [_NOTHING])
        except ContentMissing:
            if self.size(key) is None:
                raise
        joined = self.size(key)
        if joined != size:
            raise ContentMissing(f"the store has joined {joined} bytes where {size} were received")
        self._abandon_all(key)

    def _send_nothing(self, key: str, upload: str) -> None:
        """Empty content is a part without bytes, so that it comes and goes as all content does."""
        with translated(self._bucket):
            self._connection.client.upload_part(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload,
                PartNumber=_NOTHING.index,
                Body=b"",
                ChecksumSHA256=b64encode(bytes.fromhex(_NOTHING.hash)).decode(),
            )

    def _join(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        listed = self._listed(key, upload)
        missing = [part.index for part in parts if part.index not in listed]
        if missing:
            raise ContentMissing(f"the store has not received part {missing[0]}")
        if any(listed[part.index].get("Size") != part.size for part in parts):
            raise PartBusy(_REPLACED)
        chosen = [_chosen(listed[part.index]) for part in parts]
        with translated(self._bucket):
            try:
                self._connection.joining.complete_multipart_upload(
                    Bucket=self._bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": chosen}
                )
            except ClientError as error:
                if code_of(error) == "InvalidPart":
                    raise PartBusy(_REPLACED) from error
                if code_of(error) == "EntityTooSmall":
                    raise PartsIncomplete(_TOO_SMALL, field="state") from error
                raise

    # --- content ---------------------------------------------------------------------------------

    def size(self, key: str) -> int | None:
        with translated(self._bucket):
            try:
                head = self._connection.client.head_object(Bucket=self._bucket, Key=key)
                return head["ContentLength"]
            except ClientError as error:
                # The answer has no body that tells what is missing: the content, its bucket
                # or a right.
                self.probe()
                if code_of(error) != "404":
                    raise
                return None

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if stop is not None and stop <= start:  # which cannot be asked for
            if self.size(key) is None:
                raise ContentMissing("no such content is stored")
            return iter(())
        return s3_reading.chunks(self._connection.client, self._bucket, key, start, stop)

    def download_link(self, key: str, verb: str, lifetime: timedelta) -> str:
        # The verb is part of what is signed.
        with translated(self._bucket):
            return self._connection.client.generate_presigned_url(
                "head_object" if verb == "HEAD" else "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentType": _TYPE,
                    "ResponseCacheControl": _CACHING,
                },
                ExpiresIn=int(lifetime.total_seconds()),
            )

    def erase(self, key: str, upload: str) -> None:
        self.abandon(key, upload)
        self._abandon_all(key)
        client = self._connection.client
        with suppress(ContentMissing), translated(self._bucket):
            client.delete_object(Bucket=self._bucket, Key=key)
        for version in self._versions(key):
            with suppress(ContentMissing), translated(self._bucket):
                client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)
        if self.size(key) is not None or self._uploads(key):
            raise ContentUnavailable("the store has not erased everything yet; repeat")

    def _versions(self, key: str) -> list[str]:
        """Of the content and of its deletions, where the store keeps them."""
        found: list[str] = []
        with translated(self._bucket):
            pages = self._connection.client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=key
            )
            try:
                for page in pages:
                    all_there = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                    found += [e.get("VersionId", "") for e in all_there if e.get("Key") == key]
            except ClientError as error:
                if code_of(error) not in _NO_VERSIONS:
                    raise
        return found

    def _abandon_all(self, key: str) -> None:
        """A crash between opening an upload and its record leaves one that nobody knows."""
        for upload in self._uploads(key):
            self.abandon(key, upload)

    # --- all that is there -----------------------------------------------------------------------

    def kept(self, beginning: str = "") -> Iterator[Kept]:
        by_key = attrgetter("key")
        found = merge(self._contents(beginning), self._unfinished(beginning), key=by_key)
        return (each for each in found if is_key(each.key))

    def _contents(self, beginning: str) -> Iterator[Kept]:
        with translated(self._bucket):
            pages = self._connection.client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=beginning
            )
            for page in pages:
                for each in page.get("Contents", []):
                    since = each.get("LastModified", _NEVER).astimezone(UTC)
                    yield Kept(each.get("Key", ""), each.get("Size", 0), None, since)

    def _unfinished(self, beginning: str) -> Iterator[Kept]:
        page = None
        try:
            with translated(self._bucket):
                pages = self._connection.client.get_paginator("list_multipart_uploads").paginate(
                    Bucket=self._bucket, Prefix=beginning
                )
                for page in pages:
                    for each in page.get("Uploads", []):
                        since = each.get("Initiated", _NEVER).astimezone(UTC)
                        yield Kept(each.get("Key", ""), None, each.get("UploadId", ""), since)
        except ContentMissing as error:
            # Some stores have no word for a list of none, and refuse as of an upload.
            if page is not None:
                raise ContentUnavailable("the store broke off a list; repeat") from error

    def _uploads(self, key: str) -> list[str]:
        return [each.upload or "" for each in self._unfinished(key) if each.key == key]


def _arrival(part: "PartTypeDef") -> str:
    return f"{part.get('LastModified', _NEVER).isoformat()} {part.get('ETag', '')}"[:255]


def _chosen(part: "PartTypeDef") -> "CompletedPartTypeDef":
    """As the store listed it; a digest that it keeps has to be named again."""
    chosen: CompletedPartTypeDef = {
        "PartNumber": part.get("PartNumber", 0),
        "ETag": part.get("ETag", ""),
    }
    if "ChecksumSHA256" in part:
        chosen["ChecksumSHA256"] = part["ChecksumSHA256"]
    return chosen
