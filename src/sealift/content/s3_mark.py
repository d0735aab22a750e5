"""The mark of a store in its bucket: whose content is there, and of which store.

A bucket that is empty looks like one whose content is lost, and one that two stores share like
one with content that nobody claims. So a store writes a text into its bucket when it is first
used, which only its own records can make, and asks for it before anything else.
"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from sealift.content.s3_refusals import code_of
from sealift.domain.errors import ContentUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

MARK: Final = ".sealift-store"  # no key of content begins with a dot


def must_be(client: "S3Client", bucket: str, mark: str) -> None:
    """Refuses a bucket without the mark, or with that of somebody else."""
    found = _read(client, bucket)
    if found is None:
        message = f"the bucket {bucket} has no {MARK}: it is another bucket, or was emptied"
        raise ContentUnavailable(f"{message}, or no server was started with it yet")
    if found != mark:
        message = f"the bucket {bucket} belongs to another store: its {MARK} is not of this one"
        raise ContentUnavailable(f"{message}; look at the settings of the store")


def claim(client: "S3Client", bucket: str, mark: str) -> None:
    """Write the mark where there is none; refuses a bucket that is somebody else's."""
    if _read(client, bucket) is None:
        client.put_object(Bucket=bucket, Key=MARK, Body=mark.encode())
    must_be(client, bucket, mark)


def _read(client: "S3Client", bucket: str) -> str | None:
    try:
        return client.get_object(Bucket=bucket, Key=MARK)["Body"].read().decode("utf-8", "replace")
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        return None
