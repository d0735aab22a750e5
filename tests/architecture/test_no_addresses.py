"""What is committed stands on its own.

It names no package registry and no folder of the machine it was written on, and every
document that it refers to is in the repository.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import place, tracked_files

# One letter of each is in brackets, so that this file does not find itself.
_REGISTRY = re.compile(r"p[y]pi\.org|p[y]thonhosted|n[p]mjs|deb\.d[e]bian|--(extra-)?index-u[r]l ")
_MACHINE_PATH = re.compile(r"(?<![\w.}])/(w[o]rk|r[o]ot|h[o]me|U[s]ers)/|\.p[y]env")
_DOCUMENT = re.compile(r"(?<![\w*.>-])[\w-]+\.md\b")


def _lines() -> Iterator[tuple[Path, int, str]]:
    for path in tracked_files():
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            yield path, number, line


def _places_of(pattern: re.Pattern[str]) -> list[str]:
    return [place(path, number) for path, number, line in _lines() if pattern.search(line)]


def test_no_file_names_a_package_registry() -> None:
    assert _places_of(_REGISTRY) == []


def test_no_file_names_a_folder_of_its_authors_machine() -> None:
    assert _places_of(_MACHINE_PATH) == []


def test_every_document_that_is_named_exists() -> None:
    known = {path.name for path in tracked_files()}

    missing = [
        f"{place(path, number)} {name}"
        for path, number, line in _lines()
        for name in _DOCUMENT.findall(line)
        if name not in known
    ]

    assert missing == []
