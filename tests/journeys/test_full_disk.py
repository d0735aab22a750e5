"""The disk is full: whoever needs room is told so, nothing is lost, and all goes on afterwards."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sealift.domain.parts import SMALLEST
from tests.journeys.living import (
    SMALL,
    a_binary,
    a_key,
    a_signable,
    a_version,
    an_upload,
    becomes_signable,
    declare,
    download,
    download_link,
    is_refused,
    link_in,
    move,
    part_states,
    see,
    send,
    sign,
    state_of,
)
from tests.journeys.mounts import Disk, a_disk
from tests.server import Server, a_server

_LARGE = b"x" * SMALLEST


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """Of the content; the records are elsewhere."""
    with a_disk(tmp_path_factory.mktemp("disk") / "content", "size=16m,nr_inodes=200") as made:
        yield made


@pytest.fixture(scope="module")
def server(disk: Disk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"SEALIFT_CONTENT__FOLDER": str(disk.folder), "SEALIFT_WORKER__SWEEP_EVERY": "1s"}
    with a_server(tmp_path_factory.mktemp("data"), environment=settings) as made:
        yield made


@pytest.fixture
def client(server: Server, disk: Disk) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made
    disk.make_room()


def test_a_part_without_room_is_refused_and_goes_in_when_there_is_some(
    client: httpx.Client, disk: Disk
) -> None:
    prn = a_binary(client, a_version(client), _LARGE)
    link = link_in(declare(client, prn, _LARGE))
    disk.fill()

    refused = send(client, link, _LARGE)

    assert is_refused(refused, 507, "content.full")
    assert part_states(client, prn) == ["uploadable"]
    disk.make_room()
    assert send(client, link, _LARGE).status_code == 200
    assert part_states(client, prn) == ["valid"]


def test_an_upload_cannot_be_opened_without_room_for_a_name(
    client: httpx.Client, disk: Disk
) -> None:
    prn = a_binary(client, a_version(client))
    before = see(client, prn)
    disk.use_up_names()

    refused = declare(client, prn)

    assert is_refused(refused, 503, "content.full")
    assert see(client, prn) == before
    disk.make_room()
    assert send(client, link_in(declare(client, prn))).status_code == 200


def test_parts_without_room_for_a_copy_of_them_stay_as_they_are(
    client: httpx.Client, disk: Disk
) -> None:
    parts = [_LARGE, _LARGE + b"y"]  # joined by copying, since they are cut unevenly
    prn = a_binary(client, a_version(client), b"".join(parts))
    for index, part in enumerate(parts, start=1):
        link = link_in(declare(client, prn, part, index, 2 * SMALLEST + 1))
        assert send(client, link, part).status_code == 200
    free = disk.free()

    refused = move(client, prn, "hashable")

    assert is_refused(refused, 503, "content.full")
    assert state_of(client, prn) == "uploadable"
    assert part_states(client, prn) == ["valid", "valid"]
    assert disk.free() == free
    disk.set("size=32m")
    assert move(client, prn, "hashable").status_code == 200
    assert move(client, prn, "hashing").status_code == 200
    assert becomes_signable(client, prn)
    assert client.delete(f"/binaries/{prn}").status_code == 204
    disk.set("size=16m")


def test_what_needs_no_room_goes_on(client: httpx.Client, disk: Disk) -> None:
    version, key = a_version(client), a_key(client)
    prn = an_upload(client, version)
    disk.fill()

    for state in ("hashable", "hashing"):
        assert move(client, prn, state).status_code == 200
    assert becomes_signable(client, prn)
    assert sign(client, prn, key).status_code == 201
    link = download_link(client, prn)
    assert client.get(link).content == SMALL
    assert move(client, prn, "destroyed").status_code == 200
    assert client.get(link).status_code == 404


# --- the disk of the records and of the queue ----------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Disk]:
    """All that a server has, the log included."""
    with a_disk(tmp_path / "data", "size=16m") as made:
        yield made


def _doors(server: Server) -> str:
    number = server.process.pid
    return Path(f"/proc/{number}/task/{number}/children").read_text()


def test_records_without_room_are_not_changed_and_nothing_dies_of_it(data: Disk) -> None:
    settings = {"SEALIFT_WORKER__SWEEP_EVERY": "1s"}
    with a_server(data.folder, environment=settings) as server, server.client() as client:
        version = a_version(client)
        done, uploaded = a_signable(client, version), an_upload(client, version)
        waiting = a_binary(client, version)
        link = link_in(declare(client, waiting))
        doors = _doors(server)
        data.fill()

        answers = [
            client.post("/artifacts", json={"name": "without room"}),
            move(client, uploaded, "hashable"),
            declare(client, uploaded),
        ]
        sent = send(client, link)

        for answer in answers:
            assert is_refused(answer, 503, "records.unavailable")
        assert sent.status_code in {503, 507}
        assert client.get("/artifacts").status_code == 200
        assert state_of(client, uploaded) == "uploadable"
        assert download(client, done).content == SMALL
        data.make_room()
        assert send(client, link).status_code == 200
        for state in ("hashable", "hashing"):
            assert move(client, uploaded, state).status_code == 200
        assert becomes_signable(client, uploaded)
        assert _doors(server) == doors
