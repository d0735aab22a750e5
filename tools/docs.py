"""Writes the documents that are made from the code, or says which are not in step with it.

python tools/docs.py            write them anew
python tools/docs.py --check    change nothing; status 1 and a line for each stale one
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from documents import command_line, lifecycle, openapi, problems, settings

_FOLDER: Final = Path(__file__).parents[1] / "docs"
_DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "command-line.md": command_line.text,
    "lifecycle.md": lifecycle.text,
    "openapi.json": openapi.text,
    "problems.md": problems.text,
    "settings.md": settings.text,
}


def main() -> int:
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = [name for name, text in _DOCUMENTS.items() if _kept(name) != text()]
    if sys.argv[1:]:
        for name in stale:
            print(f"docs/{name} is not in step with the code; run: make docs")
        return 1 if stale else 0
    for name in stale:
        (_FOLDER / name).write_text(_DOCUMENTS[name](), encoding="utf-8")
        print(f"wrote docs/{name}")
    return 0


def _kept(name: str) -> str | None:
    path = _FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
