"""Brings a database to the schema of this program, and a new one to life.

Safe to call from several processes at once: PostgreSQL takes an advisory lock, SQLite
an immediate transaction. Keys for links and cursors are made with the first schema.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sealift.domain.errors import RecordsUnavailable
from sealift.records import secrets, tallies, text_index
from sealift.records.secrets import Purpose
from sealift.records.transaction import Records

_FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_325_118  # any number, the same for every process


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def newest() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(records: Records) -> str | None:
    with records.read(None) as tx:
        return MigrationContext.configure(tx.connection).get_current_revision()


def must_be_newest(records: Records) -> None:
    """Refuses a database that this program must not touch, and says what to do."""
    found = current(records)
    _refuse_newer(found)
    if found != newest():
        raise RecordsUnavailable(
            "the database does not have this program's schema; run: sealift admin migrate"
        )


def _refuse_newer(revision: str | None) -> None:
    known = ScriptDirectory.from_config(_config()).walk_revisions()
    if revision is not None and revision not in {each.revision for each in known}:
        raise RecordsUnavailable(
            f"the database has the schema {revision}, which this program does not know; it belongs"
            " to a newer sealift: install that one"
        )


def _check_references(connection: Connection) -> None:
    """SQLite did not look at references meanwhile, so that tables could be rebuilt."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"a migration left a row of {broken[0]} that refers to nothing")


def migrate(records: Records, now: datetime) -> None:
    with records.alter() as tx:
        if records.engine.dialect.name == "postgresql":
            tx.connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        _refuse_newer(MigrationContext.configure(tx.connection).get_current_revision())
        config = _config()
        config.attributes["connection"] = tx.connection
        command.upgrade(config, "head")
        _check_references(tx.connection)
        text_index.make(tx.connection)
        for purpose in Purpose:
            if not secrets.all_for(tx, purpose):
                secrets.make(tx, purpose, now)
        tallies.begin(tx)
