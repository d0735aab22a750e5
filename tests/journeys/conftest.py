"""Servers that several modules ask at the same moment."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.journeys.racing import Arena
from tests.postgres import Postgres
from tests.server import a_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Arena]:
    """One server on SQLite; on PostgreSQL one for each contender."""
    folder = tmp_path_factory.mktemp("races")
    store = folder / "content"
    environment = {"SEALIFT_CONTENT__FOLDER": str(store)}
    with ExitStack() as stack:
        if request.param == "sqlite":
            server = stack.enter_context(a_server(folder / "one", environment=environment))
            servers = [server, server]
        else:
            postgres: Postgres = request.getfixturevalue("postgres")
            url = postgres.database()
            stack.callback(postgres.drop, url)
            servers = [
                stack.enter_context(
                    a_server(
                        folder / name,
                        database=url,
                        environment=environment,
                        without_worker=name == "two",
                    )
                )
                for name in ("one", "two")
            ]
        clients = [stack.enter_context(server.client()) for server in servers]
        arena = Arena(clients, store)
        stack.enter_context(arena.threads)
        yield arena
