"""How a database is by itself: what it says of its version, its durability, its clock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from sealift.records.transaction import Records


@dataclass(frozen=True, slots=True)
class Condition:
    """`lax` are the settings with which a crash may lose what was acknowledged."""

    version: str
    lax: tuple[str, ...]
    now: datetime | None  # None: it has no clock but this machine's


# What has to be on, and how it is spelled.
_SQLITE_DURABLE = {"journal_mode": "wal", "synchronous": "2"}
_POSTGRES_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def of(records: Records) -> Condition:
    return _sqlite(records) if records.url.drivername == "sqlite" else _postgres(records)


def _sqlite(records: Records) -> Condition:
    with records.read(None) as tx:
        version = tx.connection.execute(text("SELECT sqlite_version()")).scalar_one()
        found = {
            name: str(tx.connection.execute(text(f"PRAGMA {name}")).scalar_one())
            for name in _SQLITE_DURABLE
        }
    lax = [
        f"{name} = {found[name]}"
        for name, wanted in _SQLITE_DURABLE.items()
        if found[name] != wanted
    ]
    return Condition(f"SQLite {version}", tuple(lax), None)


def _postgres(records: Records) -> Condition:
    with records.read(None) as tx:
        version = tx.connection.execute(text("SHOW server_version")).scalar_one()
        now: datetime = tx.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        found = {
            name: str(tx.connection.execute(text(f"SHOW {name}")).scalar_one())
            for name in _POSTGRES_DURABLE
        }
    lax = tuple(f"{name} = off" for name, value in found.items() if value == "off")
    return Condition(f"PostgreSQL {str(version).split()[0]}", lax, now)
