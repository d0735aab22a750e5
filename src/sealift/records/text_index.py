"""The index of texts: made, and made anew when anything of it is missing.

It holds every run of three characters of the searched columns, exactly as they are, and
with them who owns the row. The database itself keeps it, in the transaction that changes the
row: SQLite by triggers in tables beside the one that is searched, PostgreSQL as an index like
any other. All of it comes from the rows, so it is no step of the migrations: whenever a
database is migrated, what is missing is made of the rows that are there.
"""

# ruff: noqa: S608 - statements are made of the names in `tables` and of nothing that was sent

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, text
from sqlalchemy.exc import OperationalError

from sealift.domain.errors import RecordsUnavailable
from sealift.records.columns import SEARCHED
from sealift.records.tables import metadata

RUN: Final = 3  # characters


def is_searched(column: Column[Any]) -> bool:
    return SEARCHED.items() <= column.info.items()


def _searched() -> Iterator[tuple[Table, list[str]]]:
    for each in metadata.sorted_tables:
        columns = [column.name for column in each.c if is_searched(column)]
        if columns:
            yield each, columns


def owns(name: str) -> bool:
    """Whether the table or index of this name is made here, and not by a migration."""
    return any(
        name == f"{each.name}_numbers"
        or name.startswith(f"{each.name}_texts")
        or name in {f"{each.name}_{column}_texts" for column in columns}
        for each, columns in _searched()
    )


def make(connection: Connection) -> None:
    """Make what is not there, of the rows that are. Changes nothing if all is as it should be."""
    make_for = _make_postgresql if connection.dialect.name == "postgresql" else _make_sqlite
    for each, columns in _searched():
        make_for(connection, each.name, columns)


def drop(connection: Connection) -> None:
    for each, columns in _searched():
        if connection.dialect.name == "postgresql":
            for name in columns:
                connection.exec_driver_sql(f"DROP INDEX IF EXISTS {each.name}_{name}_texts")
        else:
            _drop_sqlite(connection, each.name)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS sealift_runs")


# --- PostgreSQL ----------------------------------------------------------------------------------

# Its result is in the indexes: a change of it needs another name. Not the extension pg_trgm,
# which sees letters only, folds their case by the rules of the database's language, and does not
# know whose the row is.
_RUNS: Final = """
CREATE FUNCTION sealift_runs(owner uuid, said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array(SELECT substr(said, i, 3) FROM generate_series(1, char_length(said) - 2) AS i)
    || owner::text
$$
"""


def _make_postgresql(connection: Connection, name: str, columns: Sequence[str]) -> None:
    if connection.scalar(text("SELECT to_regprocedure('sealift_runs(uuid, text)')")) is None:
        connection.exec_driver_sql(_RUNS)
    for each in columns:
        # Written at once: a search would have to read all that waits to be written later.
        connection.exec_driver_sql(
            f"CREATE INDEX IF NOT EXISTS {name}_{each}_texts ON {name} USING gin"
            f' ((sealift_runs(organization_id, {each})) COLLATE "C") WITH (fastupdate = off)'
        )


# --- SQLite --------------------------------------------------------------------------------------

# Rows are numbered so that a later one has the higher number: the microsecond of `inserted_at`
# with its last 20 bits, about a second, replaced by a running number. Nobody writes a million
# rows within that. So the index, which is sorted by number, gives the rows nearly in the order
# of the list, and the first page is there before the last row is found.
PERIOD_BITS: Final = 20
WITHIN: Final = (1 << PERIOD_BITS) - 1
# No copy of the texts and no count of their runs, but every place of one, so that a needle is
# found as a whole.
_WAYS: Final = "content='', columnsize=0, tokenize='trigram case_sensitive 1'"


def _make_sqlite(connection: Connection, name: str, columns: Sequence[str]) -> None:
    """All of it anew if anything is not as it should be: a table that was rebuilt lost its
    triggers, and nobody knows what has happened since.
    """
    wanted = _schema(name, columns)
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master").scalars().all()
    if set(wanted) <= set(found):
        return
    _drop_sqlite(connection, name)
    try:
        for each in wanted:
            connection.exec_driver_sql(each)
    except OperationalError as error:
        raise RecordsUnavailable(
            "this SQLite cannot search texts: it needs version 3.34 or later with FTS5, and the"
            f" one of this Python says: {error.orig}"
        ) from error
    connection.exec_driver_sql(
        f"INSERT INTO {name}_numbers SELECT (inserted_at & ~{WITHIN}) + row_number() OVER"
        f" (PARTITION BY inserted_at & ~{WITHIN} ORDER BY id) - 1, id FROM {name} ORDER BY 1"
    )
    connection.exec_driver_sql(
        f"INSERT INTO {name}_texts (rowid, {', '.join(columns)}, owner)"
        f" SELECT number, {', '.join(columns)}, substr(organization_id, 1, {RUN})"
        f" FROM {name}_numbers CROSS JOIN {name} USING (id) ORDER BY number"
    )


def _drop_sqlite(connection: Connection, name: str) -> None:
    for event in ("insert", "update", "delete"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}_texts_{event}")
    for each in ("texts", "numbers"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}_{each}")


def _schema(name: str, columns: Sequence[str]) -> list[str]:
    """As SQLite keeps the statements, to the letter: by them it is seen what is missing."""
    listed = ", ".join([*columns, "owner"])

    def values(row: str) -> str:
        told = [f"{row}.{each}" for each in columns]
        return ", ".join([*told, f"substr({row}.organization_id, 1, {RUN})"])

    add = (
        f"INSERT INTO {name}_numbers SELECT"
        f" coalesce(max(number) + 1, new.inserted_at & ~{WITHIN}), new.id FROM {name}_numbers"
        f" WHERE number BETWEEN new.inserted_at & ~{WITHIN} AND new.inserted_at | {WITHIN};"
        f" INSERT INTO {name}_texts (rowid, {listed})"
        f" SELECT number, {values('new')} FROM {name}_numbers WHERE id = new.id;"
    )
    remove = (
        f"INSERT INTO {name}_texts ({name}_texts, rowid, {listed})"
        f" SELECT 'delete', number, {values('old')} FROM {name}_numbers WHERE id = old.id;"
        f" DELETE FROM {name}_numbers WHERE id = old.id;"
    )
    watched = ", ".join(["id", "organization_id", "inserted_at", *columns])
    trigger = f"CREATE TRIGGER {name}_texts_"
    return [
        f"CREATE TABLE {name}_numbers (number INTEGER PRIMARY KEY, id CHAR(32) NOT NULL UNIQUE)",
        f"CREATE VIRTUAL TABLE {name}_texts USING fts5({listed}, {_WAYS})",
        f"{trigger}insert AFTER INSERT ON {name} BEGIN {add} END",
        f"{trigger}update AFTER UPDATE OF {watched} ON {name} BEGIN {remove} {add} END",
        f"{trigger}delete AFTER DELETE ON {name} BEGIN {remove} END",
    ]
