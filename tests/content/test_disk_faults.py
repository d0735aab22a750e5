"""Disks that are full, away, read-only or not ours: each is a refusal, and none loses bytes.

`/dev/full` is the kernel's own full disk: it can be opened, and every write is out of space.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sealift.content.disk import DiskStore
from sealift.content.files import MARK
from sealift.content.store import PartPlace
from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable
from tests.content.stores import a_disk, a_key, opened, pieces, some_bytes, stored

_NOBODY = 65534


def _folder(disk: DiskStore, key: str) -> Path:
    return disk.root / key[:2] / key


# --- full ----------------------------------------------------------------------------------------


@contextmanager
def _full(path: Path) -> Generator[None]:
    """Nothing more can be written to the file at `path`."""
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")
    yield
    path.unlink(missing_ok=True)  # who fails may have removed it
    if before is not None:
        path.write_bytes(before)


@pytest.mark.parametrize(("placed", "file"), [(True, "arriving"), (False, "part-00001")])
def test_a_part_that_finds_no_room_can_be_sent_once_there_is_some(
    disk: DiskStore, file: str, *, placed: bool
) -> None:
    content = some_bytes(1000)
    upload, parts = opened(disk), pieces(content, [1000], placed=placed)

    with _full(_folder(disk, upload.key) / file), pytest.raises(ContentFull):
        upload.send(parts[0])

    upload.send(parts[0])
    upload.close(parts)
    assert upload.content() == content


def test_joining_that_finds_no_room_can_be_repeated_once_there_is_some(disk: DiskStore) -> None:
    content = some_bytes(1000)
    upload, parts = opened(disk), pieces(content, [600, 400], placed=False)
    for piece in parts:
        upload.send(piece)

    with _full(_folder(disk, upload.key) / "joining"), pytest.raises(ContentFull):
        upload.close(parts)

    assert disk.size(upload.key) is None
    upload.close(parts)
    assert upload.content() == content


_LIMITED = """
import resource, sys
from pathlib import Path
from sealift.content.disk import DiskStore
from sealift.content.store import PartPlace
from sealift.domain.errors import ContentFull

root, key, offset = Path(sys.argv[1]), sys.argv[2], {"True": 0, "False": None}[sys.argv[3]]
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
try:
    with DiskStore(root).receive(key, PartPlace(1, 1000, "", offset)) as writer:
        writer.write(bytes(1000))
except ContentFull:
    sys.exit(7)
"""


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_that_grows_beyond_what_is_allowed_finds_no_room(
    disk: DiskStore, *, placed: bool
) -> None:
    upload = opened(disk)

    # In a process of its own: the limit is on every file of it, a log of the tests too.
    command = [sys.executable, "-c", _LIMITED, str(disk.root), upload.key, str(placed)]
    ended = subprocess.run(command, check=False, timeout=30)

    assert ended.returncode == 7
    assert disk.size(upload.key) is None


# --- away, or not ours ---------------------------------------------------------------------------


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody may look into, unlike the ones that pytest makes."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def _as_somebody_else() -> Generator[None]:
    """Root may do anything, so it becomes nobody; for others the modes of files are enough."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def _receive(disk: DiskStore, key: str) -> None:
    with disk.receive(key, PartPlace(1, 1000, "0" * 64, 0)) as writer:
        writer.write(b"x")


_CALLS: dict[str, Callable[[DiskStore, str], object]] = {
    "probe": lambda disk, _: disk.probe(),
    "open": lambda disk, key: disk.open(key),
    "receive": _receive,
    "close": lambda disk, key: disk.close(key, "", []),
    "size": lambda disk, key: disk.size(key),
    "read": lambda disk, key: list(disk.read(key)),
    "path": lambda disk, key: disk.path(key),
    "erase": lambda disk, key: disk.erase(key, ""),
}


@pytest.mark.parametrize("call", _CALLS)
def test_a_folder_that_may_not_be_entered_is_unavailable_not_empty(
    public_folder: Path, call: str
) -> None:
    disk = a_disk(public_folder / "content")
    key = stored(disk, b"content").key
    disk.root.chmod(0)

    with _as_somebody_else(), pytest.raises(ContentUnavailable):
        _CALLS[call](disk, key)

    disk.root.chmod(0o700)
    assert b"".join(disk.read(key)) == b"content"


@pytest.mark.parametrize("call", _CALLS)
def test_a_file_where_the_folder_should_be_is_unavailable_not_empty(
    disk: DiskStore, call: str
) -> None:
    shutil.rmtree(disk.root)
    disk.root.write_bytes(b"")

    with pytest.raises(ContentUnavailable):
        _CALLS[call](disk, a_key())


def test_a_folder_that_may_not_be_written_opens_no_upload(public_folder: Path) -> None:
    disk = a_disk(public_folder / "content")
    disk.root.chmod(0o555)

    with _as_somebody_else(), pytest.raises(ContentUnavailable):
        disk.probe()
    with _as_somebody_else(), pytest.raises(ContentUnavailable):
        disk.open(a_key())

    assert [path.name for path in disk.root.iterdir()] == [MARK]


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_erasing_that_leaves_something_does_not_say_that_it_is_done(
    public_folder: Path, *, is_interrupted: bool
) -> None:
    disk = a_disk(public_folder)
    upload = stored(disk, b"content")
    folder = _folder(disk, upload.key)
    if is_interrupted:
        folder = folder.rename(folder.with_name(f"{upload.key}.erasing"))
    folder.chmod(0o555)
    folder.parent.chmod(0o555)

    with _as_somebody_else(), pytest.raises(ContentUnavailable):
        upload.erase()

    assert (folder / "content").read_bytes() == b"content"
    folder.parent.chmod(0o700)
    folder.chmod(0o700)
    upload.erase()
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize("mount_point", ["none", "an empty one"])
@pytest.mark.parametrize("call", _CALLS)
def test_a_disk_that_is_away_is_unavailable_not_empty(
    disk: DiskStore, call: str, mount_point: str
) -> None:
    content = some_bytes(100)
    upload = stored(disk, content)
    away = disk.root.rename(disk.root.with_name("not mounted"))
    if mount_point != "none":
        disk.root.mkdir()

    with pytest.raises(ContentUnavailable):
        _CALLS[call](disk, upload.key)

    if mount_point != "none":
        disk.root.rmdir()  # nothing was put into it
    away.rename(disk.root)
    assert upload.content() == content


def test_a_disk_that_is_there_can_be_used(disk: DiskStore) -> None:
    disk.probe()

    assert not list(disk.root.glob("*/*"))


# --- made once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "a new file system"])
def test_a_store_is_made_where_nothing_is(tmp_path: Path, before: str) -> None:
    disk = DiskStore(tmp_path / "some" / "content")
    if before != "nothing":
        disk.root.mkdir(parents=True)
    if before == "a new file system":
        (disk.root / "lost+found").mkdir()

    disk.prepare()

    assert stored(disk, b"content").content() == b"content"


def test_making_a_store_again_changes_nothing(disk: DiskStore) -> None:
    upload = stored(disk, b"content")

    disk.prepare()

    assert upload.content() == b"content"


def test_a_folder_with_other_things_in_it_is_never_made_a_store(tmp_path: Path) -> None:
    (tmp_path / "photographs").mkdir()

    with pytest.raises(ContentUnavailable, match=MARK):
        DiskStore(tmp_path).prepare()

    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]


# --- damaged -------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["size", "read", "path"])
def test_a_folder_in_place_of_the_content_is_unavailable(disk: DiskStore, call: str) -> None:
    upload = stored(disk, b"content")
    content = disk.path(upload.key)
    content.unlink()
    content.mkdir()

    with pytest.raises(ContentUnavailable):
        _CALLS[call](disk, upload.key)


# --- removed under our feet ----------------------------------------------------------------------


@pytest.mark.parametrize("call", ["receive", "close", "read", "path"])
def test_an_upload_whose_folder_was_removed_is_missing(disk: DiskStore, call: str) -> None:
    upload = opened(disk)
    shutil.rmtree(_folder(disk, upload.key))

    with pytest.raises(ContentMissing):
        _CALLS[call](disk, upload.key)

    assert disk.size(upload.key) is None


def test_a_folder_removed_while_a_part_arrives_is_missed_when_closing(disk: DiskStore) -> None:
    upload, parts = opened(disk), pieces(some_bytes(1000), [1000], placed=True)

    with disk.receive(upload.key, parts[0].place) as writer:
        writer.write(parts[0].content[:500])
        shutil.rmtree(_folder(disk, upload.key))
        writer.write(parts[0].content[500:])
        writer.sync()

    with pytest.raises(ContentMissing):
        upload.close(parts)


def test_content_removed_before_its_first_chunk_is_missing(disk: DiskStore) -> None:
    upload = stored(disk, some_bytes(1000))
    chunks = disk.read(upload.key)
    shutil.rmtree(_folder(disk, upload.key))

    with pytest.raises(ContentMissing):
        next(chunks)


def test_reading_that_has_begun_may_end_whatever_is_erased(disk: DiskStore) -> None:
    content = some_bytes(3 * 1024**2)
    upload = stored(disk, content)
    chunks = disk.read(upload.key)
    first = next(chunks)

    upload.erase()

    assert first + b"".join(chunks) == content
