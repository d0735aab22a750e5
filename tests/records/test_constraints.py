"""What the database itself refuses, on either kind, whatever the program above it does."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, LargeBinary, delete, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from sealift.domain.binary import State
from sealift.records import tables
from sealift.records.tables import metadata
from sealift.records.text_index import owns
from sealift.records.transaction import Records
from tests.records.made_up import a_row, a_world, put

# Written down apart from the tables.
UNIQUE = {
    "organizations": [("name",)],
    "users": [("username",), ("email",)],
    "memberships": [("organization_id", "user_id")],
    "api_keys": [("hash",), ("organization_id", "name")],
    "artifacts": [("organization_id", "name")],
    "artifact_versions": [("artifact_id", "version")],
    "binaries": [("artifact_version_id", "target")],
    "binary_parts": [("binary_id", "index")],
    "signing_keys": [
        ("organization_id", "name"),
        ("organization_id", "value"),
        ("organization_id", "keyid"),
    ],
    "binary_signatures": [("binary_id", "signing_key_id")],
    "products": [("organization_id", "name")],
    "cohorts": [("product_id", "name")],
    "devices": [("organization_id", "identifier")],
    "device_certificates": [("fingerprint",)],
    "ca_certificates": [("organization_id", "fingerprint")],
    "verification_codes": [("code",)],
    "bundle_binaries": [("bundle_id", "binary_id")],
    "bundle_signatures": [("bundle_id", "signing_key_id")],
    "override_devices": [("override_id", "device_id")],
    "release_claims": [("release_id", "device_id")],
    "release_outcomes": [("release_id", "device_id")],
}
REFERENCES = {
    ("memberships", "organizations"), ("memberships", "users"),
    ("api_keys", "organizations"), ("api_keys", "users"),
    ("artifacts", "organizations"),
    ("artifact_versions", "organizations"), ("artifact_versions", "artifacts"),
    ("binaries", "organizations"), ("binaries", "artifact_versions"),
    ("binary_parts", "organizations"), ("binary_parts", "binaries"),
    ("signing_keys", "organizations"),
    ("binary_signatures", "organizations"), ("binary_signatures", "binaries"),
    ("binary_signatures", "signing_keys"),
    ("erasures", "organizations"),
    ("products", "organizations"),
    ("cohorts", "organizations"), ("cohorts", "products"),
    ("devices", "organizations"), ("devices", "products"), ("devices", "cohorts"),
    ("ca_certificates", "organizations"), ("verification_codes", "organizations"),
    ("device_certificates", "organizations"), ("device_certificates", "devices"),
    ("device_certificates", "ca_certificates"), ("device_certificates", "products"),
    ("adoption", "organizations"),
    ("bundles", "organizations"),
    ("bundle_binaries", "organizations"), ("bundle_binaries", "bundles"),
    ("bundle_binaries", "binaries"),
    ("bundle_signatures", "organizations"), ("bundle_signatures", "bundles"),
    ("bundle_signatures", "signing_keys"),
    ("releases", "organizations"), ("releases", "cohorts"), ("releases", "releases"),
    ("bundle_overrides", "organizations"), ("bundle_overrides", "bundles"),
    ("override_devices", "organizations"), ("override_devices", "bundle_overrides"),
    ("override_devices", "devices"),
    ("release_claims", "organizations"), ("release_claims", "releases"),
    ("device_reports", "organizations"),
    ("release_outcomes", "organizations"), ("release_outcomes", "releases"),
    ("events", "organizations"),
}  # fmt: skip
_PAIRS = {  # tables that only pair parents, and one of these
    "memberships": ("user_id", "users"),
    "binary_signatures": ("binary_id", "binaries"),
    "bundle_binaries": ("bundle_id", "bundles"),
    "bundle_signatures": ("bundle_id", "bundles"),
    "override_devices": ("device_id", "devices"),
}


@pytest.fixture
def connection(migrated_url: str) -> Iterator[Connection]:
    """One transaction, in which what is refused is taken back alone."""
    records = Records(migrated_url)
    with records.write(None) as tx:
        yield tx.connection
    records.close()


def _refused(connection: Connection, table: str, row: dict[str, object]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(metadata.tables[table].insert().values(**row))
    except IntegrityError:
        return True
    return False


def test_what_must_be_unique_is(connection: Connection) -> None:
    world, elsewhere = a_world(connection), a_world(connection)

    for name, constraints in UNIQUE.items():
        table = metadata.tables[name]
        for columns in constraints:
            first = put(connection, table, world, **_fresh_parent(connection, name, world))
            same = {column: first[column] for column in columns}
            assert _refused(connection, name, a_row(table, world, **same)), (name, columns)
            for column in columns:
                other = {**same, column: a_row(table, elsewhere)[column]}
                row = a_row(table, elsewhere, **other)
                assert not _refused(connection, name, row), (name, columns, column)


def _fresh_parent(connection: Connection, name: str, world: dict[str, str]) -> dict[str, object]:
    """A pair of parents that no row has yet, for tables that only pair parents."""
    if name not in _PAIRS:
        return {}
    column, parent = _PAIRS[name]
    return {column: put(connection, metadata.tables[parent], world)["id"]}


def test_ids_are_unique_on_the_whole_platform(connection: Connection) -> None:
    world, elsewhere = a_world(connection), a_world(connection)

    for name in world:
        row = a_row(metadata.tables[name], elsewhere, id=world[name])
        assert _refused(connection, name, row), name


def test_one_binary_that_lives_has_a_target_and_any_number_of_destroyed_ones(
    connection: Connection,
) -> None:
    world = a_world(connection)
    target = {"target": "arm", "artifact_version_id": world["artifact_versions"]}
    for _ in range(3):
        put(connection, tables.binaries, world, state=State.DESTROYED, **target)
    put(connection, tables.binaries, world, state=State.SIGNED, **target)

    for state in State:
        row = a_row(tables.binaries, world, state=state, **target)
        assert _refused(connection, "binaries", row) is (state is not State.DESTROYED)


def test_a_destroyed_binary_cannot_come_back_to_a_taken_target(connection: Connection) -> None:
    world = a_world(connection)
    target = {"target": "arm", "artifact_version_id": world["artifact_versions"]}
    gone = put(connection, tables.binaries, world, state=State.DESTROYED, **target)
    put(connection, tables.binaries, world, **target)

    back = update(tables.binaries).where(tables.binaries.c.id == gone["id"])
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(back.values(state=State.SIGNED))


def test_nothing_goes_that_others_refer_to(connection: Connection) -> None:
    world = a_world(connection)
    keys = [key for table in metadata.tables.values() for key in table.foreign_keys]
    assert {(key.parent.table.name, key.column.table.name) for key in keys} == REFERENCES

    for key in keys:
        child, parent = key.parent.table, key.column.table
        referred = put(connection, parent, world)["id"]
        fresh = _fresh_parent(connection, child.name, world)
        put(connection, child, world, **{**fresh, key.parent.name: referred})

        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(delete(parent).where(parent.c.id == referred))


def test_nothing_refers_to_what_is_not_there(connection: Connection) -> None:
    world = a_world(connection)
    nowhere = "00000000-0000-4000-8000-000000000000"

    for name in {child for child, _ in REFERENCES}:
        table = metadata.tables[name]
        for key in table.foreign_keys:
            if key.deferrable:
                continue  # looked at when the transaction ends
            fresh = _fresh_parent(connection, name, world)
            row = a_row(table, world, **{**fresh, key.parent.name: nowhere})
            assert _refused(connection, name, row), (name, key.parent.name)


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_history_can_be_neither_changed_nor_deleted(connection: Connection, change: str) -> None:
    a_world(connection)
    before = connection.execute(select(tables.audit)).all()

    with pytest.raises(DBAPIError, match="audit lines cannot be"), connection.begin_nested():
        connection.execute(text(change))

    assert before
    assert connection.execute(select(tables.audit)).all() == before


def test_history_cannot_be_emptied_at_a_stroke(connection: Connection) -> None:
    a_world(connection)
    # SQLite has no such statement, which is as good.
    told = "syntax" if connection.dialect.name == "sqlite" else "audit lines cannot be"

    with pytest.raises(DBAPIError, match=told), connection.begin_nested():
        connection.execute(text("TRUNCATE audit"))


def test_no_record_has_room_for_content(connection: Connection) -> None:
    inspector = inspect(connection)
    found = {
        (table, column["name"])
        for table in inspector.get_table_names()
        if not owns(table)
        for column in inspector.get_columns(table)
        if isinstance(column["type"], LargeBinary) or "BLOB" in str(column["type"]).upper()
    }

    # Keys for links and cursors; certificates, which are a few hundred bytes.
    certificates = {("ca_certificates", "certificate"), ("device_certificates", "certificate")}
    assert found == {("secrets", "key"), *certificates}
    names = {column["name"] for column in inspector.get_columns("binaries")}
    assert {"hash", "size", "store", "target", "description"} <= names
    assert names.isdisjoint({"content", "data", "bytes", "blob", "body"})
