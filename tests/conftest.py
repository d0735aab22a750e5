"""What tests of every floor may ask for: databases, stores, and a Sealift on both.

A database and a store make a corner. Modules marked `lifecycle` run on all four, other tests
of a whole Sealift on two opposite ones, and those marked `on_disk` or `on_s3` there only.

Sockets are closed to all tests but those that start or ask real processes. PostgreSQL is not
affected by that, since its driver brings its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs]

from sealift.records.migrate import migrate
from sealift.records.transaction import Records
from tests.corners import CORNERS, OPPOSITE_CORNERS, a_corner, a_migrated_database, a_yard_in
from tests.postgres import FreshDatabase, Postgres, running_postgres
from tests.s3_server import S3Server, running_s3
from tests.yard import FIRST_START, Yard, migrated_sqlite

_HERE = Path(__file__).parent
_JOURNEYS = _HERE / "journeys"
# Their servers and their clocks want a processor for themselves: never two of them at once.
_ONE_BY_ONE = [_JOURNEYS, _HERE / "kill", _HERE / "bench"]

# How long one example takes depends on the machine, and each test has its time limit.
settings.register_profile(
    "sealift", settings.default, deadline=None, phases=set(Phase) - {Phase.explain}
)
settings.load_profile("sealift")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "corner" in metafunc.fixturenames:
        metafunc.parametrize("corner", [a_corner(each) for each in _corners_for(metafunc)])


def _corners_for(metafunc: pytest.Metafunc) -> list[str]:
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    for kind in ("disk", "s3"):
        if f"on_{kind}" in marks:
            return [corner for corner in CORNERS if corner.endswith(kind)]
    return list(CORNERS if "lifecycle" in marks else OPPOSITE_CORNERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_JOURNEYS):
            item.add_marker(pytest.mark.enable_socket)


class _Shared(LoadScopeScheduling):
    """Each test goes to whoever is free, but for those that are done one by one by one process."""

    def _split_scope(self, nodeid: str) -> str:
        path = _HERE.parent / nodeid.partition("::")[0]
        return "one by one" if any(map(path.is_relative_to, _ONE_BY_ONE)) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Shared:
    return _Shared(config, log)


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
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the newest schema and nothing in it, of each kind in turn."""
    with a_migrated_database(request.param, tmp_path, request) as url:
        yield url


@pytest.fixture
def yard(corner: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Yard]:
    """A whole Sealift in this process, on each corner in turn."""
    with a_yard_in(corner, tmp_path, request) as made:
        yield made
