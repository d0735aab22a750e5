"""A store that answers nobody, as behind a network that swallows everything: it is paused.

Whoever needs it is told so before long; nobody else notices. It needs no restart when it is back.
"""

import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journeys.living import (
    SMALL,
    a_binary,
    a_signed,
    a_version,
    an_upload,
    becomes_signable,
    declare,
    download,
    eventually,
    is_refused,
    link_in,
    move,
    send,
    state_of,
)
from tests.s3_server import S3Server, running_s3
from tests.server import a_server

_MANY = 80  # more than there are threads in a server
_BOUND = 20  # seconds; one patience of five and the load of the tests
_QUICKLY = 3  # seconds, on a machine that does other things too
_LOOKING = 8  # seconds; three of them is what readiness waits for a store


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    """One of our own, since it is paused."""
    with running_s3() as made:
        if made.process is None:
            pytest.skip("a store that others use cannot be paused")
        yield made


@dataclass(frozen=True, slots=True)
class _Moved:
    """A server that once kept its content on a disk, and now has a bucket for what is new."""

    client: httpx.Client
    old: str  # a signed binary, on the disk
    disk: Path


@pytest.fixture(scope="module")
def moved(s3: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Moved]:
    folder = tmp_path_factory.mktemp("moved")
    data_dir, disk = folder / "data", folder / "disk"
    prompt = {"SEALIFT_WORKER__SWEEP_EVERY": "1s"}
    before = prompt | {"SEALIFT_CONTENT__FOLDER": str(disk)}
    with a_server(data_dir, environment=before) as server, server.client() as client:
        old = a_signed(client, a_version(client))
    with s3.bucket() as bucket:
        further = {"SEALIFT_STORES__DISK__KIND": "disk", "SEALIFT_STORES__DISK__FOLDER": str(disk)}
        after = prompt | s3.settings(bucket) | further
        with a_server(data_dir, environment=after) as server, server.client() as client:
            yield _Moved(client, old, disk)


@pytest.fixture
def client(moved: _Moved) -> httpx.Client:
    """Of a server that knows of nothing wrong with the store."""
    assert eventually(lambda: _is_well(moved.client))
    return moved.client


def _is_well(client: httpx.Client) -> bool:
    return client.get("/readyz").json()["stores"]["s3"] == "ok"


@contextmanager
def _hanging(s3: S3Server) -> Generator[None]:
    s3.pause()
    try:
        yield
    finally:
        s3.resume()


def test_many_who_need_it_are_refused_and_do_not_keep_others_from_the_records(
    client: httpx.Client, s3: S3Server
) -> None:
    version = a_version(client)
    fresh = [a_binary(client, version) for _ in range(_MANY)]

    with _hanging(s3), ThreadPoolExecutor(_MANY) as threads:
        asking = [threads.submit(declare, client, prn) for prn in fresh]
        time.sleep(1)  # until all of them wait
        looked = [
            client.get("/artifacts"),
            client.get(f"/binaries/{fresh[0]}"),
            client.post("/artifacts", json={"name": "meanwhile"}),
            client.get("/healthz"),
        ]
        ready, figures = client.get("/readyz"), client.get("/metrics")
        refused = [each.result() for each in asking]

    for answer in looked:
        assert answer.status_code in {200, 201}
        assert answer.elapsed.total_seconds() < _QUICKLY
    for answer in (ready, figures):
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() < _LOOKING
    assert ready.json()["stores"]["s3"] != "ok"
    for answer in refused:
        assert is_refused(answer, 503, "content.unavailable")
        assert answer.elapsed.total_seconds() < _BOUND
    assert {state_of(client, prn) for prn in fresh} == {"uploadable"}
    assert eventually(lambda: _is_well(client))
    assert send(client, link_in(declare(client, fresh[0]))).status_code == 200


def test_a_life_goes_on_where_it_stopped(client: httpx.Client, s3: S3Server) -> None:
    version = a_version(client)
    ready, doomed = an_upload(client, version), a_signed(client, version)

    with _hanging(s3):
        closing = move(client, ready, "hashable")
        destroying = move(client, doomed, "destroyed")

    for answer in (closing, destroying):
        assert is_refused(answer, 503, "content.unavailable")
    assert (state_of(client, ready), state_of(client, doomed)) == ("uploadable", "destroyed")
    assert eventually(lambda: move(client, ready, "hashable").status_code == 200)
    assert eventually(lambda: move(client, doomed, "destroyed").status_code == 200)
    assert move(client, ready, "hashing").status_code == 200
    assert becomes_signable(client, ready)
    assert download(client, ready).content == SMALL


def test_what_waits_to_be_verified_waits_for_it(client: httpx.Client, s3: S3Server) -> None:
    prn = an_upload(client, a_version(client))
    assert move(client, prn, "hashable").status_code == 200

    with _hanging(s3):
        assert move(client, prn, "hashing").status_code == 200
        assert not eventually(lambda: state_of(client, prn) != "hashing", within=10)

    assert becomes_signable(client, prn)


def test_the_sweep_goes_on_with_other_stores(
    client: httpx.Client, moved: _Moved, s3: S3Server
) -> None:
    new, away = a_signed(client, a_version(client)), moved.disk.with_name("away")

    with _hanging(s3):
        moved.disk.rename(away)
        refused = [move(client, prn, "destroyed") for prn in (new, moved.old)]
        away.rename(moved.disk)
        is_erased = eventually(lambda: not list(moved.disk.rglob("content")))

    assert [answer.status_code for answer in refused] == [503, 503]
    assert is_erased
    assert eventually(lambda: move(client, new, "destroyed").status_code == 200)
