"""What a store really has, looked at behind the back of its server and of its adapter."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sealift.records.binaries import Binary
from sealift.records.parts import BinaryPart

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_OWN: Final = ".sealift-"  # what a store keeps for itself: its mark, and trials


class Shelf(Protocol):
    @property
    def takes_parts(self) -> bool:
        """Whether clients send parts there, past the server."""
        ...

    def kept(self) -> Iterator[str]:
        """The keys under which there is anything: content, parts, an open upload."""
        ...

    def content(self, key: str) -> bytes | None: ...

    def has_part(self, binary: Binary, part: BinaryPart, begins: int, sent: bytes) -> bool:
        """Whether what was sent is there, as a part or already in the content from `begins`."""
        ...


@dataclass(frozen=True, slots=True)
class DiskShelf:
    folder: Path
    takes_parts: bool = False

    def kept(self) -> Iterator[str]:
        for path in self.folder.glob("*/*"):
            yield path.name.removesuffix(".erasing")

    def content(self, key: str) -> bytes | None:
        with suppress(FileNotFoundError):
            return (self._of(key) / "content").read_bytes()
        return None

    def has_part(self, binary: Binary, part: BinaryPart, begins: int, sent: bytes) -> bool:
        folder = self._of(binary.content_key)
        name = f"part-{part.index:05}" if part.offset is None else "arriving"
        places = ((folder / name, part.offset or 0), (folder / "content", begins))
        return any(_bytes(path, start, len(sent)) == sent for path, start in places)

    def _of(self, key: str) -> Path:
        return self.folder / key[:2] / key


def _bytes(path: Path, start: int, size: int) -> bytes | None:
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(start)
        return file.read(size)
    return None


@dataclass(frozen=True, slots=True)
class S3Shelf:
    s3: "S3Client"
    bucket: str
    takes_parts: bool = True

    def kept(self) -> Iterator[str]:
        # A kill may leave an upload of a few bytes that the store was tried out with: it is of
        # no key, and the store's own rule for unfinished uploads takes it away.
        return (key for key in self._listed() if not key.startswith(_OWN))

    def _listed(self) -> Iterator[str]:
        with suppress(self.s3.exceptions.NoSuchUpload):  # rclone's way to say that there is none
            uploads = self.s3.get_paginator("list_multipart_uploads")
            for page in uploads.paginate(Bucket=self.bucket):
                yield from (each.get("Key", "") for each in page.get("Uploads", []))
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            yield from (each.get("Key", "") for each in page.get("Contents", []))

    def content(self, key: str) -> bytes | None:
        with suppress(self.s3.exceptions.NoSuchKey):
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return None

    def has_part(self, binary: Binary, part: BinaryPart, begins: int, sent: bytes) -> bool:
        """A part can be listed and not read: the store's own MD5 of it has to do."""
        content = self.content(binary.content_key)
        if content is not None:
            return content[begins : begins + len(sent)] == sent
        digest = md5(sent, usedforsecurity=False).hexdigest()
        with suppress(self.s3.exceptions.NoSuchUpload):
            listed = self.s3.list_parts(
                Bucket=self.bucket, Key=binary.content_key, UploadId=binary.upload or ""
            )
            return any(
                each.get("PartNumber") == part.index and each.get("ETag", "").strip('"') == digest
                for each in listed.get("Parts", [])
            )
        return False
