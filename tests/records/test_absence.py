"""The database goes away and comes back: a refusal meanwhile, and no restart afterwards."""

import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.engine import make_url

from sealift.domain.errors import RecordsUnavailable
from sealift.records.migrate import migrate
from sealift.records.tables import organizations
from sealift.records.transaction import Records, Transaction
from tests.postgres import FreshDatabase
from tests.records.made_up import MOMENT, a_world, put
from tests.yard import copy_sqlite


def _number(records: Records) -> int:
    with records.read(None) as tx:
        return tx.connection.scalar(select(func.count()).select_from(organizations)) or 0


def _add(records: Records) -> None:
    with records.write(None) as tx:
        put(tx.connection, organizations, {})


def _is_away(records: Records) -> bool:
    """Neither reading nor writing is possible, and both say so in our words."""
    for attempt in (_number, _add):
        try:
            attempt(records)
        except RecordsUnavailable:
            continue
        return False
    return True


def _impatient(records: Records) -> None:
    """Wait for a lock for the blink of an eye only."""
    event.listen(records.engine, "connect", _wait_shortly)
    records.engine.dispose()


def _wait_shortly(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=20")


# --- SQLite --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    copy_sqlite(sqlite_template, tmp_path / "records.sqlite3")
    return tmp_path / "records.sqlite3"


@pytest.fixture
def sqlite(file: Path) -> Iterator[Records]:
    records = Records(f"sqlite:///{file}")
    _add(records)
    yield records
    records.close()


def test_a_file_that_was_deleted_is_missed_at_once_and_not_made_anew(
    sqlite: Records, file: Path
) -> None:
    for each in file.parent.glob("records.sqlite3*"):
        each.unlink()

    assert _is_away(sqlite)
    sqlite.engine.dispose()
    assert _is_away(sqlite)
    assert not file.exists()


def test_a_file_that_comes_back_is_used_again(sqlite: Records, file: Path) -> None:
    file.rename(file.with_suffix(".away"))
    assert _is_away(sqlite)

    file.with_suffix(".away").rename(file)

    _add(sqlite)
    assert _number(sqlite) == 2


def test_another_file_in_its_place_is_opened(
    sqlite: Records, file: Path, sqlite_template: Path
) -> None:
    for each in file.parent.glob("records.sqlite3*"):
        each.unlink()
    copy_sqlite(sqlite_template, file)

    assert _number(sqlite) == 0
    _add(sqlite)

    fresh = Records(f"sqlite:///{file}")
    assert _number(fresh) == 1
    fresh.close()


def test_who_waits_too_long_for_another_writer_is_told(sqlite: Records, file: Path) -> None:
    _impatient(sqlite)
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(RecordsUnavailable):
            _add(sqlite)

        assert _number(sqlite) == 1  # who only reads waits for nobody
        other.execute("ROLLBACK")
    other.close()
    _add(sqlite)
    assert _number(sqlite) == 2


def test_a_writer_waits_for_another_that_is_quick(sqlite: Records, file: Path) -> None:
    other = Records(f"sqlite:///{file}")
    with sqlite.write(None) as first:
        put(first.connection, organizations, {})
        begun = time.monotonic()
    _add(other)

    assert time.monotonic() - begun < 5
    assert _number(other) == 3
    other.close()


def _fill(tx: Transaction) -> None:
    for _ in range(1000):
        a_world(tx.connection)


def test_a_full_disk_is_told_and_nothing_is_half_written(sqlite: Records) -> None:
    with sqlite.write(None) as tx:
        a_world(tx.connection)
    before = _number(sqlite)

    def no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # it cannot go below what is used

    event.listen(sqlite.engine, "connect", no_more_pages)
    sqlite.engine.dispose()
    with pytest.raises(RecordsUnavailable), sqlite.write(None) as tx:
        _fill(tx)

    assert _number(sqlite) == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "records.sqlite3"
    file.write_bytes(b"This is no database at all. " * 400)
    records = Records(f"sqlite:///{file}")

    assert _is_away(records)
    records.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    records = Records(f"sqlite:///{tmp_path / 'nowhere' / 'records.sqlite3'}")

    assert _is_away(records)


# --- PostgreSQL ----------------------------------------------------------------------------------


@pytest.fixture
def postgresql(fresh_database: FreshDatabase, postgres_template: str) -> Iterator[Records]:
    records = Records(fresh_database(postgres_template))
    _add(records)
    yield records
    records.close()


@contextmanager
def _operator(records: Records) -> Generator[Engine]:
    """Somebody at the same server, connected to another database of it."""
    url = make_url(records.url.render_as_string(hide_password=False)).set(database="postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def _cut_off(engine: Engine, records: Records) -> None:
    statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with engine.connect() as connection:
        connection.execute(text(statement), {"name": records.url.database})


def test_connections_that_were_cut_while_idle_are_made_anew(postgresql: Records) -> None:
    with _operator(postgresql) as operator:
        _cut_off(operator, postgresql)

    _add(postgresql)
    assert _number(postgresql) == 2


def test_a_transaction_that_is_cut_is_refused_and_leaves_nothing(postgresql: Records) -> None:
    def is_cut_between(operator: Engine, tx: Transaction) -> None:
        put(tx.connection, organizations, {})
        _cut_off(operator, postgresql)
        put(tx.connection, organizations, {})

    with (
        _operator(postgresql) as operator,
        pytest.raises(RecordsUnavailable),
        postgresql.write(None) as tx,
    ):
        is_cut_between(operator, tx)

    assert _number(postgresql) == 1
    _add(postgresql)
    assert _number(postgresql) == 2


def test_nothing_is_waited_for_without_end_but_what_a_migration_does(
    postgresql: Records,
) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

    def limits(tx: Transaction) -> list[str | None]:
        return [tx.connection.scalar(text(f"SHOW {name}")) for name in names]

    with postgresql.write(None) as tx:
        usual = limits(tx)
    with postgresql.alter() as tx:
        altering = limits(tx)

    assert usual == ["5s", "30s", "1min"]
    assert altering == ["0", "0", "1min"]


def test_the_operators_own_limits_win(postgresql: Records) -> None:
    own = postgresql.url.update_query_dict({"options": "-c lock_timeout=7s"})
    records = Records(own.render_as_string(hide_password=False))

    with records.read(None) as tx:
        assert tx.connection.scalar(text("SHOW lock_timeout")) == "7s"
        assert tx.connection.scalar(text("SHOW statement_timeout")) == "30s"
    records.close()


def test_a_server_that_lets_nobody_in_is_away_until_it_does(postgresql: Records) -> None:
    name = postgresql.url.database
    with _operator(postgresql) as operator, operator.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        _cut_off(operator, postgresql)
        assert _is_away(postgresql)

        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))

    _add(postgresql)
    assert _number(postgresql) == 2


def test_a_database_that_may_only_be_read_is_read(postgresql: Records) -> None:
    name = postgresql.url.database
    with _operator(postgresql) as operator, operator.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        _cut_off(operator, postgresql)

        assert _number(postgresql) == 1
        with pytest.raises(RecordsUnavailable):
            _add(postgresql)


@pytest.mark.parametrize("change", [{"port": 1}, {"password": "wrong"}, {"database": "nowhere"}])
def test_a_server_that_cannot_be_reached_is_away(
    postgresql: Records, change: dict[str, object]
) -> None:
    url = postgresql.url.set(**change)  # pyright: ignore[reportArgumentType]
    records = Records(url.render_as_string(hide_password=False))

    assert _is_away(records)
    with pytest.raises(RecordsUnavailable):
        migrate(records, MOMENT)
