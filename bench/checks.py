"""B2: device checks that find nothing new, over mutual TLS.

Sixty-four devices of ten thousand keep a line each and ask again and again. The baseline is the
same listener that answers constant bytes, to the same devices. Rates are by processor time of the
door's process, since the devices take more of the machine than the door: so many checks in a
second of one core.

Beside them stands what a check costs that has to be decided afresh, because the release that comes
next counts its devices: nothing is kept in mind for those.
"""

import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4

from bench.figures import Figure, at_least, at_most, compared, plain
from bench.stage import Stage, doors, processor_time
from sealift.operate.supervisor import listen
from sealift.records import tables
from sealift.records.transaction import Records
from tests.certificates import Issued, a_ca, a_device, issue
from tests.postgres import running_postgres
from tests.server import Server, a_server
from tests.yard import PRIVATE_KEY, PUBLIC_KEY, digest, part_headers

_CONTENT: Final = b"Hello, Binary\n"
_RELEASES: Final = 5
_LINES: Final = 64
_ASKED: Final = "expand[]=manifest.url&expand[]=manifest.hash&expand[]=source_type"


@dataclass(frozen=True, slots=True)
class Door:
    """Where devices come to, and the process that answers."""

    port: int
    process_id: int
    authority: Path


@dataclass(frozen=True, slots=True)
class Asked:
    rate: float  # checks in a second of one core
    slowest: float  # milliseconds that one of a hundred waited longer than


def measure(stage: Stage) -> Iterator[Figure]:
    for kind in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            url = None
            if kind == "PostgreSQL":
                url = stack.enter_context(running_postgres()).database()
            folder = stage.folder / kind
            server = stack.enter_context(a_server(folder, database=url, for_devices=True))
            ground = _Ground(stage, server, folder, url)
            yield from ground.figures(kind, stack)


class _Ground:
    """A server with a fleet, and the devices that ask it."""

    def __init__(self, stage: Stage, server: Server, folder: Path, url: str | None) -> None:
        self.stage, self.server, self.folder = stage, server, folder
        self.database = url or f"sqlite:///{folder / 'sealift.sqlite3'}"
        self.ca = a_ca()
        self.client = server.client()
        self.bundle = self._a_bundle()

    def figures(self, kind: str, stack: ExitStack) -> Iterator[Figure]:
        up_to_date, counted = self._cohort("field", 1), self._cohort("first", 0)
        ours = Door(
            int((self.server.device_url or "").rpartition(":")[2]),
            _device_door(self.server),
            self.server.device_authority,
        )
        constant = stack.enter_context(_a_constant_door(self.folder, self.ca))
        self._meet(ours, up_to_date, counted)
        pairs = [(self._ask(constant, up_to_date), self._ask(ours, up_to_date)) for _ in self.turns]
        baselines, values = [one.rate for one, _ in pairs], [two.rate for _, two in pairs]
        yield compared("B2", f"checks, {kind}", "/s", values, baselines, at_least(0.35))
        slowest = median(two.slowest for _, two in pairs)
        yield plain("B2", f"one of 100 waits, {kind}", "ms", slowest, at_most(20))
        slowest = median(one.slowest for one, _ in pairs)
        yield plain("B2", "of constant bytes", "ms", slowest)
        afresh = [self._ask(ours, counted).rate for _ in self.turns]
        yield compared("B2", f"decided afresh, {kind}", "/s", afresh, baselines)

    @property
    def turns(self) -> range:
        return range(self.stage.times)

    def _made(self, path: str, noun: str, **body: object) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()[noun]

    def _a_bundle(self) -> str:
        artifact = self._made("/artifacts", "artifact", name="system")["prn"]
        version = self._made(
            "/artifact_versions", "artifact_version", artifact_prn=artifact, version="1.0.0"
        )["prn"]
        binary = self._made(
            "/binaries",
            "binary",
            artifact_version_prn=version,
            target="any",
            hash=digest(_CONTENT),
            size=len(_CONTENT),
        )["prn"]
        part = {
            "expected_binary_size": len(_CONTENT),
            "hash": digest(_CONTENT),
            "size": len(_CONTENT),
        }
        declared = self.client.put(f"/binaries/{binary}/parts/1", json=part).json()
        link = declared["binary_part"]["presigned_upload_url"]
        self.client.put(link, content=_CONTENT, headers=part_headers(_CONTENT)).raise_for_status()
        for state in ("hashable", "hashing"):
            self.client.patch(f"/binaries/{binary}", json={"state": state}).raise_for_status()
        while self.client.get(f"/binaries/{binary}").json()["binary"]["state"] != "signable":
            pass
        key = self._made("/signing_keys", "signing_key", name="release", value=PUBLIC_KEY)["prn"]
        signature = PRIVATE_KEY.sign(digest(_CONTENT).encode()).hex()
        signed = {"binary_prn": binary, "signing_key_prn": key, "signature": signature}
        self._made("/binary_signatures", "binary_signature", **signed)
        return self._made("/bundles", "bundle", binaries=[{"prn": binary}])["prn"]

    def _cohort(self, name: str, phase_value: float) -> Path:
        """A cohort with its channel; the folder of the devices in it that will ask."""
        product = self._made("/products", "product", name=name)["prn"]
        cohort = self._made("/cohorts", "cohort", product_prn=product, name=name)["prn"]
        releases = [
            self._made(
                "/releases",
                "release",
                name=f"release {number}",
                cohort_prn=cohort,
                bundle_prn=self.bundle,
                required=False,
                schedule_date="2025-01-01T00:00:00Z",
                version=f"1.{number}.0",
                phase_value=phase_value if number == _RELEASES - 1 else 1,
            )
            for number in range(_RELEASES)
        ]
        runs = releases[-1] if phase_value == 1 else releases[-2]
        self._fill(product, cohort, name)
        folder = self.folder / name
        folder.mkdir()
        for number in range(4 if self.stage.quick else _LINES):
            device = self._made(
                "/devices",
                "device",
                identifier=f"{name}-{number}",
                product_prn=product,
                cohort_prn=cohort,
            )
            self._prepare(folder, device, runs)
        return folder

    def _fill(self, product: str, cohort: str, name: str) -> None:
        """The rest of the fleet, which does not ask."""
        now, size = datetime.now(UTC), 100 if self.stage.quick else 5_000
        owner, product_id, cohort_id = product.split(":")[2], product[-36:], cohort[-36:]
        records = Records(self.database)
        with records.write(owner) as tx:
            rest = [
                {
                    "id": str(uuid4()),
                    "product_id": product_id,
                    "cohort_id": cohort_id,
                    "identifier": f"{name}-silent-{number}",
                    "quarantined": False,
                    "inserted_at": now,
                    "updated_at": now,
                }
                for number in range(size)
            ]
            tx.insert_all(tables.devices, rest)
        records.close()

    def _prepare(self, folder: Path, device: dict[str, Any], runs: dict[str, Any]) -> None:
        issued = a_device(device["identifier"], self.ca)
        registered = {"device_prn": device["prn"], "certificate": issued.as_sent}
        self._made("/device_certificates", "device_certificate", **registered)
        path = folder / device["identifier"]
        path.with_suffix(".pem").write_text(issued.pem)
        path.with_suffix(".key").write_text(issued.key_pem)
        lines = [
            f"GET /update?{_ASKED} HTTP/1.1",
            "host: localhost",
            "accept: application/json",
            "user-agent: bench",
            f"peridio-release-prn: {runs['prn']}",
            f"peridio-bundle-prn: {runs['bundle_prn']}",
            f"peridio-release-version: {runs['version']}",
        ]
        path.with_suffix(".request").write_text("\r\n".join(lines) + "\r\n\r\n", newline="")

    def _meet(self, door: Door, *cohorts: Path) -> None:
        """The first checks of all, which report; until the door believes the CA."""
        self._register_ca()
        for cohort in cohorts:
            tries = [_asking(door, cohort, 2.0) for _ in range(2)]
            tries[-1].check_returncode()

    def _register_ca(self) -> None:
        code = self.client.post("/ca_certificates/verification_codes").json()["verification_code"]
        proof = issue(code, by=self.ca).as_sent
        given = {"certificate": self.ca.as_sent, "verification_certificate": proof}
        self._made("/ca_certificates", "ca_certificate", **given)

    def _ask(self, door: Door, cohort: Path) -> Asked:
        before = processor_time([door.process_id])
        done = _asking(door, cohort, 0.5 if self.stage.quick else 5.0)
        done.check_returncode()
        spent = processor_time([door.process_id]) - before
        waits: Sequence[float] = sorted(json.loads(done.stdout))
        return Asked(len(waits) / max(spent, 0.01), 1000 * waits[len(waits) * 99 // 100])


def _asking(door: Door, cohort: Path, seconds: float) -> "subprocess.CompletedProcess[str]":
    words = [str(door.port), str(door.authority), str(cohort), str(seconds)]
    return subprocess.run(
        [sys.executable, "-m", "bench.asking", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _device_door(server: Server) -> int:
    for process_id in doors(server):
        if b"door-device" in Path(f"/proc/{process_id}/cmdline").read_bytes():
            return process_id
    raise RuntimeError("the server has no door for devices")


@contextmanager
def _a_constant_door(folder: Path, ca: Issued) -> Generator[Door]:
    authority = issue("The authority of the door", is_ca=True)
    certificate, key = issue("door", by=authority).written(folder, "constant")
    trusted, known = folder / "ca.der", folder / "constant-authority.pem"
    trusted.write_bytes(ca.der)
    known.write_text(authority.pem)
    with listen("127.0.0.1", 0) as listening:
        port, descriptor = listening.getsockname()[1], listening.fileno()
        words = [str(descriptor), str(certificate), str(key), str(trusted)]
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.constant_door", *words],
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
        )
    with process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise RuntimeError("the door of constant bytes did not open")
            yield Door(port, process.pid, known)
        finally:
            process.terminate()
