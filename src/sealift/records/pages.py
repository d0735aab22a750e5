"""Lists, page by page: keyset order, from the row behind which the page before ended.

Rows that an index finds are walked in the order of the list. A text somewhere in a column
is looked for in the first rows of the list, which is enough for a frequent one; after that
the index of texts tells the few rows that can have a rare one. Whoever found a row, its
conditions are always checked on the row itself.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Generic, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, and_, or_, select

from sealift.domain.metadata import LARGEST
from sealift.domain.search import Clause
from sealift.records import substrings
from sealift.records.clauses import condition, is_indexed, needle
from sealift.records.rows import Noun, T, query
from sealift.records.substrings import Needle
from sealift.records.transaction import Transaction

Place: TypeAlias = tuple[datetime, str]  # of a row in its list: inserted_at, id

# Rows that are looked at before an index of texts is asked: a few milliseconds' worth.
FIRST_ROWS: Final = 2_000
# Otherwise PostgreSQL's driver fetches all rows before it gives the first one.
_FEW_AT_A_TIME: Final = {"stream_results": True, "max_row_buffer": 5}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page shows: `after` is the last row of the page before it."""

    clauses: Sequence[Clause]
    descending: bool
    limit: int
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`last` is the place where another page follows, if one does."""

    rows: Sequence[T]
    last: Place | None


def page(tx: Transaction, noun: Noun[T], listing: Listing, first_rows: int = FIRST_ROWS) -> Page[T]:
    """Up to `limit` rows, and fewer when their metadata is large: a page holds no more of that
    than a single row may, since it must not take a hundred times as much memory to answer.
    """
    found: list[T] = []
    last, room = None, LARGEST
    with closing(_matching(tx, noun, listing, first_rows)) as matching:
        for row in matching:
            record = noun.made_of(row)
            room -= len(getattr(record, "custom_metadata", None) or "")
            if len(found) == listing.limit or (found and room < 0):
                return Page(found, last)
            found.append(record)
            last = (row.inserted_at, row.id)
    return Page(found, None)


def _matching(
    tx: Transaction, noun: Noun[Any], listing: Listing, first_rows: int
) -> Generator[Row[Any], None, None]:
    """The rows of the list, in its order; a few more than the page needs, or all there are."""
    slow = [each for each in listing.clauses if not is_indexed(noun, each)]
    needles = [found for each in slow if (found := needle(noun, each)) is not None]
    if not needles:
        yield from _walk(tx, noun, listing)
        return
    end = _end_of_first_rows(tx, noun, listing, first_rows)
    yield from _walk(tx, noun, listing, end)
    if end is None:
        return
    rest = replace(listing, after=end)
    usable = [each for each in needles if each.is_long_enough]
    yield from _found(tx, noun, rest, usable) if usable else _walk(tx, noun, rest)


def _end_of_first_rows(
    tx: Transaction, noun: Noun[Any], listing: Listing, first_rows: int
) -> Place | None:
    """The last of the first rows among those that indexes find; none if these are all."""
    table = noun.table
    indexed = [each for each in listing.clauses if is_indexed(noun, each)]
    statement = tx.select(table, table.c.inserted_at, table.c.id).where(
        *_conditions(tx, noun, replace(listing, clauses=indexed))
    )
    ordered = statement.order_by(*_order(table, descending=listing.descending))
    row = tx.connection.execute(ordered.offset(first_rows - 1).limit(1)).first()
    return None if row is None else (row.inserted_at, row.id)


def _walk(
    tx: Transaction, noun: Noun[Any], listing: Listing, until: Place | None = None
) -> Generator[Row[Any], None, None]:
    table = noun.table
    statement = query(tx, noun).where(*_conditions(tx, noun, listing))
    if until is not None:
        statement = statement.where(_up_to(table, until, descending=listing.descending))
    ordered = statement.order_by(*_order(table, descending=listing.descending))
    yield from _streamed(tx, ordered.limit(listing.limit + 1))


def _found(
    tx: Transaction, noun: Noun[Any], listing: Listing, needles: Sequence[Needle]
) -> Generator[Row[Any], None, None]:
    if tx.connection.dialect.name == "postgresql":
        yield from _streamed(tx, _through_candidates(tx, noun, listing, needles))
        return
    statement = query(tx, noun).where(*_conditions(tx, noun, listing))
    nearest = substrings.nearest_first(
        tx,
        noun.table,
        needles,
        listing.after[0] if listing.after else None,
        descending=listing.descending,
    )
    found = statement.select_from(nearest.rows).where(nearest.matches)
    with closing(_streamed(tx, found.order_by(nearest.order))) as rows:
        for _, together in groupby(rows, lambda row: substrings.period(row.inserted_at)):
            yield from sorted(together, key=_place, reverse=listing.descending)


def _through_candidates(
    tx: Transaction, noun: Noun[Any], listing: Listing, needles: Sequence[Needle]
) -> Select[Any]:
    """All matching rows are found before they are put in order: told how few are wanted, the
    planner would rather walk the list until it has met them.
    """
    table = noun.table
    found = (
        tx.select(table, table.c.inserted_at, table.c.id)
        .where(*_conditions(tx, noun, listing), *substrings.indexed(tx, needles))
        .cte("found")
        .prefix_with("MATERIALIZED")
    )
    first = select(found.c.id).order_by(*_order(found, descending=listing.descending))
    few = first.limit(listing.limit + 1).scalar_subquery()
    order = _order(table, descending=listing.descending)
    return query(tx, noun).where(table.c.id.in_(few)).order_by(*order)


def _streamed(tx: Transaction, statement: Select[Any]) -> Generator[Row[Any], None, None]:
    with tx.connection.execute(statement, execution_options=_FEW_AT_A_TIME) as result:
        yield from result


def _conditions(tx: Transaction, noun: Noun[Any], listing: Listing) -> list[ColumnElement[bool]]:
    found = [condition(tx, noun, each) for each in listing.clauses]
    asked = {each.key for each in listing.clauses}
    found += [each for key, each in noun.unless_asked.items() if key not in asked]
    if listing.after is not None:
        found.append(_behind(noun.table, listing.after, descending=listing.descending))
    return found


def _order(rows: FromClause, *, descending: bool) -> list[ColumnElement[Any]]:
    order = (rows.c.inserted_at, rows.c.id)
    return [column.desc() if descending else column.asc() for column in order]


def _place(row: Row[Any]) -> Place:
    return row.inserted_at, row.id


def _behind(table: Table, after: Place, *, descending: bool) -> ColumnElement[bool]:
    moment, row_id = after
    inserted_at, key = table.c.inserted_at, table.c.id
    if descending:
        tie = and_(inserted_at == moment, key < row_id)
        return and_(inserted_at <= moment, or_(inserted_at < moment, tie))
    tie = and_(inserted_at == moment, key > row_id)
    return and_(inserted_at >= moment, or_(inserted_at > moment, tie))


def _up_to(table: Table, last: Place, *, descending: bool) -> ColumnElement[bool]:
    """Not behind the last. Said without a NOT, through which no index is seen."""
    moment, row_id = last
    inserted_at, key = table.c.inserted_at, table.c.id
    if descending:
        tie = and_(inserted_at == moment, key >= row_id)
        return and_(inserted_at >= moment, or_(inserted_at > moment, tie))
    tie = and_(inserted_at == moment, key <= row_id)
    return and_(inserted_at <= moment, or_(inserted_at < moment, tie))
