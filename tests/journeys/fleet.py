"""Devices in the field: a real server with a door for them, and agents that are programs.

All that they are given is signed with one key, which is the only one that they trust. A CA of the
fleet vouches for them, and takes in whoever comes with a certificate of it.
"""

import json
import os
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from tests.certificates import Issued, a_ca, a_device, issue
from tests.journeys import living
from tests.journeys.living import Key, eventually
from tests.nginx import a_free_port, an_nginx
from tests.postgres import Postgres
from tests.s3_server import S3Server
from tests.server import Server, a_server

FIRST: Final = "0.0.1"  # what devices come with

_NUMBERS: Final = count()
_BEHIND_NGINX: Final = {
    "SEALIFT_PROXY__ADDRESSES": "127.0.0.1",
    "SEALIFT_DEVICE_PROXY__ADDRESSES": "127.0.0.1",
}
_INSTALLER: Final = """\
#!/bin/sh
set -e
cd {home}
if [ -e broken ]; then echo "no such slot"; exit 3; fi
cp "$SEALIFT_CONTENT_PATH" slot.new
mv slot.new slot
"""


@dataclass(frozen=True, slots=True)
class Image:
    """A signed binary for every device."""

    prn: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Fleet:
    server: Server
    admin: httpx.Client
    url: str  # of the door for devices
    authority: Path  # whom devices trust, and where content comes from too
    folder: Path
    ca: Issued
    key: Key
    product: str

    # --- records ---------------------------------------------------------------------------------

    def made(self, path: str, noun: str, **body: object) -> dict[str, Any]:
        answer = self.admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()[noun]

    def see(self, path: str) -> dict[str, Any]:
        answer = self.admin.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, path: str, **changes: object) -> None:
        answer = self.admin.patch(path, json=changes)
        assert answer.status_code == 200, answer.text

    def cohort(self, **fields: object) -> str:
        name = f"cohort {next(_NUMBERS)}"
        body = {"product_prn": self.product, "name": name, **fields}
        return self.made("/cohorts", "cohort", **body)["prn"]

    def image(self, content: bytes | None = None) -> Image:
        content = os.urandom(1000) if content is None else content
        fields = {"hash": sha256(content).hexdigest(), "size": len(content), "target": "portable"}
        version = living.a_version(self.admin)
        prn = self.made("/binaries", "binary", artifact_version_prn=version, **fields)["prn"]
        link = living.link_in(living.declare(self.admin, prn, content))
        assert living.send(self.admin, link, content).status_code == 200
        for state in ("hashable", "hashing"):
            assert living.move(self.admin, prn, state).status_code == 200
        assert living.becomes_signable(self.admin, prn)
        assert living.sign(self.admin, prn, self.key).status_code == 201
        return Image(prn, content)

    def bundle(self, *images: Image) -> str:
        binaries = [{"prn": image.prn} for image in images]
        return self.made("/bundles", "bundle", binaries=binaries)["prn"]

    def release(self, cohort: str, bundle: str, version: str, **fields: object) -> str:
        """The latest, for devices below its version, and those that run the one before."""
        body = {
            "bundle_prn": bundle,
            "cohort_prn": cohort,
            "name": f"release {next(_NUMBERS)}",
            "required": False,
            "schedule_date": "2025-01-01T00:00:00Z",
            "version": version,
            "version_requirement": f"< {version}",
            **fields,
        }
        return self.made("/releases", "release", **body)["prn"]

    def progress(self, release: str) -> dict[str, int]:
        return self.see(f"/releases/{release}/progress")["progress"]

    # --- devices ---------------------------------------------------------------------------------

    def line(self, device: Issued) -> httpx.Client:
        """What a device asks with; it is kept open from one request to the next."""
        trust = ssl.create_default_context(cafile=self.authority)
        trust.load_cert_chain(*device.written(self.folder, f"line-{next(_NUMBERS)}"))
        return httpx.Client(base_url=self.url, verify=trust, timeout=30)

    def status(self, device: Issued) -> int:
        """Of the answer to who it is; 0: no handshake."""
        with self.line(device) as line:
            try:
                return line.get("/device/me").status_code
            except httpx.TransportError:
                return 0

    def agent(self, cohort: str | None = None, by: Issued | None = None) -> "Agent":
        """With a record in the cohort; without one, the server has never heard of it."""
        name = f"device-{next(_NUMBERS)}"
        if cohort is not None:
            body = {"identifier": name, "product_prn": self.product, "cohort_prn": cohort}
            self.made("/devices", "device", **body)
        home = self.folder / name
        home.mkdir()
        installer = home / "installer"
        installer.write_text(_INSTALLER.format(home=home))
        installer.chmod(0o755)
        return Agent(self, name, home, a_device(name, by or self.ca))


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended."""

    status: int
    answer: Mapping[str, Any] | None
    errors: str

    @property
    def came(self) -> tuple[str, str | None]:
        """Of a check: its status, and its outcome."""
        if self.answer is None:
            return REFUSED
        return self.answer["status"], self.answer["outcome"]


REFUSED: Final = ("refused", None)
NOTHING: Final = ("no_update", None)
INSTALLED: Final = ("update", "installed")
FAILED: Final = ("update", "failed")


@dataclass(frozen=True, slots=True)
class Agent:
    fleet: Fleet
    name: str
    home: Path
    issued: Issued

    def begin(self, word: str = "check", *more: str) -> "subprocess.Popen[str]":
        certificate, key = self.issued.written(self.home)
        public = b64encode(self.fleet.key.private.public_key().public_bytes_raw()).decode()
        words = ["device", word, "--url", self.fleet.url, "--ca-path", self.fleet.authority]
        words += ["--certificate", certificate, "--key", key, "--state-dir", self.home / "state"]
        if word != "rolled-back":
            words += ["--installer", self.home / "installer", "--trusted-key", public]
            words += ["--initial-version", FIRST]
        return subprocess.Popen(
            [sys.executable, "-m", "sealift.main", *map(str, words), *more],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if "SEALIFT" not in name},
        )

    def run(self, word: str, *more: str) -> Done:
        return _ended(self.begin(word, *more))

    def check(self, *more: str) -> Done:
        return self.run("check", *more)

    def until(self, came: tuple[str, str | None]) -> Done:
        """Checks until that comes of it: doors see what is changed within half a second."""
        done = [self.check()]
        assert eventually(lambda: done[-1].came == came or done.append(self.check()) is not None)
        return done[-1]

    @property
    def slot(self) -> bytes | None:
        path = self.home / "slot"
        return path.read_bytes() if path.exists() else None

    def break_slot(self) -> None:
        (self.home / "broken").touch()

    def repair_slot(self) -> None:
        (self.home / "broken").unlink()

    @property
    def record(self) -> dict[str, Any]:
        asked = {"search": f"identifier:'{self.name}'"}
        answer = self.fleet.admin.get("/devices", params=asked)
        (found,) = answer.json()["devices"]
        return found

    @property
    def prn(self) -> str:
        return self.record["prn"]


def check_all(agents: Iterable[Agent]) -> list[Done]:
    """At the same moment."""
    return [_ended(program) for program in [agent.begin() for agent in agents]]


def _ended(program: "subprocess.Popen[str]") -> Done:
    with program:
        out, errors = program.communicate(timeout=100)
    return Done(program.returncode, json.loads(out) if out else None, errors)


# --- where they ask ------------------------------------------------------------------------------


@contextmanager
def a_fleet(folder: Path) -> Generator[Fleet]:
    """On SQLite and a disk, at the server's own door."""
    with a_server(folder / "data", for_devices=True) as server, server.client() as admin:
        assert server.device_url is not None
        yield _settled(server, admin, server.device_url, server.device_authority, folder)


@contextmanager
def a_fleet_behind_nginx(folder: Path, postgres: Postgres, s3: S3Server) -> Generator[Fleet]:
    """On PostgreSQL and S3, where nginx speaks TLS for all, and is what links lead to."""
    with ExitStack() as stack:
        database, port = postgres.database(), a_free_port()
        stack.callback(postgres.drop, database)
        settings = s3.settings(stack.enter_context(s3.bucket())) | _BEHIND_NGINX
        settings["SEALIFT_PUBLIC_URL"] = f"https://127.0.0.1:{port}"
        server = stack.enter_context(
            a_server(folder / "data", database=database, environment=settings, for_devices=True)
        )
        assert server.device_url is not None
        plain, for_devices = (
            int(url.rpartition(":")[2]) for url in (server.base_url, server.device_url)
        )
        (folder / "nginx").mkdir()
        nginx = stack.enter_context(an_nginx(folder / "nginx", plain, for_devices, port))
        authority = folder / "authority.pem"
        authority.write_text(nginx.authority.pem)
        admin = httpx.Client(
            base_url=nginx.url,
            headers={"authorization": f"Bearer {server.key}"},
            verify=ssl.create_default_context(cafile=authority),
            timeout=30,
        )
        stack.enter_context(admin)
        yield _settled(server, admin, nginx.device_url, authority, folder)


@contextmanager
def of_others(fleet: Fleet, name: str) -> Generator[Fleet]:
    """That of another organization, which the same server has."""
    command = [sys.executable, "-m", "sealift.main", "admin"]
    command += ["--data-dir", str(fleet.server.data_dir)]
    organization, key = ["organizations", "create", name], ["api-keys", "create", "a key"]
    subprocess.run([*command, *organization], stdout=subprocess.DEVNULL, check=True)
    key += ["--organization", name]
    made = subprocess.run([*command, *key], stdout=subprocess.PIPE, check=True)
    headers = {"authorization": f"Bearer {json.loads(made.stdout)['key']}"}
    with httpx.Client(base_url=fleet.server.base_url, headers=headers, timeout=30) as admin:
        yield _settled(fleet.server, admin, fleet.url, fleet.authority, fleet.folder)


def _settled(server: Server, admin: httpx.Client, url: str, authority: Path, folder: Path) -> Fleet:
    answer = admin.post("/products", json={"name": f"product {next(_NUMBERS)}"})
    product = answer.json()["product"]["prn"]
    ca = a_ca("The CA of a fleet")
    fleet = Fleet(server, admin, url, authority, folder, ca, living.a_key(admin), product)
    invite(fleet, ca)
    first = a_device("the-first", ca)  # which waits until the CA is believed
    assert eventually(lambda: fleet.status(first) == 200)
    return fleet


def invite(fleet: Fleet, ca: Issued, **jitp: object) -> str:
    """Register a CA, whose devices are taken in."""
    code = fleet.admin.post("/ca_certificates/verification_codes").json()["verification_code"]
    return fleet.made(
        "/ca_certificates",
        "ca_certificate",
        certificate=ca.as_sent,
        verification_certificate=issue(code, by=ca).as_sent,
        jitp={"product_prn": fleet.product, "description": "taken in", "tags": [], **jitp},
    )["prn"]
