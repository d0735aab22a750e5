"""Content on a disk.

The folder of the store has a mark, made before anything is served and never again: without
it the disk is away, and nothing is said to be missing. Each key is a folder of its own, made
by the opening step and by nothing else:

    <root>/sealift-store                         the mark
    <root>/<first two of the key>/<key>/
        arriving     bytes at their places, while parts of an even cut arrive
        part-00007   a part whose place is not known yet
        lock-00007   held by the one writer of part 7; the kernel lets go when it dies
        content      the whole, after the closing step

`arriving` is there from the opening to the end of the closing step. All writers share its
lock, and closing takes it alone, so no byte changes while the parts are joined or later.

Erasing moves the folder aside first. From that instant late writers, closers and readers
find nothing to open, and none of them can bring it back.
"""

import fcntl
import os
import stat
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sealift.content.files import (
    CHUNK,
    MARK,
    READ_ONLY,
    check_length,
    check_mark,
    copy,
    held,
    opened,
    remove,
    sync_file,
    sync_folder,
    translated,
)
from sealift.content.store import Kept, PartPlace, Received, is_key
from sealift.domain.errors import ContentMissing, ContentUnavailable

_ASIDE: Final = ".erasing"  # after the key, in the name of a folder that is being removed
_NOT_OURS: Final = {"lost+found"}  # which a new file system has
_CLOSING: Final = "the upload is just being finished; no part can be sent now"
_SENDING: Final = "another request is sending this part; wait for it"
_STILL_SENT: Final = "a part of the upload is still being sent; wait for it"


class DiskWriter:
    """Writes one part at its place in a file."""

    def __init__(self, root: Path, descriptor: int, offset: int) -> None:
        self._root = root
        self._descriptor = descriptor
        self._position = offset

    def write(self, chunk: bytes | memoryview) -> None:
        rest = memoryview(chunk)
        with translated(self._root):
            while rest:
                written = os.pwrite(self._descriptor, rest, self._position)
                self._position += written
                rest = rest[written:]

    def sync(self) -> None:
        with translated(self._root):
            os.fdatasync(self._descriptor)


class DiskStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Make the folder and its mark, where no content is on record yet. Repeating is fine.

        Refuses a folder with other things in it: it is not ours, or has lost its mark.
        """
        with translated(self.root):
            if not self.root.is_dir():
                self.root.mkdir(0o700, parents=True, exist_ok=True)
                sync_folder(self.root.parent)
            if (self.root / MARK).exists():
                return
            if {path.name for path in self.root.iterdir()} - _NOT_OURS - {MARK}:
                message = (
                    f"its folder is not empty and has no file {MARK}; name an empty folder, or"
                    " make an empty file of that name in it if this is the store's"
                )
                raise ContentUnavailable(message)
            with opened(self.root / MARK, os.O_WRONLY | os.O_CREAT):
                pass
            sync_folder(self.root)

    def probe(self) -> None:
        check_mark(self.root)
        with translated(self.root):
            if os.statvfs(self.root).f_flag & os.ST_RDONLY:
                raise ContentUnavailable(READ_ONLY)
            if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
                message = "the folder of the store may not be written; ask its operator"
                raise ContentUnavailable(message)

    def _folder(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError(f"not a key: {key!r}")
        return self.root / key[:2] / key

    def open(self, key: str) -> str:
        folder = self._folder(key)
        check_mark(self.root)
        with translated(self.root):
            for parent in (folder.parent, folder):
                if not parent.is_dir():
                    parent.mkdir(0o700, exist_ok=True)
                    sync_folder(parent.parent)
            if not (folder / "content").exists():  # else the closing step was here already
                with opened(folder / "arriving", os.O_WRONLY | os.O_CREAT):
                    sync_folder(folder)
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
        with ExitStack() as stack:
            with translated(self.root):
                # There from the opening to the closing step: before and after, nothing is taken.
                arriving = held(folder / "arriving", fcntl.LOCK_SH, _CLOSING)
                descriptor = stack.enter_context(arriving)
                lock = folder / f"lock-{part.index:05}"
                stack.enter_context(held(lock, fcntl.LOCK_EX, _SENDING, made=True))
                if part.offset is None:
                    # Not cut short: good bytes stay until others are written over them, and
                    # what is left of a longer part is never read.
                    loose = opened(folder / f"part-{part.index:05}", os.O_WRONLY | os.O_CREAT)
                    descriptor = stack.enter_context(loose)
                    sync_folder(folder)
            yield DiskWriter(self.root, descriptor, part.offset or 0)

    def close(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        folder, size = self._folder(key), sum(part.size for part in parts)
        content, arriving = folder / "content", folder / "arriving"
        with translated(self.root), ExitStack() as stack:
            try:
                stack.enter_context(held(arriving, fcntl.LOCK_EX, _STILL_SENT))
            except FileNotFoundError:
                check_length(content, size)  # closed earlier, if ever
            else:
                _become_content(folder, parts, size)
            for leftover in folder.iterdir():
                if leftover != content:
                    leftover.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        try:
            with translated(self.root):
                return self.path(key).stat().st_size
        except ContentMissing:
            return None

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self._chunks(self.path(key), start, stop)

    def arrived(self, key: str, part: PartPlace) -> Iterator[bytes]:
        name = "arriving" if part.offset is not None else f"part-{part.index:05}"
        path, start = self._folder(key) / name, part.offset or 0
        with translated(self.root):
            if path.stat().st_size < start + part.size:
                raise ContentMissing("of the part fewer bytes are stored than arrived")
        return self._chunks(path, start, start + part.size)

    def _chunks(self, path: Path, start: int, stop: int | None) -> Iterator[bytes]:
        position = start
        with translated(self.root), opened(path, os.O_RDONLY) as descriptor:
            while stop is None or position < stop:
                wanted = CHUNK if stop is None else min(CHUNK, stop - position)
                chunk = os.pread(descriptor, wanted, position)
                if not chunk:
                    return
                position += len(chunk)
                yield chunk

    def path(self, key: str) -> Path:
        path = self._folder(key) / "content"
        with translated(self.root):
            if not stat.S_ISREG(path.stat().st_mode):
                message = "what the store has in place of the content is no file; ask its operator"
                raise ContentUnavailable(message)
            with opened(path, os.O_RDONLY):  # whoever answers with it has nothing else to refuse
                return path

    def download_link(self, key: str, verb: str, lifetime: timedelta) -> None:
        return None

    def erase(self, key: str, upload: str) -> None:
        folder = self._folder(key)
        aside = folder.with_name(f"{key}{_ASIDE}")
        with translated(self.root):
            remove(aside)  # what an interrupted erasure has left
            with suppress(FileNotFoundError):
                folder.rename(aside)
                sync_folder(folder.parent)
            remove(aside)
        check_mark(self.root)  # a disk that is not mounted is not one that has nothing left

    def kept(self, beginning: str = "") -> Iterator[Kept]:
        check_mark(self.root)
        for shelf in _names(self.root, beginning[:2]):
            for name in _names(self.root / shelf, beginning):
                key = name.removesuffix(_ASIDE)
                if key[:2] == shelf and is_key(key):
                    with translated(self.root), suppress(FileNotFoundError):  # erased meanwhile
                        yield from _found(self.root / shelf / name, key)
            check_mark(self.root)


def _names(folder: Path, beginning: str) -> list[str]:
    with translated(folder.parent), suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path.name for path in folder.iterdir() if path.name.startswith(beginning))
    return []


def _found(folder: Path, key: str) -> Iterator[Kept]:
    """What the folder of a key has. One without content is an upload, whatever else it has."""
    content, arriving = (_stat(folder / name) for name in ("content", "arriving"))
    if content is not None and folder.name == key:
        yield Kept(key, content.st_size, None, _moment(content))
        if arriving is None:
            return
    yield Kept(key, None, "", max(_moment(folder.stat()), _moment(arriving or folder.stat())))


def _stat(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None


def _moment(found: os.stat_result) -> datetime:
    return datetime.fromtimestamp(found.st_mtime, UTC)


def _become_content(folder: Path, parts: Sequence[PartPlace], size: int) -> None:
    """Give the parts the name of the content, and let no more of them in.

    Done anew after a crash: while `arriving` was there, parts may have been replaced.
    """
    arriving = folder / "arriving"
    is_joined = any(part.offset is None for part in parts)
    whole = _joined(folder, parts) if is_joined else arriving
    check_length(whole, size)
    sync_file(whole)
    whole.replace(folder / "content")
    sync_folder(folder)
    if is_joined:
        # Gone for good before any part is, or a repetition would miss the part.
        arriving.unlink()
        sync_folder(folder)


def _joined(folder: Path, parts: Sequence[PartPlace]) -> Path:
    """Copy all parts into a new file, in order. An earlier, interrupted copy is overwritten."""
    whole = folder / "joining"
    try:
        with opened(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as target:
            for part in parts:
                name = "arriving" if part.offset is not None else f"part-{part.index:05}"
                with opened(folder / name, os.O_RDONLY) as source:
                    os.lseek(source, part.offset or 0, os.SEEK_SET)
                    copy(source, target, part.size)
    except BaseException:
        # On a full disk half a copy would keep the room that all others wait for.
        with suppress(OSError):
            whole.unlink()
        raise
    return whole
