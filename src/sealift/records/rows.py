"""How any noun's rows are found, listed, changed and removed.

A `Noun` says which table it is, which dataclass a row becomes and which columns the keys
of the search language mean; the functions do the rest, always inside the organization of
the transaction. What cannot be found is refused as `NotFound`, whoever it belongs to.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, and_, false, func, or_

from sealift.domain.errors import NotFound
from sealift.domain.metadata import LARGEST
from sealift.domain.names import Kind, Name
from sealift.domain.search import Clause
from sealift.records.transaction import Transaction

T = TypeVar("T")
Condition: TypeAlias = Callable[[Transaction, object], ColumnElement[bool]]
Place: TypeAlias = tuple[datetime, str]  # of a row in its list: inserted_at, id


@dataclass(frozen=True, slots=True)
class Noun(Generic[T]):
    """`shape` has a field for each column it wants, or for each of the `computed` ones.

    `folded` columns hold the case-folded text that `-` searches; `conditions` answer those
    search keys that ask about another table's rows.
    """

    table: Table
    shape: type[T]
    kind: Kind
    keys: Mapping[str, str] = field(default_factory=dict[str, str])  # search key → column
    folded: Mapping[str, str] = field(default_factory=dict[str, str])
    computed: Mapping[str, ColumnElement[Any]] = field(
        default_factory=dict[str, ColumnElement[Any]]
    )
    conditions: Mapping[str, Condition] = field(default_factory=dict[str, Condition])

    def columns(self) -> list[ColumnElement[Any]]:
        names = [each.name for each in fields(self.shape)]  # pyright: ignore[reportArgumentType]
        return [
            self.computed[name].label(name) if name in self.computed else self.table.c[name]
            for name in names
        ]

    def made_of(self, row: Row[Any]) -> T:
        return self.shape(*row)


class Lock(Enum):
    """Until the transaction ends, other writers of the row wait. SQLite has only one writer."""

    ALONE = auto()
    SHARED = auto()  # among those who only need the row to stay as it is


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


def query(tx: Transaction, noun: Noun[T]) -> Select[Any]:
    return tx.select(noun.table, *noun.columns())


def all_of(tx: Transaction, noun: Noun[T], statement: Select[Any]) -> list[T]:
    return [noun.made_of(row) for row in tx.connection.execute(statement)]


def find(tx: Transaction, noun: Noun[T], row_id: str, lock: Lock | None = None) -> T | None:
    statement = query(tx, noun).where(noun.table.c.id == row_id)
    if lock is not None:
        statement = statement.with_for_update(read=lock is Lock.SHARED, of=noun.table)
    row = tx.connection.execute(statement).one_or_none()
    return None if row is None else noun.made_of(row)


def get(tx: Transaction, noun: Noun[T], row_id: str, lock: Lock | None = None) -> T:
    found = find(tx, noun, row_id, lock)
    if found is None:
        raise NotFound(f"no such {noun.kind.replace('_', ' ')}")
    return found


def exists(tx: Transaction, table: Table, condition: ColumnElement[bool]) -> bool:
    statement = tx.select(table, table.c.id).where(condition).limit(1)
    return tx.connection.execute(statement).first() is not None


def add(tx: Transaction, noun: Noun[Any], now: datetime, **values: object) -> None:
    tx.insert(noun.table, inserted_at=now, updated_at=now, **_with_folded(noun, values))


def change(tx: Transaction, noun: Noun[Any], row_id: str, now: datetime, **values: object) -> None:
    table = noun.table
    changed = tx.changed_one(
        tx.update(table)
        .where(table.c.id == row_id)
        .values(updated_at=now, **_with_folded(noun, values))
    )
    if not changed:
        raise NotFound(f"no such {noun.kind.replace('_', ' ')}")


def remove(tx: Transaction, noun: Noun[Any], row_id: str) -> None:
    if not tx.changed_one(tx.delete(noun.table).where(noun.table.c.id == row_id)):
        raise NotFound(f"no such {noun.kind.replace('_', ' ')}")


def _with_folded(noun: Noun[Any], values: Mapping[str, object]) -> dict[str, object]:
    folded = {
        column: str(values[name]).casefold()
        for name, column in noun.folded.items()
        if name in values
    }
    return {**values, **folded}


def page(tx: Transaction, noun: Noun[T], listing: Listing) -> Page[T]:
    """Up to `limit` rows, and fewer when their metadata is large: a page holds no more of that
    than a single row may, since it must not take a hundred times as much memory to answer.
    """
    table = noun.table
    statement = query(tx, noun).where(*(_condition(tx, noun, each) for each in listing.clauses))
    order = (table.c.inserted_at, table.c.id)
    if listing.after is not None:
        statement = statement.where(_behind(table, listing.after, descending=listing.descending))
    if listing.descending:
        order = tuple(column.desc() for column in order)
    return _filled(tx, noun, statement.order_by(*order).limit(listing.limit + 1), listing.limit)


def _filled(tx: Transaction, noun: Noun[T], statement: Select[Any], limit: int) -> Page[T]:
    found: list[T] = []
    last, room = None, LARGEST
    with tx.connection.execute(statement, execution_options=_FEW_AT_A_TIME) as result:
        for row in result:
            record = noun.made_of(row)
            room -= len(getattr(record, "custom_metadata", None) or "")
            if len(found) == limit or (found and room < 0):
                return Page(found, last)
            found.append(record)
            last = (row.inserted_at, row.id)
    return Page(found, None)


def _behind(table: Table, after: Place, *, descending: bool) -> ColumnElement[bool]:
    moment, row_id = after
    inserted_at, key = table.c.inserted_at, table.c.id
    if descending:
        tie = and_(inserted_at == moment, key < row_id)
        return and_(inserted_at <= moment, or_(inserted_at < moment, tie))
    tie = and_(inserted_at == moment, key > row_id)
    return and_(inserted_at >= moment, or_(inserted_at > moment, tie))


def _condition(tx: Transaction, noun: Noun[Any], clause: Clause) -> ColumnElement[bool]:
    table, value = noun.table, clause.value
    if value is None:
        return false()
    if isinstance(value, Name):
        if value.organization_id != tx.organization_id:
            return false()
        value = value.id
    if clause.key in noun.conditions:
        return noun.conditions[clause.key](tx, value)
    column = _column(noun, clause.key)
    if clause.operator in _COMPARISONS:
        return _COMPARISONS[clause.operator](column, value)
    if clause.operator == "~":
        return _contains(tx, column, str(value))
    folded = table.c[noun.folded[clause.key]]
    return _contains(tx, folded, str(value).casefold())


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    ":": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Otherwise PostgreSQL's driver fetches all rows before it gives the first one.
_FEW_AT_A_TIME: Final = {"stream_results": True, "max_row_buffer": 5}
_SHARED_KEYS: Final = {"prn": "id", "organization_prn": "organization_id"}


def _column(noun: Noun[Any], key: str) -> ColumnElement[Any]:
    return noun.table.c[noun.keys.get(key) or _SHARED_KEYS.get(key, key)]


def _contains(tx: Transaction, column: ColumnElement[Any], needle: str) -> ColumnElement[bool]:
    # Not LIKE: % and _ are ordinary characters here, and SQLite's LIKE ignores case.
    locate = func.strpos if tx.connection.dialect.name == "postgresql" else func.instr
    return locate(column, needle) > 0
