"""SQLite's own ways: how a connection is prepared, and what becomes of one whose file is gone.

A process can go on writing into a file that was deleted or replaced, and all of it is lost.
So every use of a connection looks whether its file is still the one at the path: another
file is opened anew; a missing one is refused, and never made again once it was there.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from sealift.domain.errors import RecordsUnavailable

_IDENTITY: Final = "sealift_file"


def prepare(engine: Engine) -> None:
    """Give the engine's connections the manners that records rely on."""
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    database = engine.url.database
    if database and not database.startswith((":", "file:")):
        file = _File(Path(database).absolute())
        event.listen(engine, "do_connect", file.before_connecting)
        event.listen(engine, "checkout", file.before_use)


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them too late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("sealift_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def before_connecting(self, *_parameters: object) -> None:
        if self._was_there:
            self._identity()

    def before_use(
        self, _connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object
    ) -> None:
        found = self._identity()
        self._was_there = True
        if record.info.setdefault(_IDENTITY, found) != found:
            raise DisconnectionError("another database file is in its place")

    def _identity(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise RecordsUnavailable("the database file is gone") from error
        return found.st_dev, found.st_ino
