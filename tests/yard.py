"""A whole Sealift in one process, for tests: real records, a watched store, a clock you set.

Jobs are not run behind a test's back: `work` runs what was enqueued, as a worker would.
"""

import shutil
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from sealift.actions import accounts, erasing, verification
from sealift.actions.system import System, keyring
from sealift.admin_api.app import make as make_admin
from sealift.content.links import Links
from sealift.content.store import Stores
from sealift.content_api.app import make as make_content
from sealift.domain.binary import Duty
from sealift.domain.rights import Role
from sealift.records import rows
from sealift.records.binaries import BINARIES
from sealift.records.migrate import migrate
from sealift.records.secrets import Purpose
from sealift.records.transaction import Records
from sealift.web.doors import on_one_port
from sealift.web.metrics import Metrics
from sealift.web.paging import Pages
from tests.caller import Caller
from tests.certificates import Issued, issue
from tests.outside import elsewhere, is_for
from tests.shelves import DiskShelf, Shelf
from tests.watched_store import WatchedStore

BASE_URL = "http://testserver"
FIRST_START = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


class Clock:
    """Stands still but for a microsecond at each look, so that orders are certain."""

    def __init__(self) -> None:
        self.moment = FIRST_START

    def __call__(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment

    def pass_time(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class Yard:
    system: System
    shelf: Shelf
    clock: Clock
    api: TestClient  # with an admin key of the first organization
    other: TestClient  # with one of a second organization
    anybody: TestClient  # with no key
    jobs: list[tuple[Duty, str, int]] = field(default_factory=list[tuple[Duty, str, int]])

    @property
    def store(self) -> WatchedStore:
        return self.shelf.store

    @property
    def folder(self) -> Path:
        """Of the store; for tests of what only a disk can do."""
        return self.disk.folder

    @property
    def disk(self) -> DiskShelf:
        assert isinstance(self.shelf, DiskShelf), "this test is for yards on a disk"
        return self.shelf

    def key_for(self, role: Role) -> TestClient:
        """A client with a new key of the first organization."""
        made = accounts.create_api_key(
            self.system, "default", "admin", f"{role}-{len(self.jobs)}-{self.clock()}", role
        )
        return _client(self.anybody.app, made.key)

    def work(self) -> None:
        """Do what is enqueued, each job once and as its last try."""
        while self.jobs:
            duty, binary_id, attempt = self.jobs.pop(0)
            if duty is Duty.VERIFY:
                verification.verify(self.system, binary_id, attempt, last_try=True)
            else:
                erasing.erase_of(self.system, binary_id)

    def kept(self) -> list[str]:
        """Whatever the store keeps, of anything, finished or not."""
        return self.shelf.kept()


@contextmanager
def a_yard(database_url: str, shelf: Shelf) -> Generator[Yard]:
    """A yard on a database that has been migrated; two organizations are made in it."""
    records, clock = Records(database_url), Clock()
    jobs: list[tuple[Duty, str, int]] = []

    system = System(
        records=records,
        stores=Stores(shelf.name, {shelf.name: shelf.store}),
        links=Links(BASE_URL, keyring(records, Purpose.LINKS)),
        enqueue=lambda duty, binary_id, attempt: jobs.append((duty, binary_id, attempt)),
        now=clock,
    )
    first = accounts.first_start(system, None, None)
    assert first is not None
    accounts.create_organization(system, "other")
    second = accounts.create_api_key(system, "other", "admin", "first", Role.ADMIN)
    admin = _admin_door(system, Pages(keyring(records, Purpose.CURSORS)))
    admin.state.metrics = Metrics(system, fresh_seconds=0)
    ours = on_one_port(admin.state.metrics, admin, make_content(system))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (ours if is_for(scope, BASE_URL) else elsewhere)(scope, receive, send)

    yard = Yard(
        system,
        shelf,
        clock,
        api=_client(app, first.key),
        other=_client(app, second.key),
        anybody=_client(app, None),
        jobs=jobs,
    )
    try:
        yield yard
    finally:
        for client in (yard.api, yard.other, yard.anybody):
            client.close()
        records.close()
        _idle.append(admin)


# Putting one together takes longer than most tests, and all it knows is in its state.
_idle: list[FastAPI] = []


def _admin_door(system: System, pages: Pages) -> FastAPI:
    app = _idle.pop() if _idle else make_admin(system, pages)
    app.state.system, app.state.pages, app.state.rate = system, pages, None
    return app


def _client(app: ASGIApp, key: str | None) -> TestClient:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return Caller(app, BASE_URL, headers)


def migrated_sqlite(path: Path) -> Path:
    """A migrated database in a file, to be copied: migrating takes longer than most tests."""
    records = Records(f"sqlite:///{path}")
    migrate(records, FIRST_START)
    records.close()
    return path


def copy_sqlite(template: Path, path: Path) -> str:
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


# --- builders, all of them through the real API --------------------------------------------------

CONTENT = b"Hello, Binary\n"
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = b64encode(PRIVATE_KEY.public_key().public_bytes_raw()).decode()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def a_version(api: TestClient, name: str = "kernel", version: str = "1.0.0") -> str:
    """The PRN of a new artifact version."""
    artifact = api.post("/artifacts", json={"name": name}).json()["artifact"]["prn"]
    body = {"artifact_prn": artifact, "version": version}
    return api.post("/artifact_versions", json=body).json()["artifact_version"]["prn"]


def a_binary(
    api: TestClient, version_prn: str, content: bytes = CONTENT, **fields: object
) -> dict[str, Any]:
    """A new binary for this content, still without it."""
    body = {
        "artifact_version_prn": version_prn,
        "hash": digest(content),
        "size": len(content),
        "target": "arm-linux-androideabi",
        **fields,
    }
    return api.post("/binaries", json=body).json()["binary"]


def part_headers(content: bytes) -> dict[str, str]:
    """What a part's link demands; the length is set by the client itself."""
    return {
        "content-type": "application/octet-stream",
        "x-amz-checksum-sha256": b64encode(sha256(content).digest()).decode(),
    }


def declare_part(api: TestClient, binary: dict[str, Any], index: int, part: bytes) -> str:
    """The link of a declared part."""
    body = {"expected_binary_size": binary["size"], "hash": digest(part), "size": len(part)}
    answer = api.put(f"/binaries/{binary['prn']}/parts/{index}", json=body)
    return answer.json()["binary_part"]["presigned_upload_url"]


def send_part(api: TestClient, binary: dict[str, Any], index: int, part: bytes) -> None:
    link = declare_part(api, binary, index, part)
    answer = api.put(link, content=part, headers=part_headers(part))
    assert answer.status_code == 200, answer.text


def upload(
    api: TestClient, binary: dict[str, Any], content: bytes = CONTENT, part_size: int = 5_242_880
) -> None:
    """Send all parts; the binary stays `uploadable`."""
    for index, offset in enumerate(range(0, len(content), part_size), start=1):
        send_part(api, binary, index, content[offset : offset + part_size])


def patch(api: TestClient, binary: dict[str, Any], **changes: object) -> Response:
    return api.patch(f"/binaries/{binary['prn']}", json=changes)


def see(api: TestClient, binary: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/binaries/{binary['prn']}").json()["binary"]


def content_key(yard: Yard, binary: dict[str, Any]) -> str:
    """Under which key the store has what was uploaded last."""
    with yard.system.records.read(None) as tx:
        return rows.get(tx, BINARIES, binary["prn"].rpartition(":")[2]).content_key


def a_key(api: TestClient, name: str = "release") -> str:
    """The PRN of the signing key whose private half is `PRIVATE_KEY`."""
    body = {"name": name, "value": PUBLIC_KEY}
    return api.post("/signing_keys", json=body).json()["signing_key"]["prn"]


def signature_of(binary: dict[str, Any]) -> str:
    return PRIVATE_KEY.sign(binary["hash"].encode()).hex()


def sign(api: TestClient, binary: dict[str, Any], key_prn: str) -> Response:
    body = {
        "binary_prn": binary["prn"],
        "signing_key_prn": key_prn,
        "signature": signature_of(binary),
    }
    return api.post("/binary_signatures", json=body)


def brought_to(
    yard: Yard, state: str, version_prn: str, content: bytes = CONTENT, **fields: object
) -> dict[str, Any]:
    """A binary that has come as far as `state`, by the way every client goes."""
    binary = a_binary(yard.api, version_prn, content, **fields)
    way = ["uploadable", "hashable", "hashing", "signable", "signed", "destroyed"]
    for step in way[1 : way.index(state) + 1]:
        match step:
            case "hashable":
                upload(yard.api, binary, content)
                patch(yard.api, binary, state=step)
            case "signable":
                yard.work()
            case "signed":
                keys = yard.api.get("/signing_keys").json()["signing_keys"]
                sign(yard.api, binary, keys[0]["prn"] if keys else a_key(yard.api))
            case _:
                patch(yard.api, binary, state=step)
    found = see(yard.api, binary)
    assert found["state"] == state, found
    return found


def a_product(api: TestClient, name: str = "gateway") -> str:
    return api.post("/products", json={"name": name}).json()["product"]["prn"]


def a_cohort(api: TestClient, product_prn: str, name: str = "field") -> str:
    body = {"product_prn": product_prn, "name": name}
    return api.post("/cohorts", json=body).json()["cohort"]["prn"]


def a_device(
    api: TestClient, product_prn: str, identifier: str = "gw-0001", **fields: object
) -> dict[str, Any]:
    body = {"product_prn": product_prn, "identifier": identifier, **fields}
    answer = api.post("/devices", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["device"]


def a_bundle(api: TestClient, *binaries: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Of binaries that are signed, in this order."""
    body = {"binaries": [{"prn": binary["prn"]} for binary in binaries], **fields}
    answer = api.post("/bundles", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["bundle"]


def a_release(
    api: TestClient, cohort_prn: str, bundle: dict[str, Any], name: str = "first", **fields: object
) -> dict[str, Any]:
    """For every device of the cohort, and at once, unless the fields say otherwise."""
    body = {
        "cohort_prn": cohort_prn,
        "bundle_prn": bundle["prn"],
        "name": name,
        "required": False,
        "schedule_date": "2025-01-01T00:00:00Z",
        **fields,
    }
    answer = api.post("/releases", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["release"]


def an_override(
    api: TestClient, bundle: dict[str, Any], *devices: dict[str, Any], **fields: object
) -> dict[str, Any]:
    """One that is active, and never ends, for these devices."""
    body = {
        "bundle_prn": bundle["prn"],
        "name": "for a test",
        "starts_at": "2025-01-01T00:00:00Z",
        **fields,
    }
    made = api.post("/bundle_overrides", json=body)
    assert made.status_code == 201, made.text
    override = made.json()["bundle_override"]
    for device in devices:
        address = f"/bundle_overrides/{override['prn']}/devices"
        answer = api.post(address, json={"device_prn": device["prn"]})
        assert answer.status_code == 201, answer.text
    return override


def proof_for(api: TestClient, ca: Issued) -> Issued:
    """What shows that we have the CA's key."""
    code = api.post("/ca_certificates/verification_codes").json()["verification_code"]
    return issue(code, by=ca)


def register_ca(api: TestClient, ca: Issued, **fields: object) -> dict[str, Any]:
    body = {
        "certificate": ca.as_sent,
        "verification_certificate": proof_for(api, ca).as_sent,
        **fields,
    }
    answer = api.post("/ca_certificates", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["ca_certificate"]


def register_certificate(
    api: TestClient, device: dict[str, Any], certificate: Issued
) -> dict[str, Any]:
    body = {"device_prn": device["prn"], "certificate": certificate.as_sent}
    answer = api.post("/device_certificates", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["device_certificate"]
