"""What tests of every floor may ask for: databases.

Sockets are closed to all tests but the journeys, which start real processes. PostgreSQL
is not affected by that, since its driver brings its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from sealift.records.migrate import migrate
from sealift.records.transaction import Records
from tests.postgres import FreshDatabase, Postgres, running_postgres
from tests.s3_server import S3Server, running_s3
from tests.shelves import a_disk_shelf
from tests.yard import FIRST_START, Yard, a_yard, copy_sqlite, migrated_sqlite

_JOURNEYS = Path(__file__).parent / "journeys"

# How long one example takes depends on the machine, and each test has its time limit.
settings.register_profile("sealift", settings.default, deadline=None)
settings.load_profile("sealift")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_JOURNEYS):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture
def fresh_database(postgres: Postgres) -> Iterator[FreshDatabase]:
    urls: list[str] = []

    def make(template: str | None = None) -> str:
        urls.append(postgres.database(template))
        return urls[-1]

    yield make
    for url in urls:
        postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.sqlite3'}"
    make: FreshDatabase = request.getfixturevalue("fresh_database")
    return make()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_sqlite(tmp_path_factory.mktemp("template") / "records.sqlite3")


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    url = postgres.database()
    records = Records(url)
    migrate(records, FIRST_START)
    records.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the newest schema and nothing in it, of each kind in turn."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return copy_sqlite(template, tmp_path / "records.sqlite3")
    make: FreshDatabase = request.getfixturevalue("fresh_database")
    return make(request.getfixturevalue("postgres_template"))


@pytest.fixture
def yard(migrated_url: str, tmp_path: Path) -> Iterator[Yard]:
    """A whole Sealift in this process, on each database in turn."""
    with a_yard(migrated_url, a_disk_shelf(tmp_path / "content")) as made:
        yield made
