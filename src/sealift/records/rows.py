"""How any noun's rows are found, changed and removed. How they are listed is in `pages`.

A `Noun` says which table it is, which dataclass a row becomes and which columns the keys
of the search language mean; the functions do the rest, always inside the organization of
the transaction. What cannot be found is refused as `NotFound`, whoever it belongs to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, not_, null

from sealift.domain.errors import NotFound
from sealift.domain.names import Kind
from sealift.records.transaction import Transaction

T = TypeVar("T")
_MOST_NAMED: Final = 1_000

Condition: TypeAlias = Callable[[Transaction, object], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Noun(Generic[T]):
    """`shape` has a field for each column it wants, or for each of the `computed` ones.

    `folded` columns hold the case-folded text that `-` searches; `conditions` answer those
    search keys that ask about more than a column. `unless_asked` conditions hold in lists whose
    search does not name their key. A row that is `gone` is kept, and is not found by its id.
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
    unless_asked: Mapping[str, ColumnElement[bool]] = field(
        default_factory=dict[str, ColumnElement[bool]]
    )
    gone: ColumnElement[bool] | None = None

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


def portions(ids: Iterable[str]) -> Iterator[list[str]]:
    """As many at a time as a statement may name: databases have their limits."""
    wanted = list(ids)
    for start in range(0, len(wanted), _MOST_NAMED):
        yield wanted[start : start + _MOST_NAMED]


def without_metadata(noun: Noun[T]) -> Noun[T]:
    """The same rows, of which the metadata is not read: there may be a megabyte in each."""
    return replace(noun, computed={**noun.computed, "custom_metadata": null()})


def query(tx: Transaction, noun: Noun[T]) -> Select[Any]:
    return tx.select(noun.table, *noun.columns())


def all_of(tx: Transaction, noun: Noun[T], statement: Select[Any]) -> list[T]:
    return [noun.made_of(row) for row in tx.connection.execute(statement)]


def find(tx: Transaction, noun: Noun[T], row_id: str, lock: Lock | None = None) -> T | None:
    statement = query(tx, noun).where(noun.table.c.id == row_id)
    if noun.gone is not None:
        statement = statement.where(not_(noun.gone))
    if lock is not None:
        statement = statement.with_for_update(read=lock is Lock.SHARED, of=noun.table)
    row = tx.connection.execute(statement).one_or_none()
    return None if row is None else noun.made_of(row)


def get(tx: Transaction, noun: Noun[T], row_id: str, lock: Lock | None = None) -> T:
    found = find(tx, noun, row_id, lock)
    if found is None:
        raise NotFound(f"no such {noun.kind.replace('_', ' ')}")
    return found


def by_id(tx: Transaction, noun: Noun[T], ids: Iterable[str]) -> dict[str, T]:
    """Those of the rows that there are, whether they are gone or not."""
    statement = query(tx, noun).where(noun.table.c.id.in_(set(ids)))
    return {str(row.id): noun.made_of(row) for row in tx.connection.execute(statement)}


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
        column: None if values[name] is None else str(values[name]).casefold()
        for name, column in noun.folded.items()
        if name in values
    }
    return {**values, **folded}
