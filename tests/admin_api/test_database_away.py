"""The database is away: every route says so, and serves again once it is back."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection

from sealift.records.tables import artifacts
from sealift.records.transaction import Records
from tests.admin_api.routes import Route, routes, stocked
from tests.admin_api.tenant import Tenant, a_tenant
from tests.yard import Yard


@contextmanager
def _file_moved(url: URL) -> Generator[None]:
    file = Path(str(url.database))
    file.rename(file.with_suffix(".away"))
    yield
    file.with_suffix(".away").rename(file)


@contextmanager
def _nobody_let_in(url: URL) -> Generator[None]:
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as operator:
        operator.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        operator.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        operator.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    engine.dispose()


@contextmanager
def _away(tenant: Tenant) -> Generator[None]:
    url = tenant.system.records.engine.url
    with (_file_moved if url.drivername.startswith("sqlite") else _nobody_let_in)(url):
        yield


@pytest.fixture
def tenant(yard: Yard) -> Iterator[Tenant]:
    """On a database of its own, since it is taken away."""
    with a_tenant(yard) as made:
        yield made


def _asked_first(found: list[Route]) -> list[Route]:
    return sorted(found, key=lambda route: route.changes)


def test_every_route_says_so_and_serves_again(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    prns = stocked(tenant)

    with _away(tenant):
        answers = {str(each): each.send(tenant.api, prns) for each in routes(tenant.api)}
        ready = tenant.anybody.get("/readyz")
        alive = tenant.anybody.get("/healthz")

    for route, answer in answers.items():
        assert answer.status_code == 503, route
        assert list(answer.json()["errors"]) == ["detail"]
        assert answer.json()["code"] == "records.unavailable"
        assert int(answer.headers["retry-after"]) > 0
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert "refused: records.unavailable" in caplog.text
    for route in _asked_first(routes(tenant.api)):
        assert route.send(tenant.api, prns).status_code < 500, str(route)
        if route.method == "get":
            assert route.send(tenant.api, prns).status_code == 200
    assert tenant.anybody.get("/readyz").status_code == 200


def test_a_record_that_somebody_keeps_locked_stops_nobody_else(tenant: Tenant) -> None:
    prns = stocked(tenant)
    event.listen(tenant.system.records.engine, "connect", _impatient)
    tenant.system.records.engine.dispose()
    locked = artifacts.select().where(artifacts.c.id == prns["artifact"].rpartition(":")[2])

    other = Records(tenant.system.records.engine.url.render_as_string(hide_password=False))
    with other.write(None) as tx:
        assert tx.connection.execute(locked.with_for_update()).one()
        patched = tenant.api.patch(f"/artifacts/{prns['artifact']}", json={"name": "y"})
        seen = tenant.api.get(f"/artifacts/{prns['artifact']}")
    afterwards = tenant.api.patch(f"/artifacts/{prns['artifact']}", json={"name": "y"})
    other.close()

    assert (patched.status_code, patched.json()["code"]) == (503, "records.unavailable")
    assert (seen.status_code, afterwards.status_code) == (200, 200)


def _impatient(connection: DBAPIConnection, _record: object) -> None:
    """Wait for a lock for the blink of an eye only."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=20" if is_sqlite else "SET lock_timeout = 20")
    connection.commit()


def test_a_stranger_is_not_let_in_because_nobody_can_be_asked(tenant: Tenant) -> None:
    with _away(tenant):
        without = tenant.anybody.get("/artifacts")
        unknown = tenant.anybody.get("/artifacts", headers={"authorization": "Bearer x"})

    assert without.status_code == 403
    assert unknown.status_code == 503


def test_the_figures_say_so_and_are_whole_again(tenant: Tenant) -> None:
    whole = tenant.anybody.get("/metrics").text

    with _away(tenant):
        without = tenant.anybody.get("/metrics")
    after = tenant.anybody.get("/metrics").text

    assert without.status_code == 200
    assert "sealift_database_up 0.0" in without.text
    assert "sealift_binaries" not in without.text
    assert "sealift_http_request_seconds_count" in without.text
    for told in (whole, after):
        assert "sealift_database_up 1.0" in told
        assert 'sealift_binaries{state="signed"}' in told
