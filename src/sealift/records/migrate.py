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
from sqlalchemy import text

from sealift.records import secrets
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


def migrate(records: Records, now: datetime) -> None:
    with records.write(None) as tx:
        if records.engine.dialect.name == "postgresql":
            tx.connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = _config()
        config.attributes["connection"] = tx.connection
        command.upgrade(config, "head")
        for purpose in Purpose:
            if not secrets.all_for(tx, purpose):
                secrets.make(tx, purpose, now)
