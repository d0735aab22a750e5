"""Valid rows of any table, made of nothing but the table: for tests that go around the actions."""

from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    insert,
)

from sealift.records.columns import CompactJson, Metadata, Moment, Word
from sealift.records.tables import audit, metadata, releases

MOMENT = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
_NUMBERS = count(1)
_ALIKE: dict[type, object] = {Moment: MOMENT, Boolean: False, LargeBinary: b"secret"}

World = dict[str, str]  # ids by table


def a_row(table: Table, world: World, **fields: object) -> dict[str, Any]:
    """A row that breaks no rule, unlike every other; it refers to what is in the world."""
    needed = [each for each in table.c if not each.nullable or each.name == "organization_id"]
    made = {each.name: _value(each, world) for each in needed if each.name not in fields}
    row = {**made, **_for_company(table), **fields}
    folded = {name: name.removesuffix("_folded") for name in made if name.endswith("_folded")}
    return row | {name: str(row[of]).casefold() for name, of in folded.items()}


def _for_company(table: Table) -> dict[str, Any]:
    """What lets several rows be in the same world: a cohort has one latest release only."""
    return {"deleted_at": MOMENT} if table is releases else {}


def _parent(column: Column[Any]) -> str | None:
    if column.name == "organization_id":
        return "organizations"
    return next((key.column.table.name for key in column.foreign_keys), None)


def _value(column: Column[Any], world: World) -> object:
    number = next(_NUMBERS)
    parent = _parent(column)
    if parent is not None:
        return world[parent]
    if type(column.type) in _ALIKE:
        return _ALIKE[type(column.type)]
    match column.type:
        case Uuid():
            return str(uuid4())
        case CompactJson() | Metadata():
            return {}
        case Word() as word:
            return next(iter(cast("type[StrEnum]", word.words)))
        case Integer() | BigInteger():
            return number
        case _:
            return f"{column.name} {number}"[: getattr(column.type, "length", None)]


def put(connection: Connection, table: Table, world: World, **fields: object) -> dict[str, Any]:
    row = a_row(table, world, **fields)
    connection.execute(insert(table).values(**row))
    return row


def a_world(connection: Connection) -> World:
    """One row in every table, parents first."""
    world: World = {}
    for table in sorted(metadata.sorted_tables, key=lambda table: table is audit):
        row = put(connection, table, world)
        if "id" in row:
            world[table.name] = row["id"]
    return world
