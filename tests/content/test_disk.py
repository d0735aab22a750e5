"""What a store on a disk promises beyond the contract."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealift.content.disk import DiskStore
from sealift.content.files import MARK
from sealift.content.store import PartPlace
from sealift.domain.errors import ContentMissing, PartBusy
from tests.content.stores import a_key, opened, pieces, some_bytes, stored

_PART = PartPlace(1, 1000, "0" * 64, 0)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _folder(disk: DiskStore, key: str) -> Path:
    return disk.root / key[:2] / key


# --- keys ----------------------------------------------------------------------------------------


def _receive(disk: DiskStore, key: str) -> None:
    with disk.receive(key, _PART):
        pass


_CALLS: dict[str, Callable[[DiskStore, str], object]] = {
    "open": lambda disk, key: disk.open(key),
    "receive": _receive,
    "close": lambda disk, key: disk.close(key, "", []),
    "size": lambda disk, key: disk.size(key),
    "read": lambda disk, key: list(disk.read(key)),
    "path": lambda disk, key: disk.path(key),
    "erase": lambda disk, key: disk.erase(key, ""),
}


@pytest.mark.parametrize("call", _CALLS)
@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="nothing"),
        pytest.param(".", id="this folder"),
        pytest.param("..", id="the folder above"),
        pytest.param("...", id="dots"),
        pytest.param("../x", id="a way up"),
        pytest.param("..x", id="a way up by the first two characters"),
        pytest.param(".x", id="a hidden file"),
        pytest.param("a/b", id="a way down"),
        pytest.param("/etc", id="another root"),
        pytest.param("a\\b", id="a backslash"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("a\n", id="a line end"),
        pytest.param("a b", id="a space"),
        pytest.param("ä", id="no ASCII"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("a.erasing", id="the name of another key that is being erased"),
        pytest.param("a" * 256, id="longer than file systems allow"),
    ],
)
def test_a_key_that_would_lead_elsewhere_is_a_mistake(disk: DiskStore, call: str, key: str) -> None:
    beside = disk.root.parent / "beside"
    beside.write_bytes(b"not ours")

    with pytest.raises(ValueError, match="not a key"):
        _CALLS[call](disk, key)

    assert _names(disk.root.parent) == ["beside", "content"]
    assert _names(disk.root) == [MARK]


def test_keys_as_the_records_make_them_are_fine(disk: DiskStore) -> None:
    upload = stored(disk, b"content", placed=True)

    assert _names(disk.root / upload.key[:2]) == [upload.key]


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def generous_umask() -> Iterator[None]:
    """Whatever is made may be read and written by everybody, unless its maker says no."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
@pytest.mark.parametrize("placed", [True, False])
def test_only_the_owner_may_look_at_anything(disk: DiskStore, *, placed: bool) -> None:
    parts = pieces(some_bytes(100), [60, 40], placed=placed)
    stored(disk, some_bytes(100), placed=placed)
    upload = opened(disk)
    for piece in parts:
        upload.send(piece)

    found = {path.stat().st_mode & 0o777 for path in disk.root.rglob("*") if path.is_file()}

    assert found == {0o600}
    assert {path.stat().st_mode & 0o777 for path in disk.root.rglob("*") if path.is_dir()} == {
        0o700
    }


@pytest.mark.parametrize("placed", [True, False])
def test_a_closed_upload_is_one_file(disk: DiskStore, *, placed: bool) -> None:
    upload = stored(disk, some_bytes(1000), placed=placed)

    assert _names(_folder(disk, upload.key)) == ["content"]


def test_closing_parts_that_have_their_places_copies_nothing(disk: DiskStore) -> None:
    upload = opened(disk)
    parts = pieces(some_bytes(100), [60, 40], placed=True)
    for piece in parts:
        upload.send(piece)
    arriving = (_folder(disk, upload.key) / "arriving").stat().st_ino

    upload.close(parts)

    assert disk.path(upload.key).stat().st_ino == arriving


def test_nothing_stays_on_the_disk_after_erasing(disk: DiskStore) -> None:
    closed, under_way = stored(disk, some_bytes(1000)), opened(disk)
    under_way.send(pieces(some_bytes(1000), [1000], placed=False)[0])

    for upload in (closed, under_way):
        upload.erase()

    assert [path.name for path in disk.root.rglob("*") if path.is_file()] == [MARK]
    assert not any(closed.key in str(path) for path in disk.root.rglob("*"))


@pytest.mark.parametrize("placed", [True, False])
def test_hundreds_of_parts_are_joined_in_order(disk: DiskStore, *, placed: bool) -> None:
    sizes = [10] * 300
    content = some_bytes(sum(sizes))
    upload, parts = opened(disk), pieces(content, sizes, placed=placed)

    for piece in reversed(parts):
        upload.send(piece)
    upload.close(parts)

    assert upload.content() == content


def _open_files() -> int:
    return len(_names(Path("/proc/self/fd")))


def test_reading_that_is_given_up_keeps_no_file_open(disk: DiskStore) -> None:
    upload = stored(disk, some_bytes(3 * 1024**2))
    before = _open_files()

    never_begun = [disk.read(upload.key) for _ in range(3)]
    half_read = [disk.read(upload.key) for _ in range(3)]
    assert all(next(chunks) for chunks in half_read)
    del never_begun, half_read

    assert _open_files() == before


def test_a_writer_that_is_refused_keeps_no_file_open(disk: DiskStore) -> None:
    upload = opened(disk)
    with disk.receive(upload.key, _PART):
        before = _open_files()
        for _ in range(3):
            with pytest.raises(PartBusy):
                _receive(disk, upload.key)

        assert _open_files() == before


# --- crashes -------------------------------------------------------------------------------------

_WRITE_HALF_AND_WAIT = """
import sys
from pathlib import Path
from sealift.content.disk import DiskStore
from sealift.content.store import PartPlace

root, key = sys.argv[1:]
with DiskStore(Path(root)).receive(key, PartPlace(1, 1000, "0" * 64, 0)) as writer:
    writer.write(bytes(500))
    print("half is written", flush=True)
    sys.stdin.read()
"""


def test_a_writer_that_is_killed_leaves_its_part_unfinished_and_free(disk: DiskStore) -> None:
    content = some_bytes(1000)
    upload, parts = opened(disk), pieces(content, [1000], placed=True)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITE_HALF_AND_WAIT, str(disk.root), upload.key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half is written\n"
        with pytest.raises(PartBusy):
            upload.send(parts[0])

        writer.kill()
        writer.wait()

    with pytest.raises(ContentMissing):
        upload.close(parts)
    upload.send(parts[0])
    upload.close(parts)
    assert upload.content() == content


def test_joining_that_was_cut_off_is_done_anew(disk: DiskStore) -> None:
    content = some_bytes(1000)
    upload, parts = opened(disk), pieces(content, [600, 400], placed=False)
    for piece in parts:
        upload.send(piece)
    (_folder(disk, upload.key) / "joining").write_bytes(b"x" * 5000)

    upload.close(parts)

    assert upload.content() == content


def test_closing_that_was_cut_off_before_it_tidied_up_is_finished(disk: DiskStore) -> None:
    content = some_bytes(1000)
    upload = stored(disk, content, placed=False)
    for leftover in ("part-00001", "lock-00001", "joining"):
        (_folder(disk, upload.key) / leftover).write_bytes(b"x")

    upload.close(pieces(content, [1000], placed=False))

    assert _names(_folder(disk, upload.key)) == ["content"]
    assert upload.content() == content


def test_parts_replaced_after_joining_was_cut_off_are_joined_anew(disk: DiskStore) -> None:
    first, second = (pieces(some_bytes(1000, seed), [600, 400], placed=False) for seed in (1, 2))
    upload = opened(disk)
    for piece in first:
        upload.send(piece)
    (_folder(disk, upload.key) / "content").write_bytes(some_bytes(1000, seed=1))

    upload.send(second[0])
    parts = [second[0], first[1]]
    upload.close(parts)

    assert upload.content() == second[0].content + first[1].content


def test_opening_late_adds_nothing_to_what_is_closed(disk: DiskStore) -> None:
    content = some_bytes(1000)
    upload = stored(disk, content, placed=False)

    disk.open(upload.key)

    assert _names(_folder(disk, upload.key)) == ["content"]
    upload.close(pieces(content, [1000], placed=False))
    assert upload.content() == content


def test_erasing_that_was_cut_off_is_finished(disk: DiskStore) -> None:
    upload = stored(disk, some_bytes(1000))
    folder = _folder(disk, upload.key)
    folder.rename(folder.with_name(f"{upload.key}.erasing"))

    upload.erase()

    assert _names(folder.parent) == []


def test_a_part_shorter_than_its_record_is_missed_when_joining(disk: DiskStore) -> None:
    upload, parts = opened(disk), pieces(some_bytes(1000), [600, 400], placed=False)
    for piece in parts:
        upload.send(piece)
    (_folder(disk, upload.key) / "part-00002").write_bytes(b"short")

    with pytest.raises(ContentMissing):
        upload.close(parts)

    assert disk.size(upload.key) is None


def test_bytes_behind_the_end_are_not_taken_for_content(disk: DiskStore) -> None:
    upload, parts = opened(disk), pieces(some_bytes(1000), [1000], placed=True)
    upload.send(parts[0])
    with (_folder(disk, upload.key) / "arriving").open("ab") as arriving:
        arriving.write(b"more")

    with pytest.raises(ContentMissing):
        upload.close(parts)

    assert disk.size(upload.key) is None


def test_keys_are_never_opened_by_anything_but_the_opening_step(disk: DiskStore) -> None:
    for call in ("receive", "close", "read", "path"):
        with pytest.raises(ContentMissing):
            _CALLS[call](disk, a_key())

    assert _names(disk.root) == [MARK]
