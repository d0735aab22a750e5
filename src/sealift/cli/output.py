"""Results on standard output: JSON for programs, which is the default, or a table for people."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Final, cast

from sealift.cli.config import Json, as_object
from sealift.cli.session import Output, Session
from sealift.cli.terminal import plain

# Control characters that JSON lets pass, and that a terminal might obey.
_UNSAFE: Final = re.compile(r"[\x7f-\x9f]")
_GAP: Final = "  "


def emit(session: Session, answer: Json, columns: Sequence[str] = ()) -> None:
    """`columns` are those of a list's table; a single record is shown whole."""
    is_table = session.output is Output.TABLE
    for line in _table(answer, columns) if is_table else [_json(answer)]:
        sys.stdout.write(line + "\n")
    if is_table and answer.get("next_page"):
        session.note("there are more; --all shows them")


def _json(answer: Json) -> str:
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(answer, indent=indent, ensure_ascii=not _speaks_unicode())
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _table(answer: Json, columns: Sequence[str]) -> list[str]:
    for value in answer.values():
        if isinstance(value, list):
            rows = [cast("Json", row) for row in cast("list[object]", value)]
            return _list(rows, columns)
    enveloped = [found for value in answer.values() if (found := as_object(value))]
    return _record(enveloped[0] if enveloped else answer)


def _list(rows: Sequence[Json], columns: Sequence[str]) -> list[str]:
    cells = [[column.upper() for column in columns]]
    cells += [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _record(record: Json) -> list[str]:
    width = max(map(len, record), default=0)
    return [f"{name.ljust(width)}{_GAP}{_cell(value)}".rstrip() for name, value in record.items()]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool | dict | list):
        return plain(json.dumps(value, ensure_ascii=False))
    return plain(str(value))
