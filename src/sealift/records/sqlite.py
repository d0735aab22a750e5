"""SQLite's own ways: how a connection is prepared, and what becomes of one whose file is gone.

A process can go on writing into a file that was deleted or replaced, and all of it is lost.
So every use of a connection looks whether its file is still the one at the path: another
file is opened anew; a missing one is refused, and never made again once it was there.
A statement that takes too long is broken off, since SQLite would never do so by itself.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from sealift.domain.errors import RecordsUnavailable

_IDENTITY: Final = "sealift_file"
_DEADLINE: Final = "sealift_deadline"
_STEPS: Final = 100_000  # between two looks at the clock: some milliseconds


def prepare(engine: Engine, patience: float) -> None:
    """Give the engine's connections the manners that records rely on.

    `patience` is how many seconds a statement may take, its rows included.
    """
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _limit(patience))
    path = file_of(engine.url)
    if path is not None:
        file = _File(path)
        event.listen(engine, "do_connect", file.before_connecting)
        event.listen(engine, "checkout", file.before_use)


def file_of(url: URL) -> Path | None:
    database = url.database
    if url.get_backend_name() != "sqlite" or not database or database.startswith((":", "file:")):
        return None
    return Path(database).absolute()


def make_private(path: Path) -> None:
    """An empty file that is its owner's alone; SQLite gives its other files the same rights."""
    with suppress(OSError):  # it is there, or SQLite will say why it cannot be
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _limit(patience: float) -> Callable[..., None]:
    def limit(connection: Connection, *_statement: object) -> None:
        alters = connection.get_execution_options().get("sealift_alter", False)
        connection.info[_DEADLINE] = None if alters else monotonic() + patience

    return limit


def _prepare_connection(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    def is_late() -> bool:
        deadline = record.info.get(_DEADLINE)
        return deadline is not None and monotonic() > deadline

    connection.set_progress_handler(is_late, _STEPS)
    # The driver must not begin transactions by itself: it would begin them too late.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    # A table is rebuilt by dropping it. This can be said between transactions only.
    alters = options.get("sealift_alter", False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if alters else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("sealift_write") else "BEGIN")


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def before_connecting(self, *_parameters: object) -> None:
        if self._was_there:
            self._identity()
        else:
            make_private(self._path)

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
