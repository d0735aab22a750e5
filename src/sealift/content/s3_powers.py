"""What one S3 store can do, found out by trying it on an upload that is thrown away.

Stores differ, and none says how. Nothing that is accepted hangs on the outcome: wrong bytes
are found by reading them. It decides how early they are found, and by which digest.
"""

from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5, sha256
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from sealift.content.s3_refusals import code_of
from sealift.domain.digest import Algorithm, tagged

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import PartTypeDef

_PROBES: Final = ".sealift-probe-"  # which no key begins with
_NOT_KNOWN: Final = {"InvalidArgument", "InvalidRequest", "NotImplemented"}
_REFUSED: Final = {400, 409, 412, 422, 501}  # the request, and neither its sender nor the upload
_FIRST: Final = b"first"
_OTHER: Final = b"other"


@dataclass(frozen=True, slots=True)
class Powers:
    checks_parts: bool  # refuses bytes that are not those of `x-amz-checksum-sha256`
    replaces_parts: bool  # takes other bytes for a part that has arrived
    reports: Algorithm | None  # how it says what arrived


def sha256_of(part: "PartTypeDef") -> str | None:
    """The digest that a store lists of a part, where it knows this algorithm."""
    listed = part.get("ChecksumSHA256")
    return tagged(b64decode(listed).hex()) if listed else None


def md5_of(part: "PartTypeDef") -> str:
    """The ETag, of a store whose ETags of parts are known to be this."""
    return tagged(part.get("ETag", "").strip('"'), Algorithm.MD5)


def opened(client: "S3Client", bucket: str, key: str) -> str:
    """The name of a new upload, with SHA-256 of its parts where the store knows that."""
    try:
        made = client.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")
    except ClientError as error:
        if code_of(error) not in _NOT_KNOWN:
            raise
        made = client.create_multipart_upload(Bucket=bucket, Key=key)
    return made["UploadId"]


def tried(client: "S3Client", bucket: str) -> Powers:
    key = f"{_PROBES}{uuid4()}"
    upload = opened(client, bucket, key)
    try:
        return _tried(client, bucket, key, upload)
    finally:
        with suppress(ClientError):  # nothing hangs on it, and it is listed as no key
            client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


def _tried(client: "S3Client", bucket: str, key: str, upload: str) -> Powers:
    def is_taken(index: int, content: bytes, declared: bytes) -> bool:
        try:
            client.upload_part(
                Bucket=bucket,
                Key=key,
                UploadId=upload,
                PartNumber=index,
                Body=content,
                ChecksumSHA256=b64encode(sha256(declared).digest()).decode(),
            )
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") not in _REFUSED:
                raise
            return False
        return True

    is_taken(1, _FIRST, _FIRST)
    listed = client.list_parts(Bucket=bucket, Key=key, UploadId=upload).get("Parts", [])
    return Powers(
        checks_parts=not is_taken(2, _OTHER, _FIRST),
        replaces_parts=is_taken(1, _OTHER, _OTHER),
        reports=_algorithm(listed[0]) if listed else None,
    )


def _algorithm(part: "PartTypeDef") -> Algorithm | None:
    if sha256_of(part) == tagged(sha256(_FIRST).hexdigest()):
        return Algorithm.SHA256
    digest = md5(_FIRST, usedforsecurity=False).hexdigest()
    return Algorithm.MD5 if md5_of(part) == tagged(digest, Algorithm.MD5) else None
