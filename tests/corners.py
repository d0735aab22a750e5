"""The corners that Sealift is tried in: a database and a store each."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from _pytest.mark import ParameterSet

from tests.postgres import Postgres
from tests.s3_server import S3Server
from tests.shelves import Shelf, a_disk_shelf, an_s3_shelf
from tests.yard import Yard, a_yard, copy_sqlite

OPPOSITE_CORNERS: Final = ("sqlite-disk", "postgresql-s3")
CORNERS: Final = (*OPPOSITE_CORNERS, "sqlite-s3", "postgresql-disk")


def a_corner(name: str) -> ParameterSet:
    """As a test's parameter; what asks the S3 server needs sockets."""
    return pytest.param(name, marks=[pytest.mark.enable_socket] if name.endswith("s3") else [])


@contextmanager
def a_yard_in(corner: str, folder: Path, request: pytest.FixtureRequest) -> Generator[Yard]:
    """A yard with nothing in it. It needs fixtures of the session only."""
    database, _, store = corner.partition("-")
    folder.mkdir(exist_ok=True)
    with (
        a_migrated_database(database, folder, request) as url,
        _a_shelf(store, folder, request) as shelf,
        a_yard(url, shelf) as made,
    ):
        yield made


@contextmanager
def a_migrated_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Generator[str]:
    """The URL of a database with the newest schema and nothing in it."""
    if kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield copy_sqlite(template, folder / "records.sqlite3")
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database(request.getfixturevalue("postgres_template"))
    try:
        yield url
    finally:
        server.drop(url)


@contextmanager
def _a_shelf(kind: str, folder: Path, request: pytest.FixtureRequest) -> Generator[Shelf]:
    if kind == "disk":
        yield a_disk_shelf(folder / "content")
        return
    server: S3Server = request.getfixturevalue("s3_server")
    with server.bucket() as bucket:
        yield an_s3_shelf(server, bucket)
