"""Transactions: one snapshot to read, all or nothing to write, one organization in either."""

from collections.abc import Iterator
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from sealift.domain.errors import Changed, InUse, RecordsUnavailable, Taken
from sealift.records import rows
from sealift.records.artifacts import ARTIFACTS
from sealift.records.rows import Lock
from sealift.records.tables import artifacts, metadata
from sealift.records.transaction import TAKEN, Records, Transaction
from tests.records.made_up import MOMENT, World, a_row, a_world


@pytest.fixture
def records(migrated_url: str) -> Iterator[Records]:
    made = Records(migrated_url)
    yield made
    made.close()


@pytest.fixture
def worlds(records: Records) -> tuple[World, World]:
    """Rows of two organizations."""
    with records.write(None) as tx:
        return a_world(tx.connection), a_world(tx.connection)


def _add(tx: Transaction, name: str) -> str:
    row_id = str(uuid4())
    rows.add(tx, ARTIFACTS, MOMENT, id=row_id, name=name)
    return row_id


def _number(tx: Transaction) -> int:
    statement = tx.select(artifacts, func.count(artifacts.c.id))
    return tx.connection.execute(statement).scalar_one()


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(
    records: Records, worlds: tuple[World, World]
) -> None:
    organization_id = worlds[0]["organizations"]
    with records.read(organization_id) as reader:
        before = _number(reader)
        with records.write(organization_id) as writer:
            _add(writer, "kernel")
            rows.remove(writer, ARTIFACTS, _add(writer, "gone"))
        during = _number(reader)

    with records.read(organization_id) as reader:
        after = _number(reader)
    assert (before, during, after) == (1, 1, 2)


def test_what_fails_half_way_leaves_nothing(records: Records, worlds: tuple[World, World]) -> None:
    organization_id = worlds[0]["organizations"]

    def fail_half_way(tx: Transaction) -> None:
        _add(tx, "kernel")
        raise ArithmeticError

    with pytest.raises(ArithmeticError), records.write(organization_id) as tx:
        fail_half_way(tx)

    with records.read(organization_id) as tx:
        assert _number(tx) == 1


def test_a_broken_constraint_is_the_fault_of_its_field(
    records: Records, worlds: tuple[World, World]
) -> None:
    world = worlds[0]
    expected = {
        "organizations": ["name"],
        "users": ["username", "email"],
        "api_keys": ["name"],
        "artifacts": ["name"],
        "artifact_versions": ["version"],
        "binaries": ["target"],
        "binary_parts": ["index"],
        "signing_keys": ["name", "value"],
    }

    for name, fields in expected.items():
        table = metadata.tables[name]
        with records.read(None) as tx:
            statement = select(table).where(table.c.id == world[name])
            there = dict(tx.connection.execute(statement).mappings().one())
        for field in [*fields, "id"]:
            row = a_row(table, world, **{field: there[field]})
            with pytest.raises(Taken) as refused, records.write(None) as tx:
                tx.insert(table, **row)
            assert refused.value.errors == {field: [TAKEN]}, (name, field)


def test_the_same_key_on_the_same_binary_is_the_fault_of_the_key(
    records: Records, worlds: tuple[World, World]
) -> None:
    table = metadata.tables["binary_signatures"]

    with pytest.raises(Taken) as refused, records.write(None) as tx:
        tx.insert(table, **a_row(table, worlds[0]))

    assert refused.value.errors == {"signing_key_prn": [TAKEN]}


def test_a_broken_reference_is_a_conflict_without_a_field(
    records: Records, worlds: tuple[World, World]
) -> None:
    with pytest.raises(InUse) as refused, records.write(worlds[0]["organizations"]) as tx:
        tx.connection.execute(tx.delete(artifacts))

    assert refused.value.errors == {}


def test_a_mistake_of_our_own_is_no_refusal(records: Records) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), records.read(None) as tx:
        tx.connection.execute(text("SELECT nonsense FROM nowhere"))


# --- one organization ----------------------------------------------------------------------------


def _tenant_tables() -> list[str]:
    return [name for name, table in metadata.tables.items() if "organization_id" in table.c]


def test_a_transaction_sees_rows_of_its_organization_only(
    records: Records, worlds: tuple[World, World]
) -> None:
    own = worlds[0]["organizations"]

    for name in _tenant_tables():
        table = metadata.tables[name]
        with records.read(own) as tx:
            found = tx.connection.execute(tx.select(table, table.c.organization_id)).scalars()
            assert set(found) == {own}, name
        with records.read(None) as tx:
            found = tx.connection.execute(tx.select(table, table.c.organization_id)).scalars()
            assert len(set(found)) == 2, name


def test_a_transaction_changes_and_deletes_nothing_of_another_organization(
    records: Records, worlds: tuple[World, World]
) -> None:
    own, theirs = (world["organizations"] for world in worlds)
    their_erasure = worlds[1]["erasures"]
    table = metadata.tables["erasures"]

    with records.write(own) as tx:
        is_changed = tx.changed_one(
            tx.update(table).where(table.c.id == their_erasure).values(store="mine")
        )
        is_deleted = tx.changed_one(tx.delete(table).where(table.c.id == their_erasure))

    assert (is_changed, is_deleted) == (False, False)
    with records.read(theirs) as tx:
        assert tx.connection.execute(tx.select(table)).one().store != "mine"


def test_a_transaction_adds_rows_to_its_own_organization_whatever_they_say(
    records: Records, worlds: tuple[World, World]
) -> None:
    own, theirs = (world["organizations"] for world in worlds)

    with records.write(own) as tx:
        tx.insert(artifacts, **a_row(artifacts, worlds[0], organization_id=theirs, name="kernel"))

    with records.read(own) as tx:
        assert "kernel" in tx.connection.execute(tx.select(artifacts, artifacts.c.name)).scalars()


# --- two writers at once -------------------------------------------------------------------------


def test_of_two_writers_that_wait_for_each_other_one_is_told_to_look_again(
    records: Records, worlds: tuple[World, World]
) -> None:
    organization_id = worlds[0]["organizations"]
    with records.write(organization_id) as tx:
        ids = [_add(tx, name) for name in ("first", "second")]
    # SQLite lets one writer in at a time, so they can only meet on PostgreSQL.
    meet = Barrier(2 if records.engine.dialect.name == "postgresql" else 1)
    outcomes: list[object] = []

    def lock_both(order: list[str]) -> None:
        try:
            with records.write(organization_id) as tx:
                rows.get(tx, ARTIFACTS, order[0], Lock.ALONE)
                meet.wait(10)
                rows.get(tx, ARTIFACTS, order[1], Lock.ALONE)
                outcomes.append("done")
        except Changed as refused:
            outcomes.append(refused.code)

    threads = [Thread(target=lock_both, args=(order,)) for order in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    is_postgres = records.engine.dialect.name == "postgresql"
    assert sorted(map(str, outcomes)) == (["changed", "done"] if is_postgres else ["done", "done"])


def test_a_statement_without_end_is_broken_off(migrated_url: str) -> None:
    records = Records(migrated_url, statement_seconds=0.2)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"

    with records.read(None) as tx:
        assert tx.connection.scalar(text("SELECT 1")) == 1
    for begin in (records.read, records.write):
        with pytest.raises(RecordsUnavailable), begin(None) as tx:
            tx.connection.scalar(text(endless))

    with records.read(None) as tx:
        assert tx.connection.scalar(text("SELECT 2")) == 2
    records.close()


def test_who_alters_the_schema_may_take_any_time(migrated_url: str) -> None:
    records = Records(migrated_url, statement_seconds=0.05)
    long = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000)"
        " SELECT max(x) FROM n"
    )

    with records.alter() as tx:
        assert tx.connection.scalar(text(long)) == 1_000_000
    records.close()
