"""Texts within texts: what is asked of the index of texts.

It can be asked for three characters and more, and only narrows down: it gives every row that
has the text, and perhaps others. How it is made and kept is in `text_index`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Table,
    Text,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY

from sealift.records.columns import microseconds
from sealift.records.text_index import PERIOD_BITS, RUN, WITHIN
from sealift.records.transaction import Transaction

_LONGEST: Final = 48  # characters asked of the index: more would not make the rows fewer


@dataclass(frozen=True, slots=True)
class Needle:
    """A text that a row must have in this column."""

    column: Column[Any]
    text: str

    @property
    def is_long_enough(self) -> bool:
        return len(self.text) >= RUN

    @property
    def asked(self) -> str:
        return self.text[:_LONGEST]


# --- PostgreSQL ----------------------------------------------------------------------------------


def indexed(tx: Transaction, needles: Sequence[Needle]) -> list[ColumnElement[bool]]:
    """PostgreSQL: conditions that the indexes of texts answer."""
    owner = [] if tx.organization_id is None else [tx.organization_id]
    found: list[ColumnElement[bool]] = []
    for each in needles:
        runs = func.sealift_runs(each.column.table.c.organization_id, each.column)
        # In the index's own collation, without which it is not seen.
        texts = literal([*_runs(each.asked), *owner], ARRAY(Text))
        asked = texts.op("COLLATE")(literal_column('"C"'))
        found.append(runs.op("@>", is_comparison=True)(asked))
    return found


def _runs(text: str) -> list[str]:
    return sorted({text[at : at + RUN] for at in range(len(text) - RUN + 1)})


# --- SQLite --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nearest:
    """SQLite: rows in the order of their periods, and in none within one."""

    rows: FromClause
    matches: ColumnElement[bool]
    order: ColumnElement[Any]


def period(moment: datetime) -> int:
    return microseconds(moment) >> PERIOD_BITS


def nearest_first(
    tx: Transaction,
    searched: Table,
    needles: Sequence[Needle],
    since: datetime | None,
    *,
    descending: bool,
) -> Nearest:
    """`since` is the moment from which the rows are wanted."""
    texts = table(f"{searched.name}_texts", column("rowid", BigInteger))
    numbers = table(f"{searched.name}_numbers", column("number"), column("id"))
    number = texts.c.rowid
    # Said so, no planner can go from the rows to the texts.
    row_id = select(numbers.c.id).where(numbers.c.number == number).correlate(texts)
    rows = texts.join(searched, searched.c.id == row_id.scalar_subquery())
    matches = literal_column(texts.name).op("MATCH", is_comparison=True)(_match(tx, needles))
    if since is not None:
        first = period(since) << PERIOD_BITS
        matches &= number <= first + WITHIN if descending else number >= first
    return Nearest(rows, matches, number.desc() if descending else number.asc())


def _match(tx: Transaction, needles: Sequence[Needle]) -> str:
    asked = [(each.column.name, each.asked) for each in needles]
    if tx.organization_id is not None:
        asked.append(("owner", tx.organization_id[:RUN]))
    return " AND ".join(
        f'"{name}" : "{text.replace(chr(34), chr(34) * 2)}"' for name, text in asked
    )
