"""Tests of the wire mostly need an organization, not a system of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin_api.tenant import Tenant, a_tenant
from tests.postgres import Postgres
from tests.shelves import a_disk_shelf
from tests.yard import Yard, a_yard, copy_sqlite


@pytest.fixture(scope="session")
def sqlite_yard(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("sqlite-yard")
    url = copy_sqlite(sqlite_template, folder / "records.sqlite3")
    with a_yard(url, a_disk_shelf(folder / "content")) as made:
        yield made


@pytest.fixture(scope="session")
def postgresql_yard(
    postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Yard]:
    url = postgres.database(postgres_template)
    with a_yard(url, a_disk_shelf(tmp_path_factory.mktemp("postgresql-yard"))) as made:
        yield made
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def tenant(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """Two new organizations, on each database in turn."""
    yard: Yard = request.getfixturevalue(f"{request.param}_yard")
    with a_tenant(yard) as made:
        yield made
