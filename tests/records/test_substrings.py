"""Texts within texts: what the index finds is what a reader of all rows would find.

The first rows of a list are looked at without the index; here these are the first alone, so
that the index is asked for all others.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import String, delete, insert, text, update

from sealift.domain.search import Clause
from sealift.records import migrate, pages, tables, text_index
from sealift.records.artifacts import ARTIFACTS, Artifact
from sealift.records.pages import Listing
from sealift.records.transaction import Records, Transaction
from tests.records.made_up import MOMENT, World, a_row, a_world, put

PIECES = [
    *("a", "B", "aa", "kernel", "100%", "_", "'", '"', "\\", "*", "-", ":", "(", ")", "^", "{"),
    *(" AND ", " OR ", " NOT ", "NEAR(", "owner", "description", ",", " ", "\n", "\t", "\u2028"),
    *("ß", "ss", "SS", "ẞ", "İ", "i\u0307", "\N{LATIN SMALL LETTER DOTLESS I}", "I", "FI", "ﬁ"),
    *("é", "e\u0301", "\u0301", "Σ", "\N{GREEK SMALL LETTER SIGMA}", "ς"),
    *("日本", "語", "\N{GRINNING FACE}", "\N{ZERO WIDTH JOINER}", "\U0010ffff"),
]  # fmt: skip
OFFSETS = [0, 0, 1, 2, 999_999, 1_048_575, 1_048_576, 3_000_000, 10**12]  # microseconds

texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
moments = st.sampled_from(OFFSETS).map(lambda us: MOMENT + timedelta(microseconds=us))
some_rows = st.lists(st.tuples(texts, texts | st.none(), moments), max_size=12)


@pytest.fixture
def world() -> World:
    return {}


@pytest.fixture
def records(migrated_url: str, world: World) -> Iterator[Records]:
    made = Records(migrated_url)
    with made.write(None) as tx:
        world |= a_world(tx.connection)
        world["foreign"] = str(uuid4())
        put(tx.connection, tables.organizations, world, id=world["foreign"])
    yield made
    made.close()


def _an_artifact(
    owner: str, name: str, description: str | None, at: datetime = MOMENT
) -> dict[str, Any]:
    return a_row(
        tables.artifacts,
        {"organizations": owner},
        name=name,
        name_folded=name.casefold(),
        description=description,
        inserted_at=at,
    )


def _all_pages(tx: Transaction, listing: Listing) -> list[Artifact]:
    found: list[Artifact] = []
    while True:
        page = pages.page(tx, ARTIFACTS, listing, first_rows=1)
        found += page.rows
        if page.last is None:
            return found
        listing = replace(listing, after=page.last)


def _read(rows: Sequence[Artifact], clauses: Sequence[Clause]) -> list[str]:
    return [row.id for row in rows if all(_holds(row, each) for each in clauses)]


def _holds(row: Artifact, clause: Clause) -> bool:
    said, value = getattr(row, clause.key), str(clause.value)
    if said is None:
        return False
    if clause.operator == "-":
        return value.casefold() in said.casefold()
    return value == said if clause.operator == ":" else value in said


def _found(records: Records, world: World, *clauses: Clause) -> list[str]:
    with records.read(world["organizations"]) as tx:
        listing = Listing(clauses, descending=True, limit=100)
        return [each.name for each in _all_pages(tx, listing)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(made=some_rows, draw=st.data())
def test_the_index_finds_what_a_reader_of_all_rows_would(
    records: Records,
    world: World,
    made: list[tuple[str, str | None, datetime]],
    draw: st.DataObject,
) -> None:
    with records.write(world["organizations"]) as tx, tx.connection.begin_nested() as savepoint:
        names = {name: (description, at) for name, description, at in made}
        for name, (description, at) in names.items():
            own = _an_artifact(world["organizations"], name, description, at)
            foreign = _an_artifact(world["foreign"], name, description, at)
            tx.connection.execute(insert(tables.artifacts), [own, foreign])
        said = [each for row in made for each in row[:2] if each]
        listing = Listing([], draw.draw(st.booleans()), draw.draw(st.integers(1, 5)))
        everything = _all_pages(tx, listing)
        clauses = draw.draw(st.lists(_clauses(said), min_size=1, max_size=3))

        found = [each.id for each in _all_pages(tx, replace(listing, clauses=clauses))]

        savepoint.rollback()
    assert found == _read(everything, clauses)


KEYS = [("name", ":"), ("name", "~"), ("name", "-"), ("description", ":"), ("description", "~")]


def _clauses(said: Sequence[str]) -> st.SearchStrategy[Clause]:
    some = st.sampled_from(said) if said else texts
    pieces = st.tuples(some, st.integers(0, 8), st.integers(1, 12)).map(_cut)
    values = pieces | texts | pieces.map(str.swapcase)
    return st.tuples(st.sampled_from(KEYS), values).map(lambda pair: Clause(*pair[0], pair[1]))


def _cut(chosen: tuple[str, int, int]) -> str:
    said, start, length = chosen
    return said[start : start + length]


@pytest.mark.parametrize("descending", [True, False])
def test_rows_come_in_the_order_of_the_list_whenever_they_were_written(
    records: Records, world: World, *, descending: bool
) -> None:
    moments = [MOMENT + timedelta(microseconds=us) for us in (*OFFSETS, *OFFSETS, *OFFSETS)]
    written = [
        _an_artifact(world["organizations"], f"kernel {number}", None, at)
        for number, at in enumerate(reversed(moments))
    ]
    with records.write(None) as tx:
        tx.connection.execute(insert(tables.artifacts), written)

    with records.read(world["organizations"]) as tx:
        listing = Listing([Clause("name", "~", "kernel")], descending, limit=4)
        found = [each.id for each in _all_pages(tx, listing)]

    def place(row: dict[str, Any]) -> tuple[datetime, str]:
        return row["inserted_at"], row["id"]

    assert found == [row["id"] for row in sorted(written, key=place, reverse=descending)]


def test_what_is_changed_or_removed_is_found_no_more(records: Records, world: World) -> None:
    table = tables.artifacts
    rows = [_an_artifact(world["organizations"], f"{n}", "the old kernel") for n in range(5)]
    with records.write(None) as tx:
        tx.connection.execute(insert(table), rows)

    with records.write(None) as tx:
        changed, emptied, later, gone, _ = (row["id"] for row in rows)
        for row_id, values in (
            (changed, {"description": "the new driver"}),
            (emptied, {"description": None}),
            (later, {"inserted_at": MOMENT + timedelta(days=1)}),
        ):
            tx.connection.execute(update(table).where(table.c.id == row_id).values(**values))
        tx.connection.execute(delete(table).where(table.c.id == gone))

    assert _found(records, world, Clause("description", "~", "old kernel")) == ["2", "4"]
    assert _found(records, world, Clause("description", "~", "new driver")) == ["0"]


def test_a_change_that_is_taken_back_is_not_found(records: Records, world: World) -> None:
    with records.write(None) as tx, tx.connection.begin_nested() as savepoint:
        tx.connection.execute(
            insert(tables.artifacts), [_an_artifact(world["organizations"], "kernel", "kernel")]
        )
        savepoint.rollback()

    assert _found(records, world, Clause("description", "~", "kernel")) == []


def test_the_index_outlives_a_table_that_is_rebuilt(records: Records, world: World) -> None:
    rows = [_an_artifact(world["organizations"], f"kernel {n}", None) for n in range(3)]
    with records.write(None) as tx:
        tx.connection.execute(insert(tables.artifacts), rows[:2])
    with records.alter() as tx:
        operations = Operations(MigrationContext.configure(tx.connection))
        with operations.batch_alter_table("artifacts") as batch:  # on SQLite by a copy
            batch.alter_column("name", type_=String(200))

    migrate.migrate(records, MOMENT)

    with records.write(None) as tx:
        tx.connection.execute(insert(tables.artifacts), rows[2:])
    found = _found(records, world, Clause("name", "-", "KERNEL"))
    assert sorted(found) == ["kernel 0", "kernel 1", "kernel 2"]


def _vacuum(records: Records) -> None:
    records.close()
    if records.file is not None:
        sqlite3.connect(records.file, isolation_level=None).execute("VACUUM").connection.close()
        return
    with records.engine.connect() as plain:
        plain.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))


def test_the_index_outlives_a_vacuum(records: Records, world: World) -> None:
    rows = [_an_artifact(world["organizations"], f"kernel {n}", None) for n in range(5)]
    with records.write(None) as tx:
        tx.connection.execute(insert(tables.artifacts), rows)
        tx.connection.execute(delete(tables.artifacts).where(tables.artifacts.c.name == "kernel 1"))

    _vacuum(records)

    found = _found(records, world, Clause("name", "~", "kernel"))
    assert sorted(found) == ["kernel 0", "kernel 2", "kernel 3", "kernel 4"]


def test_rows_from_before_the_index_are_in_it(records: Records, world: World) -> None:
    with records.alter() as tx:
        text_index.drop(tx.connection)
        rows = [_an_artifact(world["organizations"], f"kernel {n}", None) for n in range(3)]
        tx.connection.execute(insert(tables.artifacts), rows)

    migrate.migrate(records, MOMENT)

    found = _found(records, world, Clause("name", "~", "kernel"))
    assert sorted(found) == ["kernel 0", "kernel 1", "kernel 2"]
