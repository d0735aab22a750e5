"""Two hundred devices ask at the same moment for a release that is for seven."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.certificates import a_ca, a_device, issue
from tests.journeys.racing import Arena, sign
from tests.postgres import Postgres
from tests.server import Server, a_server

_DEVICES: Final = 200
_ROOM: Final = 7


@dataclass
class Doors:
    """Servers with one database and one store, each with a door for devices."""

    servers: Sequence[Server]
    arena: Arena
    folder: Path

    def made(self, path: str, noun: str, **body: object) -> dict[str, Any]:
        answer = self.arena.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()[noun]


@pytest.fixture(params=["sqlite", "postgresql"])
def doors(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Doors]:
    """One on SQLite, two on PostgreSQL."""
    store = {"SEALIFT_CONTENT__FOLDER": str(tmp_path / "content")}
    with ExitStack() as stack:
        url, names = None, ["one"]
        if request.param == "postgresql":
            postgres: Postgres = request.getfixturevalue("postgres")
            url, names = postgres.database(), ["one", "two"]
            stack.callback(postgres.drop, url)
        servers = [
            stack.enter_context(
                a_server(tmp_path / name, database=url, environment=store, for_devices=True)
            )
            for name in names
        ]
        clients = [stack.enter_context(server.client()) for server in servers]
        arena = Arena(clients, tmp_path / "content")
        stack.enter_context(arena.threads)
        yield Doors(servers, arena, tmp_path)


@pytest.fixture
def devices(doors: Doors) -> Iterator[list[httpx.Client]]:
    """Of one cohort, each with a line of its own to one of the doors, its handshake done."""
    ca = a_ca()
    product = doors.made("/products", "product", name="gateway")["prn"]
    cohort = doors.made("/cohorts", "cohort", product_prn=product, name="field")["prn"]
    code = doors.arena.client.post("/ca_certificates/verification_codes").json()
    proof = issue(code["verification_code"], by=ca)
    jitp = {"product_prn": product, "cohort_prn": cohort, "description": "one of many"}
    given = {"certificate": ca.as_sent, "verification_certificate": proof.as_sent, "jitp": jitp}
    doors.made("/ca_certificates", "ca_certificate", **given)
    with ExitStack() as stack:
        clients: list[httpx.Client] = []
        for number in range(_DEVICES):
            server = doors.servers[number % len(doors.servers)]
            context = ssl.create_default_context(cafile=server.device_authority)
            written = a_device(f"device-{number}", ca).written(doors.folder, "device")
            context.load_cert_chain(*written)
            client = httpx.Client(base_url=server.device_url or "", verify=context, timeout=60)
            clients.append(stack.enter_context(client))
        with ThreadPoolExecutor(16) as threads:
            met = list(threads.map(_met, clients))
        assert set(met) == {200}
        yield clients


def _met(client: httpx.Client) -> int:
    """A new CA is believed within a second."""
    for _ in range(50):
        try:
            return client.get("/device/me").status_code
        except httpx.TransportError:
            threading.Event().wait(0.1)
    return 0


def test_a_release_for_seven_is_claimed_by_seven(doors: Doors, devices: list[httpx.Client]) -> None:
    key, signature = doors.arena.a_key()
    (binary,) = doors.arena.signables(1)
    assert sign(binary, key, signature)(doors.arena.client).status_code == 201
    bundle = doors.made("/bundles", "bundle", binaries=[{"prn": binary}])["prn"]
    cohort = doors.arena.client.get("/cohorts").json()["cohorts"][0]["prn"]
    release = doors.made(
        "/releases",
        "release",
        name="a few first",
        bundle_prn=bundle,
        cohort_prn=cohort,
        required=False,
        schedule_date="2025-01-01T00:00:00Z",
        version="1.0.0",
        version_requirement="< 1.0.0",
        phase_value=_ROOM,
    )
    barrier = threading.Barrier(_DEVICES)

    def ask(client: httpx.Client) -> str:
        barrier.wait(timeout=60)
        answer = client.get("/update", headers={"peridio-release-version": "0.0.1"})
        while answer.status_code == 503:  # too many at once for the database: later, then
            answer = client.get("/update", headers={"peridio-release-version": "0.0.1"})
        assert answer.status_code == 200, answer.text
        return answer.json()["status"]

    with ThreadPoolExecutor(_DEVICES) as threads:
        first = list(threads.map(ask, devices))
        again = list(threads.map(ask, devices))

    progress = doors.arena.client.get(f"/releases/{release['prn']}/progress").json()["progress"]
    assert (progress["devices"], progress["claimed"]) == (_DEVICES, _ROOM)
    assert first.count("update") == _ROOM
    assert again == first
