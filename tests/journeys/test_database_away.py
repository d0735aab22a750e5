"""A database goes away and comes back: requests say so meanwhile, and nobody starts anything anew.

Content is sent without the records, and a binary that waits to be verified goes on waiting.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.journeys.living import (
    SMALL,
    a_hashing,
    a_key,
    a_signable,
    a_version,
    an_upload,
    becomes_signable,
    declare,
    download_link,
    eventually,
    is_refused,
    link_in,
    move,
    send,
    sign,
)
from tests.postgres import Stoppable, stoppable_postgres
from tests.server import Server, a_server

_PROMPT = {"SEALIFT_WORKER__SWEEP_EVERY": "1s"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Stoppable]:
    with stoppable_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def server(postgres: Stoppable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("data")
    with a_server(folder, database=postgres.postgres.database(), environment=_PROMPT) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made


def _doors(server: Server) -> list[int]:
    number = server.process.pid
    children = Path(f"/proc/{number}/task/{number}/children")
    return [int(each) for each in children.read_text().split()]


@contextmanager
def _away(postgres: Stoppable) -> Generator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def _asleep(process_id: int) -> Generator[None]:
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)


def test_requests_say_that_postgresql_is_away_and_serve_when_it_is_back(
    server: Server, client: httpx.Client, postgres: Stoppable
) -> None:
    version = a_version(client)
    content = download_link(client, a_signable(client, version))
    upload = an_upload(client, version)
    link = link_in(declare(client, upload))
    doors = _doors(server)

    with _away(postgres):
        answers = [
            client.get("/artifacts"),
            client.post("/artifacts", json={"name": "meanwhile"}),
            move(client, upload, "hashable"),
            send(client, link),
        ]
        ready, alive = client.get("/readyz"), client.get("/healthz")
        downloaded = client.get(content)

    for answer in answers:
        assert is_refused(answer, 503, "records.unavailable")
        assert answer.elapsed.total_seconds() < 10
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert downloaded.content == SMALL
    assert send(client, link).status_code == 200
    assert move(client, upload, "hashable").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert _doors(server) == doors


def test_what_waits_to_be_verified_is_verified_when_postgresql_is_back(
    server: Server, client: httpx.Client, postgres: Stoppable
) -> None:
    version, key = a_version(client), a_key(client)
    doors = _doors(server)
    with _asleep(doors[1]):
        waiting = a_hashing(client, version)
        postgres.stop()

    time.sleep(3)  # in which the worker looks for work
    postgres.start()

    assert becomes_signable(client, waiting)
    assert sign(client, waiting, key).status_code == 201
    assert a_signable(client, version)
    assert _doors(server) == doors


def test_a_door_that_dies_while_postgresql_is_away_is_there_again(
    server: Server, postgres: Stoppable
) -> None:
    doors = _doors(server)

    with _away(postgres):
        for door in doors:
            os.kill(door, signal.SIGKILL)
        assert eventually(lambda: len(set(_doors(server)) - set(doors)) == len(doors))
        with server.client() as other:
            refused = other.get("/artifacts")

    assert is_refused(refused, 503, "records.unavailable")
    with server.client() as other:
        assert a_signable(other, a_version(other))
    assert not set(doors) & set(_doors(server))
    assert len(_doors(server)) == len(doors)


# --- SQLite --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with a_server(tmp_path_factory.mktemp("sqlite"), environment=_PROMPT) as made:
        yield made


@contextmanager
def _locked(file: Path) -> Generator[None]:
    """As by a backup that was stopped in the middle."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_locked_database_is_waited_for_and_then_said_to_be_busy(small_server: Server) -> None:
    with small_server.client() as client:
        version = a_version(client)
        doors = _doors(small_server)
        with _asleep(doors[1]):
            waiting = a_hashing(client, version)

            with _locked(small_server.data_dir / "sealift.sqlite3"):
                os.kill(doors[1], signal.SIGCONT)
                refused = client.post("/artifacts", json={"name": "meanwhile"})
                seen = client.get("/artifacts")
                ready = client.get("/readyz")

        assert is_refused(refused, 503, "records.unavailable")
        assert refused.elapsed.total_seconds() < 15
        assert (seen.status_code, ready.status_code) == (200, 200)
        assert client.post("/artifacts", json={"name": "afterwards"}).status_code == 201
        assert becomes_signable(client, waiting)
        assert _doors(small_server) == doors


def test_a_locked_queue_holds_up_no_request(small_server: Server) -> None:
    with small_server.client() as client, ThreadPoolExecutor(10) as threads:
        version = a_version(client)
        doors = _doors(small_server)
        uploads = [an_upload(client, version) for _ in range(10)]
        for prn in uploads:
            assert move(client, prn, "hashable").status_code == 200

        with _locked(small_server.data_dir / "queue.sqlite3"):
            moves = [threads.submit(move, client, prn, "hashing") for prn in uploads]
            answers = [each.result() for each in moves]
            ready, figures = client.get("/readyz"), client.get("/metrics")

        for answer in (*answers, ready, figures):
            assert answer.status_code == 200
            assert answer.elapsed.total_seconds() < 5
        for prn in uploads:
            assert becomes_signable(client, prn)
        assert _doors(small_server) == doors
