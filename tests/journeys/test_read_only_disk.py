"""The disk of the content is read-only, as after a fault of the machine: reading goes on.

Whoever wants to write is told so. What was given up meanwhile is erased when that is possible.
"""

from collections.abc import Iterator
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
    download_link,
    eventually,
    is_refused,
    link_in,
    move,
    part_states,
    send,
    state_of,
)
from tests.journeys.mounts import Disk, a_disk
from tests.server import a_server


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    with a_disk(tmp_path_factory.mktemp("disk") / "content", "size=8m") as made:
        yield made


@pytest.fixture(scope="module")
def client(disk: Disk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = {"SEALIFT_CONTENT__FOLDER": str(disk.folder), "SEALIFT_WORKER__SWEEP_EVERY": "1s"}
    with (
        a_server(tmp_path_factory.mktemp("data"), environment=settings) as server,
        server.client() as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def _writable_at_the_end(disk: Disk) -> Iterator[None]:
    yield
    disk.set("rw")


def test_uploads_are_refused_and_go_on_when_it_can_be_written(
    client: httpx.Client, disk: Disk
) -> None:
    version = a_version(client)
    begun, ready, new = (
        a_binary(client, version),
        an_upload(client, version),
        a_binary(client, version),
    )
    link = link_in(declare(client, begun))
    disk.set("ro")

    answers = [declare(client, new), send(client, link), move(client, ready, "hashable")]

    for answer in answers:
        assert is_refused(answer, 503, "content.unavailable")
        assert "read-only" in answer.json()["errors"]["detail"]
    assert [state_of(client, each) for each in (begun, ready, new)] == ["uploadable"] * 3
    assert (part_states(client, begun), part_states(client, ready)) == (["uploadable"], ["valid"])
    disk.set("rw")
    assert send(client, link_in(declare(client, new))).status_code == 200
    assert send(client, link).status_code == 200
    assert move(client, ready, "hashable").status_code == 200


def test_what_only_reads_goes_on(client: httpx.Client, disk: Disk) -> None:
    version = a_version(client)
    signed, hashable = a_signed(client, version), an_upload(client, version)
    assert move(client, hashable, "hashable").status_code == 200
    disk.set("ro")

    assert move(client, hashable, "hashing").status_code == 200
    assert becomes_signable(client, hashable)
    assert download(client, signed).content == SMALL
    assert a_binary(client, version) is not None
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert "read-only" in ready.json()["stores"]["disk"]


def test_what_is_destroyed_meanwhile_is_erased_when_it_can_be_written(
    client: httpx.Client, disk: Disk
) -> None:
    prn = a_signed(client, a_version(client))
    link = download_link(client, prn)
    disk.set("ro")

    refused = move(client, prn, "destroyed")

    assert is_refused(refused, 503, "content.unavailable")
    assert state_of(client, prn) == "destroyed"
    assert _kept(disk, prn)
    disk.set("rw")
    assert eventually(lambda: not _kept(disk, prn))
    assert client.get(link).status_code == 404
    assert move(client, prn, "destroyed").status_code == 200


def _kept(disk: Disk, prn: str) -> list[Path]:
    return list(disk.folder.glob(f"*/{prn.rpartition(':')[2]}*/*"))
