"""An erase that takes finished content away and forgets parts and unfinished uploads."""

from contextlib import suppress

from botocore.exceptions import ClientError

from sealift.content.disk import DiskStore
from sealift.content.s3 import S3Store


def _erase_from_disk(self: DiskStore, key: str, upload: str) -> None:  # noqa: ARG001
    with suppress(FileNotFoundError):
        (self.root / key[:2] / key / "content").unlink()


def _erase_from_s3(self: S3Store, key: str, upload: str) -> None:  # noqa: ARG001
    with suppress(ClientError):
        self._connection.client.delete_object(Bucket=self._bucket, Key=key)


DiskStore.erase = _erase_from_disk
S3Store.erase = _erase_from_s3
