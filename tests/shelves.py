"""Where a yard keeps content: a disk or a bucket, watched, and ways to look at what is there."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from types_boto3_s3 import S3Client

from sealift.content.disk import DiskStore
from sealift.content.s3 import S3Address, S3Store
from sealift.records.binaries import Binary
from sealift.records.parts import BinaryPart
from tests.s3_server import S3Server
from tests.watched_store import WatchedLocalStore, WatchedStore


class Shelf(Protocol):
    @property
    def name(self) -> str:
        """What binaries remember the store by."""
        ...

    @property
    def store(self) -> WatchedStore: ...

    def kept(self) -> list[str]:
        """Whatever the store keeps, of anything: "key/content" or "key/" and what else it is."""
        ...

    def overwrite(self, key: str, content: bytes) -> None:
        """Put other bytes in the place of finished content, behind everybody's back."""
        ...

    def lose(self, key: str) -> None:
        """Take finished content away, behind everybody's back."""
        ...

    def has_part(self, binary: Binary, part: BinaryPart) -> bool:
        """Whether the bytes of a part of an open upload are really there."""
        ...


@dataclass(frozen=True)
class DiskShelf:
    folder: Path
    store: WatchedLocalStore
    name: str = "disk"

    def files(self) -> list[Path]:
        """All but the mark, which is of nothing."""
        return sorted(path for path in self.folder.rglob("*/*") if path.is_file())

    def kept(self) -> list[str]:
        return [f"{path.parent.name}/{path.name}" for path in self.files()]

    def overwrite(self, key: str, content: bytes) -> None:
        self.store.path(key).write_bytes(content)

    def lose(self, key: str) -> None:
        self.store.path(key).unlink()

    def has_part(self, binary: Binary, part: BinaryPart) -> bool:
        folder = next(self.folder.glob(f"*/{binary.content_key}"))
        name = f"part-{part.index:05}" if part.offset is None else "arriving"
        with (folder / name).open("rb") as file:
            file.seek(part.offset or 0)
            return sha256(file.read(part.size)).hexdigest() == part.hash


def a_disk_shelf(folder: Path) -> DiskShelf:
    disk = DiskStore(folder)
    disk.prepare()
    return DiskShelf(folder, WatchedLocalStore(disk))


@dataclass(frozen=True)
class S3Shelf:
    client: S3Client  # looks behind the store's back
    bucket: str
    store: WatchedStore
    name: str = "s3"

    @property
    def s3(self) -> S3Store:
        """The store that is watched, which can be asked for its powers."""
        assert isinstance(self.store.inner, S3Store)
        return self.store.inner

    def kept(self) -> list[str]:
        content = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        found = [f"{each.get('Key')}/content" for each in content]
        with suppress(self.client.exceptions.NoSuchUpload):  # which rclone says of a list of none
            uploads = self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
            found += [f"{each.get('Key')}/{each.get('UploadId')}" for each in uploads]
        return sorted(found)

    def overwrite(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def lose(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def has_part(self, binary: Binary, part: BinaryPart) -> bool:
        """By what the store lists, which is a size and sometimes a digest: it shows no bytes."""
        try:
            listed = self.client.list_parts(
                Bucket=self.bucket, Key=binary.content_key, UploadId=binary.upload or ""
            )
        except self.client.exceptions.NoSuchUpload:
            return False
        digest = b64encode(bytes.fromhex(part.hash)).decode()
        return any(
            (each.get("PartNumber"), each.get("Size")) == (part.index, part.size)
            and each.get("ChecksumSHA256", digest) == digest
            for each in listed.get("Parts", [])
        )


def an_s3_shelf(server: S3Server, bucket: str) -> S3Shelf:
    store = S3Store(
        S3Address(
            bucket=bucket,
            endpoint_url=server.endpoint_url,
            region=server.region,
            access_key_id=server.access_key_id,
            secret_access_key=server.secret_access_key,
        )
    )
    return S3Shelf(server.client(), bucket, WatchedStore(store))
