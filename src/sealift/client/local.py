"""A file on this side: read once for all its digests, and watched for changes afterwards.

Reading gives the digest of the whole and of each part in one pass. When parts are sent the
file is read again, so it must not have changed: size, time of change and identity are
compared each time it is opened, and a part that the server finds wrong is hashed anew.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

from sealift.client.progress import Advance
from sealift.domain.digest import Algorithm, PartDigests
from sealift.domain.parts import Cut, cuts

_READ: Final = 4 * 1024**2  # bytes; two digests at a time need long strides to overlap
_SEND: Final = 128 * 1024  # bytes; longer writes are copied more than once on their way


class LocalTrouble(Exception):
    """What is wrong is on this side; no server was asked, or it is not to blame."""


class FileChanged(LocalTrouble):
    pass


@dataclass(frozen=True, slots=True)
class _Seen:
    device: int
    inode: int
    size: int
    changed: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class LocalContent:
    """A file as it was when it was read. `part_hashes` belong to equal parts of `part_size`."""

    path: Path
    size: int
    hash: str
    part_size: int
    part_hashes: tuple[str, ...]
    seen: _Seen

    def cuts(self) -> list[Cut]:
        return cuts(self.size, self.part_size)

    def bytes_of(self, cut: Cut) -> Iterator[bytes]:
        """The part's bytes in short pieces; refuses once the file is not what it was."""
        left = cut.size
        with _opened(self.path) as file:
            self._check(file)
            file.seek(cut.offset)
            while left:
                piece = file.read(min(left, _SEND))
                if not piece:
                    raise _changed(self.path)
                left -= len(piece)
                yield piece
            self._check(file)

    def check_part(self, cut: Cut) -> None:
        """Refuse if the file no longer holds the bytes that this part was declared with."""
        digest = hashlib.sha256()
        for piece in self.bytes_of(cut):
            digest.update(piece)
        if digest.hexdigest() != self.part_hashes[cut.index - 1]:
            raise _changed(self.path)

    def _check(self, file: FileIO) -> None:
        if _look_at(file) != self.seen:
            raise _changed(self.path)


def read(path: Path, part_size: int, advance: Advance) -> LocalContent:
    """Digest the whole file and its parts; a file that grows meanwhile is refused."""
    with _opened(path) as file:
        seen = _look_at(file)
        # A single part is the whole: one digest serves both.
        sizes = [piece.size for piece in cuts(seen.size, part_size)]
        wanted = ((size, Algorithm.SHA256) for size in sizes)
        parts = PartDigests(wanted) if len(sizes) > 1 else None
        whole = _digest(file, seen.size, parts, advance)
        content = LocalContent(
            path=path,
            size=seen.size,
            hash=whole,
            part_size=part_size,
            part_hashes=tuple(parts.found().values() if parts else [whole] * len(sizes)),
            seen=seen,
        )
        if _look_at(file) != seen:
            raise _changed(path)
    return content


def _changed(path: Path) -> FileChanged:
    return FileChanged(f"{path} changed while it was read; try again once nothing writes to it")


def size_of(path: Path) -> int:
    with _opened(path) as file:
        return _look_at(file).size


def _digest(file: FileIO, size: int, parts: PartDigests | None, advance: Advance) -> str:
    """The digest of the whole; those of the parts are taken on another core meanwhile.

    No more than `size` is read: a file that somebody keeps writing to has no end.
    """
    whole = hashlib.sha256()
    buffer = memoryview(bytearray(_READ))
    left = size
    with ThreadPoolExecutor(1) as aside:
        while count := file.readinto(buffer[:left]):
            left -= count
            chunk = buffer[:count]
            pending = aside.submit(parts.feed, chunk) if parts else None
            whole.update(chunk)
            if pending:
                pending.result()
            advance(count)
    return whole.hexdigest()


def _opened(path: Path) -> FileIO:
    try:
        # Looked at before it is opened: opening a pipe would wait for its writer.
        is_regular = stat.S_ISREG(path.stat().st_mode)
        if is_regular:
            return path.open("rb", buffering=0)
    except OSError as error:
        raise LocalTrouble(f"cannot read {path}: {error.strerror or error}") from error
    raise LocalTrouble(f"{path} is no regular file; only those can be sent in parts")


def _look_at(file: FileIO) -> _Seen:
    found = os.fstat(file.fileno())
    return _Seen(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
