"""Content on a disk.

Each key is a folder of its own, made by the opening step and by nothing else:

    <root>/<first two of the key>/<key>/
        arriving     bytes at their places, while parts of an even cut arrive
        part-00007   a part whose place is not known yet
        lock-00007   held by the one writer of part 7; the kernel lets go when it dies
        content      the whole, after the closing step

Erasing moves the folder aside first. From that instant late writers, closers and readers
find nothing to open, and none of them can bring it back.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from sealift.content.store import PartPlace, Received
from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable, PartBusy

_CHUNK: Final = 1024 * 1024
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\.[0-9]{1,19})?")
_OWNER_ONLY: Final = 0o600  # of files; content is nobody's business until a link says so


class DiskWriter:
    """Writes one part at its place in a file."""

    def __init__(self, descriptor: int, offset: int) -> None:
        self._descriptor = descriptor
        self._position = offset

    def write(self, chunk: bytes | memoryview) -> None:
        rest = memoryview(chunk)
        with _translated():
            while rest:
                written = os.pwrite(self._descriptor, rest, self._position)
                self._position += written
                rest = rest[written:]

    def sync(self) -> None:
        with _translated():
            os.fdatasync(self._descriptor)


class DiskStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def _folder(self, key: str) -> Path:
        # Nothing that a file system reads its own meaning into; no other name of ours either.
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"not a key: {key!r}")
        return self.root / key[:2] / key

    def open(self, key: str) -> str:
        folder = self._folder(key)
        with _translated():
            for parent in (self.root, folder.parent, folder):
                if not parent.is_dir():
                    parent.mkdir(0o700, exist_ok=True, parents=parent == self.root)
                    _sync_folder(parent.parent)
            os.close(os.open(folder / "arriving", os.O_WRONLY | os.O_CREAT, _OWNER_ONLY))
            _sync_folder(folder)
        return ""

    def abandon(self, key: str, upload: str) -> None:
        """Nothing: all who open a key here share its folder."""

    def part_link(self, key: str, upload: str, part: PartPlace, lifetime: timedelta) -> None:
        return None

    def received(self, key: str, upload: str) -> Mapping[int, Received] | None:
        return None

    @contextmanager
    def receive(self, key: str, part: PartPlace) -> Generator[DiskWriter]:
        folder = self._folder(key)
        with _translated():
            # There from the opening to the closing step: before and after, nothing is taken.
            (folder / "arriving").stat()
        with _alone(folder / f"lock-{part.index:05}"):
            with _translated():
                if part.offset is None:
                    # Not cut short: good bytes stay until others are written over them, and
                    # what is left of a longer part is never read.
                    flags = os.O_WRONLY | os.O_CREAT
                    descriptor = os.open(folder / f"part-{part.index:05}", flags, _OWNER_ONLY)
                    _sync_folder(folder)
                else:
                    descriptor = os.open(folder / "arriving", os.O_WRONLY)
            try:
                yield DiskWriter(descriptor, part.offset or 0)
            finally:
                os.close(descriptor)

    def close(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        folder, size = self._folder(key), sum(part.size for part in parts)
        content, arriving = folder / "content", folder / "arriving"
        with _translated():
            if not content.is_file() or content.stat().st_size != size:
                if any(part.offset is None for part in parts):
                    whole = _joined(folder, parts)
                else:
                    whole = arriving
                _check_length(whole, size)
                _sync_file(whole)
                whole.replace(content)
                _sync_folder(folder)
            for leftover in folder.iterdir():
                if leftover != content:
                    leftover.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        try:
            with _translated():
                return (self._folder(key) / "content").stat().st_size
        except ContentMissing:
            return None

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return _chunks(self.path(key), start, stop)

    def path(self, key: str) -> Path:
        path = self._folder(key) / "content"
        with _translated():
            path.stat()
        return path

    def download_link(self, key: str, lifetime: timedelta) -> None:
        return None

    def erase(self, key: str, upload: str) -> None:
        folder = self._folder(key)
        aside = folder.with_name(f"{key}.erasing")
        with _translated():
            if not self.root.is_dir():
                # A disk that is not mounted is not one that has nothing left.
                raise ContentUnavailable("the folder of the store is away; ask its operator")
            _remove(aside)  # what an interrupted erasure has left
            with suppress(FileNotFoundError):
                folder.rename(aside)
                _sync_folder(folder.parent)
            _remove(aside)


def _remove(folder: Path) -> None:
    """All of it, durably, or a refusal. Others may be removing it too and be faster."""
    if not folder.exists():
        return
    while folder.exists():
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    _sync_folder(folder.parent)


def _chunks(path: Path, start: int, stop: int | None) -> Iterator[bytes]:
    position = start
    with _translated():
        descriptor = os.open(path, os.O_RDONLY)
    try:
        while stop is None or position < stop:
            wanted = _CHUNK if stop is None else min(_CHUNK, stop - position)
            with _translated():
                chunk = os.pread(descriptor, wanted, position)
            if not chunk:
                return
            position += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def _joined(folder: Path, parts: Sequence[PartPlace]) -> Path:
    """Copy all parts into a new file, in order. An earlier, interrupted copy is overwritten."""
    whole = folder / "joining"
    target = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    try:
        for part in parts:
            name = "arriving" if part.offset is not None else f"part-{part.index:05}"
            with (folder / name).open("rb") as source:
                source.seek(part.offset or 0)
                _copy(source.fileno(), target, part.size)
    finally:
        os.close(target)
    return whole


def _copy(source: int, target: int, size: int) -> None:
    left = size
    while left:
        chunk = memoryview(os.read(source, min(_CHUNK, left)))
        if not chunk:
            raise ContentMissing("a received part is shorter than its record says")
        left -= len(chunk)
        while chunk:
            chunk = chunk[os.write(target, chunk) :]


def _check_length(path: Path, size: int) -> None:
    actual = path.stat().st_size
    if actual != size:
        raise ContentMissing(f"the upload has {actual} bytes where {size} were received")


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    with _translated():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PartBusy("another request is sending this part; wait for it") from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ContentMissing("no such content is stored") from error
    except OSError as error:
        if error.errno in _FULL:
            raise ContentFull("the disk of the store is full; free some room and repeat") from error
        message = "the disk of the store does not answer as it should; ask its operator"
        raise ContentUnavailable(message) from error
