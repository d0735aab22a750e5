"""What a loss of power takes from a store: all that no barrier had made durable.

Reads the journal that `injected/power.py` has written. The bytes of a write that no barrier
covers become zeros, a new name is gone, a rename is undone; the latest goes first.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class _Change:
    """`covered_by` of a barrier: the inode of a file, or the path of a folder."""

    words: list[Any]
    ended: int | None = None  # place in the journal
    is_durable: bool = False

    @property
    def covered_by(self) -> set[object]:
        kind, *rest = self.words
        if kind == "wrote":
            return {rest[0]}
        return {str(Path(path).parent) for path in rest}


def cut_power(journal: Path, store: Path) -> int:
    """Take it all away, between a kill and the next start. How many changes were lost."""
    lost = list(_not_durable(journal))
    files = {path.stat().st_ino: path for path in store.rglob("*") if path.is_file()}
    for change in reversed(lost):
        _lose(change.words, files)
    journal.unlink(missing_ok=True)
    return len(lost)


def _not_durable(journal: Path) -> Iterator[_Change]:
    changes: dict[str, _Change] = {}
    barriers: dict[str, tuple[int, set[object]]] = {}  # → where it began, what it covers
    lines = journal.read_text().splitlines() if journal.exists() else []
    for place, (what, number, *words) in enumerate(map(json.loads, lines)):
        if what == "begins" and words[0] == "synced":
            barriers[number] = place, set(words[1:])
        elif what == "begins":
            changes[number] = _Change(words)
        elif number in changes:
            changes[number].ended = place
        elif number in barriers:
            _cover(changes, *barriers[number])
    yield from (each for each in changes.values() if not each.is_durable)


def _cover(changes: dict[str, _Change], began: int, covers: set[object]) -> None:
    for change in changes.values():
        if change.ended is not None and change.ended < began and change.covered_by <= covers:
            change.is_durable = True


def _lose(words: list[Any], files: dict[int, Path]) -> None:
    match words:
        case ["wrote", inode, offset, size] if inode in files:
            with suppress(FileNotFoundError):
                length = max(min(size, files[inode].stat().st_size - offset), 0)
                with files[inode].open("r+b") as file:
                    os.pwrite(file.fileno(), bytes(length), offset)
        case ["renamed", source, target] if Path(target).exists():
            Path(target).rename(source)
        case ["named", path] if Path(path).is_dir():
            shutil.rmtree(path)
        case ["named", path]:
            Path(path).unlink(missing_ok=True)
        case _:
            pass
