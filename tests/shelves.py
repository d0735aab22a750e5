"""Where a yard keeps content: a disk or a bucket, watched, and ways to look at what is there."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sealift.content.disk import DiskStore
from sealift.records.binaries import Binary
from sealift.records.parts import BinaryPart
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
