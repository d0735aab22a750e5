"""Files and folders of a store on a disk: durable, locked, and refused in our own words.

What is not found is missing only while the mark of the store can be seen. Without the mark
the disk is away, which says nothing about what is on it.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable, PartBusy

MARK: Final = "sealift-store"  # a file that is in the folder of every store
CHUNK: Final = 256 * 1024  # bytes; still in the cache of the processor when they are digested
OWNER_ONLY: Final = 0o600  # of files; content is nobody's business until a link says so
READ_ONLY: Final = "the disk of the store is read-only, nothing can change there; ask its operator"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated(root: Path) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        check_mark(root)
        raise ContentMissing("no such content is stored") from error
    except OSError as error:
        if error.errno in _FULL:
            raise ContentFull("the disk of the store is full; free some room and repeat") from error
        if error.errno == errno.EROFS:
            raise ContentUnavailable(READ_ONLY) from error
        message = "the disk of the store does not answer as it should; ask its operator"
        raise ContentUnavailable(message) from error


def check_mark(root: Path) -> None:
    """Refuse if this is not the folder of the store, as when its disk is not mounted."""
    try:
        (root / MARK).stat()
    except OSError as error:
        message = f"the folder of the store is away, or its file {MARK} is; ask its operator"
        raise ContentUnavailable(message) from error


@contextmanager
def held(path: Path, how: int, busy: str, *, made: bool = False) -> Generator[int]:
    """A descriptor of the locked file. The kernel lets go of it when its holder dies."""
    flags = os.O_RDWR | (os.O_CREAT if made else 0)
    descriptor = os.open(path, flags, OWNER_ONLY)
    try:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PartBusy(busy) from error
        # It may have been renamed or removed between opening and locking.
        if not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise FileNotFoundError(errno.ENOENT, "replaced by another file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path, flags: int) -> Generator[int]:
    descriptor = os.open(path, flags, OWNER_ONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def copy(source: int, target: int, size: int) -> None:
    left = size
    while left:
        chunk = memoryview(os.read(source, min(CHUNK, left)))
        if not chunk:
            raise ContentMissing("a received part is shorter than its record says")
        left -= len(chunk)
        while chunk:
            chunk = chunk[os.write(target, chunk) :]


def check_length(path: Path, size: int) -> None:
    actual = path.stat().st_size
    if actual != size:
        raise ContentMissing(f"the upload has {actual} bytes where {size} were received")


def sync_file(path: Path) -> None:
    with opened(path, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    with opened(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        os.fsync(descriptor)


def remove(folder: Path) -> None:
    """All of it, durably, or a refusal. Others may be removing it too and be faster."""
    if not folder.exists():
        return
    while folder.exists():
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    sync_folder(folder.parent)
