"""A database is brought to the newest schema from wherever it is, by however many at once."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import String, func, inspect, select
from sqlalchemy.exc import IntegrityError

from sealift.domain.errors import RecordsUnavailable
from sealift.records import migrate, secrets, text_index
from sealift.records.secrets import Purpose
from sealift.records.tables import artifact_versions, metadata, organizations
from sealift.records.text_index import owns
from sealift.records.transaction import Records
from tests.records.made_up import MOMENT, a_world

_PROGRAM = """
import sys
from datetime import UTC, datetime
from sealift.records.migrate import migrate
from sealift.records.transaction import Records
sys.stdin.readline()
migrate(Records(sys.argv[1]), datetime.now(UTC))
"""


def _tables(records: Records) -> set[str]:
    with records.read(None) as tx:
        return set(inspect(tx.connection).get_table_names())


def _downgrade(records: Records, revision: str) -> None:
    with records.write(None) as tx:
        config = migrate._config()
        config.attributes["connection"] = tx.connection
        text_index.drop(tx.connection)
        command.downgrade(config, revision)


def _is_of_a_step(name: str | None, _kind: str, _parents: object) -> bool:
    return name is None or not owns(name)


def test_migrations_make_what_the_tables_say(migrated_url: str) -> None:
    records = Records(migrated_url)

    with records.read(None) as tx:
        opts: dict[str, Any] = {"compare_type": True, "include_name": _is_of_a_step}
        context = MigrationContext.configure(tx.connection, opts=opts)
        differences = compare_metadata(context, metadata)

    assert differences == []
    assert migrate.current(records) == migrate.newest()
    records.close()


def test_history_is_one_straight_line() -> None:
    script = ScriptDirectory.from_config(migrate._config())

    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert all(not isinstance(each.down_revision, tuple) for each in script.walk_revisions())


def test_an_empty_database_has_no_revision(database_url: str) -> None:
    records = Records(database_url)

    assert migrate.current(records) is None
    records.close()


def test_every_step_goes_down_and_up_again(database_url: str) -> None:
    records = Records(database_url)
    migrate.migrate(records, MOMENT)
    made = _tables(records)

    _downgrade(records, "base")
    left = _tables(records)
    migrate.migrate(records, MOMENT)

    assert made >= set(metadata.tables)
    assert left == {"alembic_version"}
    assert _tables(records) == made
    with records.write(None) as tx:
        a_world(tx.connection)
    records.close()


def test_migrating_again_changes_nothing(migrated_url: str) -> None:
    records = Records(migrated_url)
    with records.write(None) as tx:
        a_world(tx.connection)
        keys = {purpose: secrets.all_for(tx, purpose) for purpose in Purpose}

    migrate.migrate(records, MOMENT)

    with records.read(None) as tx:
        assert len(tx.connection.execute(select(organizations)).all()) == 1
        assert {purpose: secrets.all_for(tx, purpose) for purpose in Purpose} == keys
    records.close()


def test_every_secret_is_made_with_the_schema(migrated_url: str) -> None:
    records = Records(migrated_url)

    with records.read(None) as tx:
        keys = [key for each in Purpose for key in secrets.all_for(tx, each).values()]

    assert len(keys) == len(set(keys)) == len(Purpose)
    assert {len(key) for key in keys} == {32}
    records.close()


def test_a_table_that_others_refer_to_can_be_rebuilt(migrated_url: str) -> None:
    records = Records(migrated_url)
    with records.write(None) as tx:
        a_world(tx.connection)

    with records.alter() as tx:
        operations = Operations(MigrationContext.configure(tx.connection))
        with operations.batch_alter_table("artifacts") as batch:  # on SQLite by a copy
            batch.alter_column("name", type_=String(200))

    with records.write(None) as tx:
        assert tx.connection.scalar(select(func.count()).select_from(artifact_versions)) == 1
        with pytest.raises(IntegrityError), tx.connection.begin_nested():
            tx.connection.exec_driver_sql("DELETE FROM artifacts")
    records.close()


def test_a_migration_that_loses_what_others_refer_to_is_taken_back(tmp_path: Path) -> None:
    records = Records(f"sqlite:///{tmp_path / 'records.sqlite3'}")
    migrate.migrate(records, MOMENT)
    with records.write(None) as tx:
        a_world(tx.connection)
    with records.alter() as tx:
        tx.connection.exec_driver_sql("DELETE FROM artifacts")

    with pytest.raises(RuntimeError, match="refers to nothing"):
        migrate.migrate(records, MOMENT)
    records.close()


def test_a_schema_of_a_newer_program_is_not_touched(migrated_url: str) -> None:
    records = Records(migrated_url)
    with records.write(None) as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")

    with pytest.raises(RecordsUnavailable, match="newer sealift"):
        migrate.must_be_newest(records)
    with pytest.raises(RecordsUnavailable, match="newer sealift"):
        migrate.migrate(records, MOMENT)
    records.close()


def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, database_url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], told
    records = Records(database_url)
    assert migrate.current(records) == migrate.newest()
    with records.read(None) as tx:
        assert [len(secrets.all_for(tx, purpose)) for purpose in Purpose] == [1] * len(Purpose)
    records.close()
