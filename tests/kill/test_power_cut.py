"""What a loss of power takes: all that no barrier covers, and nothing else."""

import json
from pathlib import Path

import pytest

from tests.kill.power_cut import cut_power


@pytest.fixture
def store(tmp_path: Path) -> Path:
    made = tmp_path / "store"
    made.mkdir()
    return made


def a_file(store: Path) -> Path:
    file = store / "file"
    file.write_bytes(b"1234567890")
    return file


def written_down(store: Path, *lines: tuple[object, ...]) -> Path:
    journal = store.parent / "journal"
    journal.write_text("\n".join(map(json.dumps, lines)))
    return journal


def test_bytes_that_were_not_synced_are_zeros(store: Path) -> None:
    file = a_file(store)
    wrote = ("begins", "1", "wrote", file.stat().st_ino, 2, 3)

    lost = cut_power(written_down(store, wrote, ("ended", "1")), store)

    assert (lost, file.read_bytes()) == (1, b"12\0\0\x0067890")


def test_bytes_that_were_synced_stay(store: Path) -> None:
    file = a_file(store)
    number = file.stat().st_ino
    wrote = ("begins", "1", "wrote", number, 2, 3), ("ended", "1")
    synced = ("begins", "2", "synced", number, str(file)), ("ended", "2")

    lost = cut_power(written_down(store, *wrote, *synced), store)

    assert (lost, file.read_bytes()) == (0, b"1234567890")


@pytest.mark.parametrize("order", ["barrier first", "barrier never ends"])
def test_a_barrier_covers_only_what_was_done_before_it(store: Path, order: str) -> None:
    file = a_file(store)
    number = file.stat().st_ino
    wrote = [("begins", "1", "wrote", number, 0, 10), ("ended", "1")]
    synced = [("begins", "2", "synced", number, str(file)), ("ended", "2")]
    lines = [synced[0], *wrote, synced[1]] if order == "barrier first" else [*wrote, synced[0]]

    cut_power(written_down(store, *lines), store)

    assert file.read_bytes() == bytes(10)


def test_a_new_name_is_gone_until_its_folder_was_synced(store: Path) -> None:
    file = a_file(store)
    named = ("begins", "1", "named", str(file)), ("ended", "1")
    synced = ("begins", "2", "synced", 0, str(store)), ("ended", "2")

    cut_power(written_down(store, *named, *synced), store)
    assert file.exists()

    cut_power(written_down(store, *named), store)
    assert not file.exists()


def test_a_rename_is_undone_until_its_folder_was_synced(store: Path) -> None:
    file = a_file(store)
    renamed = ("begins", "1", "renamed", str(store / "before"), str(file)), ("ended", "1")

    cut_power(written_down(store, *renamed), store)

    assert [path.name for path in store.iterdir()] == ["before"]


def test_the_next_life_begins_with_an_empty_journal(store: Path) -> None:
    journal = written_down(store, ("begins", "1", "wrote", 0, 0, 1))

    cut_power(journal, store)

    assert cut_power(journal, store) == 0
