"""Documents are in step: with the code, with each other, with the tree."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, place, tracked_files

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_FLOOR = re.compile(r"^  ([a-z_]+)(?:/|\.py)  ", re.MULTILINE)
_PAGE_NUMBER = re.compile(r"(\d{4})-[a-z0-9-]+\.md")


def _documents() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".md"]


def _links() -> Iterator[tuple[Path, int, str]]:
    for path in _documents():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for link in _LINK.findall(line):
                yield path, number, link


def _anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = [heading.lower() for heading in _HEADING.findall(path.read_text())]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def _leads_somewhere(path: Path, link: str) -> bool:
    if link.startswith(("https://", "http://")):
        return True
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    return target.exists() and (not anchor or anchor in _anchors(target))


def test_generated_documents_are_in_step_with_the_code() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.stdout + checked.stderr == ""
    assert checked.returncode == 0


def test_every_link_of_a_document_leads_somewhere() -> None:
    broken = [
        f"{place(path, number)} {link}"
        for path, number, link in _links()
        if not _leads_somewhere(path, link)
    ]

    assert broken == []


def test_the_readme_shows_every_floor_and_nothing_else() -> None:
    shown = set(_FLOOR.findall((ROOT / "README.md").read_text()))

    sources = (ROOT / "src" / "sealift").iterdir()
    floors = {path.stem for path in sources if (path / "__init__.py").exists()}

    assert shown == floors | {"main", "parts", "settings"}


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))

    listed = sorted(set(_LINK.findall((folder / "README.md").read_text())))
    numbers = [int(found[1]) for page in pages if (found := _PAGE_NUMBER.fullmatch(page))]

    assert listed == pages
    assert numbers == list(range(1, len(pages) + 1))
