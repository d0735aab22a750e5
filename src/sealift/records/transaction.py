"""Transactions on the records, and the one place that keeps tenants apart.

`read` sees one snapshot; `write` is alone on SQLite (BEGIN IMMEDIATE) and locks what it
loads on PostgreSQL. Every statement on a tenant's rows is built by a `Transaction`, which
adds the organization. A broken constraint becomes the refusal its field deserves, an
absent database becomes `RecordsUnavailable`; nothing of a driver gets further up.
"""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Index,
    Select,
    Table,
    UniqueConstraint,
    Update,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sealift.domain.errors import Changed, InUse, RecordsUnavailable, Refusal, Taken
from sealift.records import sqlite
from sealift.records.tables import metadata, organizations
from sealift.records.tables.base import ANSWERS

TAKEN: Final = "has already been taken"
_BUSY_SECONDS: Final = 10
_STATEMENT_SECONDS: Final = 30
# One lock that nobody gives back, or one statement that never ends, must not take all threads.
_PATIENCE: Final = (
    "-c lock_timeout=5s",
    "-c idle_in_transaction_session_timeout=60s",
)
_LOST_RACES: Final = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


class Transaction:
    """Statements of one transaction, confined to one organization.

    `organization_id` is None only for the server's own work, which sees every tenant.
    """

    def __init__(self, connection: Connection, organization_id: str | None) -> None:
        self.connection = connection
        self.organization_id = organization_id
        self._changes_answers = False

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        statement = select(*(columns or (table,)))
        if self.organization_id is None:
            return statement
        return statement.where(table.c.organization_id == self.organization_id)

    def update(self, table: Table, *, changes_answers: bool = True) -> Update:
        """`changes_answers=False`: of columns that decide nothing that devices are answered."""
        if changes_answers:
            self._look_at(table)
        statement = update(table)
        if self.organization_id is None:
            return statement
        return statement.where(table.c.organization_id == self.organization_id)

    def delete(self, table: Table) -> Delete:
        self._look_at(table)
        statement = delete(table)
        if self.organization_id is None:
            return statement
        return statement.where(table.c.organization_id == self.organization_id)

    def insert(self, table: Table, **values: object) -> None:
        self._look_at(table)
        self.insert_quietly(table, **values)

    def insert_quietly(self, table: Table, **values: object) -> None:
        """A row that decides nothing that devices are answered, though its table may."""
        if self.organization_id is not None:
            values["organization_id"] = self.organization_id
        self.connection.execute(insert(table).values(**values))

    def insert_all(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Rows of the organization, all with the same columns."""
        self._look_at(table)
        values = [{**each, "organization_id": self.organization_id} for each in rows]
        self.connection.execute(insert(table), values)

    def changed_one(self, statement: Update | Delete) -> bool:
        """Run a guarded change: one row proves that the guard held."""
        return self.connection.execute(statement).rowcount == 1

    def _look_at(self, table: Table) -> None:
        self._changes_answers |= ANSWERS.items() <= table.info.items()

    def tell_servers(self) -> None:
        """Count up the generation of the organization, if devices may be answered otherwise now.

        The last statement before the commit: other writers wait for this row.
        """
        if self._changes_answers:
            count = update(organizations).values(generation=organizations.c.generation + 1)
            if self.organization_id is not None:
                count = count.where(organizations.c.id == self.organization_id)
            self.connection.execute(count)


class Records:
    """The database. Cheap to share between threads; opens connections when asked to."""

    def __init__(self, url: str, statement_seconds: float = _STATEMENT_SECONDS) -> None:
        self.url = make_url(url)
        self.engine = _engine(url, statement_seconds)

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it, if it is kept in a file."""
        return sqlite.file_of(self.url)

    @contextmanager
    def read(self, organization_id: str | None) -> Generator[Transaction]:
        with self._begin(organization_id, isolation_level=self._snapshot()) as transaction:
            yield transaction

    @contextmanager
    def write(self, organization_id: str | None) -> Generator[Transaction]:
        with self._begin(organization_id, sealift_write=True) as transaction:
            yield transaction

    @contextmanager
    def _begin(self, organization_id: str | None, **options: object) -> Generator[Transaction]:
        wanted: dict[str, Any] = {
            name: value for name, value in options.items() if value is not None
        }
        try:
            with self.engine.connect() as plain:
                connection = plain.execution_options(**wanted)
                with connection.begin():
                    transaction = Transaction(connection, organization_id)
                    yield transaction
                    transaction.tell_servers()
        except SQLAlchemyError as error:
            raise _refusal(error) from error

    @contextmanager
    def alter(self) -> Generator[Transaction]:
        """Alone, for as long as it takes, and free to rebuild tables that others refer to."""
        with self._begin(None, sealift_write=True, sealift_alter=True) as transaction:
            if self.engine.dialect.name == "postgresql":
                transaction.connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                transaction.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            yield transaction

    def _snapshot(self) -> str | None:
        return "REPEATABLE READ" if self.engine.dialect.name == "postgresql" else None

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str, statement_seconds: float) -> Engine:
    if not url.startswith("sqlite"):
        address = make_url(url)
        return create_engine(
            address,
            pool_size=8,
            max_overflow=32,
            pool_timeout=_BUSY_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": _BUSY_SECONDS,
                # A network that swallows everything is noticed; unanswered bytes end in time.
                "tcp_user_timeout": (int(statement_seconds) + _BUSY_SECONDS) * 1000,  # ms
                "keepalives_idle": _BUSY_SECONDS,
                "keepalives_interval": _BUSY_SECONDS,
                "keepalives_count": 2,
                "options": _options(address, statement_seconds),
            },
        )
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=32,
        hide_parameters=True,  # a log is no place for what people store
        pool_timeout=_BUSY_SECONDS,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    sqlite.prepare(engine, statement_seconds)
    return engine


def _options(url: URL, statement_seconds: float) -> str:
    """What the operator's address says comes last, and so wins."""
    given = url.query.get("options", "")
    limit = f"-c statement_timeout={int(statement_seconds * 1000)}"
    return " ".join([*_PATIENCE, limit, *([given] if isinstance(given, str) else given)])


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, IntegrityError):
        field = _broken_field(error)
        if field is not None:
            return Taken(TAKEN, field=field)
        if "foreign key" in str(error.orig).lower():
            return InUse("another record refers to this one, or the one it refers to is gone")
        raise error  # a broken promise of our own code
    if isinstance(error, DBAPIError):
        if getattr(error.orig, "sqlstate", None) in _LOST_RACES:
            return Changed("somebody else changed the same records; look again and repeat")
        if not _is_absence(error):
            raise error
    elif not isinstance(error, PoolTimeout):
        raise error
    return RecordsUnavailable("the database is away or busy; repeat the request later")


# SQLite: locked by others, no room, not writable, not readable, spoilt, broken off. Anything else
# is our own fault.
_ABSENT_SQLITE: Final = (
    *("BUSY", "LOCKED", "IOERR", "CANTOPEN", "FULL", "READONLY", "PROTOCOL"),
    *("CORRUPT", "NOTADB", "INTERRUPT"),
)
# PostgreSQL: connection, resources, operator intervention, system; read-only, idle, lock timeout.
_ABSENT_POSTGRES: Final = ("08", "53", "57", "58", "25006", "25P03", "55P03")


def _is_absence(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        return name.removeprefix("SQLITE_").startswith(_ABSENT_SQLITE)
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:  # never connected
        return type(error.orig).__name__ == "OperationalError"
    return state.startswith(_ABSENT_POSTGRES)


def _broken_field(error: IntegrityError) -> str | None:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _FIELDS.get(str(diagnosis.constraint_name))
    _, _, columns = str(error.orig).partition("UNIQUE constraint failed: ")
    return _FIELDS.get(columns)


def _fields() -> dict[str, str]:
    """Request fields by constraint: PostgreSQL tells its name, SQLite its columns."""
    found: dict[str, str] = {}
    for table in metadata.tables.values():
        for unique in (*table.constraints, *table.indexes):
            if isinstance(unique, (UniqueConstraint, Index)) and "field" in unique.info:
                columns = list(unique.columns)
                found[str(unique.name)] = unique.info["field"]
                found[", ".join(f"{table.name}.{c.name}" for c in columns)] = unique.info["field"]
        if "id" in table.c and "field" in table.c.id.info:
            found[f"{table.name}_pk"] = found[f"{table.name}.id"] = "id"
    return found


_FIELDS: Final = _fields()
