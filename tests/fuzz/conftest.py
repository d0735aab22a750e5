"""Random requests come by the thousand, so they share one system for each database."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.raw import Door
from tests.fuzz.stock import Stock
from tests.postgres import Postgres
from tests.shelves import a_disk_shelf
from tests.yard import a_yard, copy_sqlite


@pytest.fixture(scope="session")
def sqlite_stock(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stock]:
    folder = tmp_path_factory.mktemp("fuzz")
    url = copy_sqlite(sqlite_template, folder / "records.sqlite3")
    with a_yard(url, a_disk_shelf(folder / "content")) as yard:
        yield Stock(yard)


@pytest.fixture(scope="session")
def postgresql_stock(
    postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stock]:
    url = postgres.database(postgres_template)
    with a_yard(url, a_disk_shelf(tmp_path_factory.mktemp("fuzz"))) as yard:
        yield Stock(yard)
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def stock(request: pytest.FixtureRequest) -> Stock:
    """A system on each database in turn, with resources in it."""
    return request.getfixturevalue(f"{request.param}_stock")


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def door(stock: Stock, runner: asyncio.Runner) -> Door:
    """A way to the system of `stock`, for requests that no client would send."""
    return Door(stock.yard.anybody.app, runner)


@pytest.fixture(scope="session")
def sqlite_door(sqlite_stock: Stock, runner: asyncio.Runner) -> Door:
    return Door(sqlite_stock.yard.anybody.app, runner)
