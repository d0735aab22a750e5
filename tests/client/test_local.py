"""Files on this side: their digests, and that no change of them goes unnoticed."""

import os
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from sealift.client.local import FileChanged, LocalTrouble, read

_TWO_PARTS = b"\0" * 5_242_880 + b"x" * 100


def _ignore(_: int) -> None:
    pass


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "firmware.bin"
    path.write_bytes(content)
    return path


def test_the_whole_and_the_parts_are_hashed(tmp_path: Path) -> None:
    content = read(_file(tmp_path, _TWO_PARTS), 5_242_880, _ignore)

    assert content.size == 5_242_980
    assert content.hash == "cee4081f03be9185f299d732e1c45f4e7248cf024181e529c1897cdad7966230"
    assert content.part_hashes == (
        "c036cbb7553a909f8b8877d4461924307f27ecb66cff928eeeafd569c3887e29",
        "09ecb6ebc8bcefc733f6f2ec44f791abeed6a99edf0cc31519637898aebd52d8",
    )


@pytest.mark.parametrize("part_size", [1, 7, 999, 1000, 1001, 2000])
def test_every_part_has_the_digest_of_its_bytes(tmp_path: Path, part_size: int) -> None:
    whole = os.urandom(2000)

    content = read(_file(tmp_path, whole), part_size, _ignore)

    expected = [whole[at : at + part_size] for at in range(0, 2000, part_size)]
    assert list(content.part_hashes) == [sha256(part).hexdigest() for part in expected]
    assert [b"".join(content.bytes_of(cut)) for cut in content.cuts()] == expected
    assert content.hash == sha256(whole).hexdigest()


def test_a_part_boundary_on_a_reading_boundary_is_nothing_special(tmp_path: Path) -> None:
    whole = os.urandom(12 * 1024 * 1024)  # three of the strides in which files are read

    content = read(_file(tmp_path, whole), 4 * 1024 * 1024, _ignore)

    expected = [whole[a:b] for a, b in pairwise(range(0, len(whole) + 1, 4 * 1024 * 1024))]
    assert list(content.part_hashes) == [sha256(part).hexdigest() for part in expected]


def test_a_single_part_is_the_whole(tmp_path: Path) -> None:
    content = read(_file(tmp_path, b"Hello, Binary\n"), 5_242_880, _ignore)

    assert content.part_hashes == (content.hash,)


def test_an_empty_file_has_no_parts(tmp_path: Path) -> None:
    content = read(_file(tmp_path, b""), 5_242_880, _ignore)

    assert (content.hash, content.size, content.part_hashes) == (sha256().hexdigest(), 0, ())


def test_progress_adds_up_to_the_size(tmp_path: Path) -> None:
    steps: list[int] = []

    read(_file(tmp_path, _TWO_PARTS), 5_242_880, steps.append)

    assert sum(steps) == len(_TWO_PARTS)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, _TWO_PARTS)

    def grow(_: int) -> None:
        with path.open("ab") as file:
            file.write(b"more" * 300)

    with pytest.raises(FileChanged, match=r"firmware\.bin"):
        read(path, 5_242_880, grow)


@pytest.mark.parametrize("change", ["longer", "shorter", "touched", "replaced", "gone"])
def test_a_file_that_changed_since_is_not_sent(tmp_path: Path, change: str) -> None:
    path = _file(tmp_path, b"Hello, Binary\n")
    content = read(path, 5_242_880, _ignore)

    match change:
        case "longer":
            path.write_bytes(b"Hello, Binary\nand more\n")
        case "shorter":
            path.write_bytes(b"Hello")
        case "touched":
            os.utime(path, ns=(0, 0))
        case "replaced":
            _file(tmp_path, b"").rename(tmp_path / "other")
            path.write_bytes(b"Hello, Binary\n")
        case _:
            path.unlink()

    with pytest.raises(LocalTrouble, match=r"firmware\.bin"):
        next(content.bytes_of(content.cuts()[0]))  # not one byte of it


def test_other_bytes_are_found_even_behind_an_unchanged_date(tmp_path: Path) -> None:
    path = _file(tmp_path, b"Hello, Binary\n")
    content = read(path, 5_242_880, _ignore)
    before = path.stat()
    path.write_bytes(b"Jello, Binary\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(FileChanged):
        content.check_part(content.cuts()[0])


def test_unchanged_bytes_pass_the_check(tmp_path: Path) -> None:
    content = read(_file(tmp_path, b"Hello, Binary\n"), 5_242_880, _ignore)

    content.check_part(content.cuts()[0])

    assert content.cuts()[0].size == 14


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)

    with pytest.raises(LocalTrouble, match=kind):
        read(path, 5_242_880, _ignore)
