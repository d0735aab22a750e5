"""A server of devices that can lie: a real one, with TLS, client certificates and real lines.

    with a_lying_server(folder) as server:
        server.offer = server.release(Served("kernel", b"..."))
        server.lies["kernel"] = Lie.WRONG_BYTES

It speaks as much of the Device API as an agent asks for. Its word is JSON, its content comes by
links on a second port that knows no certificates, as Sealift's own content does.
"""

import json
import ssl
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

import trustme

from sealift.client.signing import PrivateKey
from sealift.domain.errors import RangeUnsatisfiable
from sealift.domain.ranges import requested

ORGANIZATION: Final = "00000000-0000-4000-8000-000000000001"
_MOMENT: Final = "2026-01-01T00:00:00.000000Z"
_AT_ONCE: Final = 16 * 1024  # bytes

Json = dict[str, object]


class Lie(StrEnum):
    """What is sent in place of the content."""

    WRONG_BYTES = "as many bytes, but others"
    SHORT = "fewer bytes, and said so"
    LONG = "more bytes, and said so"
    LONG_UNSAID = "more bytes, of which nothing was said"
    SHORT_UNSAID = "fewer bytes, of which nothing was said"
    OTHER_RANGE = "bytes from another place"


class Babble(StrEnum):
    """What is said in place of an answer, without an end."""

    MUCH = "as much as the line takes"
    SLOW = "a byte of the body now and then"
    SLOW_HEAD = "a byte of the head now and then"
    PACKED = "what takes little room until it is unpacked"


@dataclass(frozen=True, slots=True)
class Served:
    """A binary. `hash`, `size` and `signatures` are what is claimed of it, else the truth."""

    name: str
    content: bytes
    version: str = "1"
    target: str | None = "portable"
    metadata: object = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    hash: str | None = None
    size: int | None = None
    signatures: Sequence[str] | None = None

    @property
    def prn(self) -> str:
        return prn("binary", self.id)


@dataclass(frozen=True, slots=True)
class Offered:
    bundle_prn: str
    release_prn: str | None
    version: str | None
    served: Sequence[Served]


@dataclass
class LyingServer:
    folder: Path
    key: PrivateKey = field(default_factory=PrivateKey.make)
    offer: Offered | None = None  # to every device that does not run it yet
    status: str = "no_update"  # of an answer without an offer
    retry_after: str | None = None
    is_down: bool = False  # answers 503 to everything
    babble: Babble | None = None  # where there should be an answer
    lies: dict[str, Lie] = field(default_factory=dict[str, Lie])  # by the name of the artifact
    links_die_after: int | None = None  # bytes of each binary; a fresh link works
    dead_links_answer: int | None = 404  # None cuts the line without an answer
    is_without_ranges: bool = False
    status_of_ranges: int = 206  # some stores say 200 of a part, too
    pause: float = 0.0  # seconds between pieces of content
    said: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    asked_for: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    reports: list[Json] = field(default_factory=list[Json])
    refuses_reports: int | None = None  # with this status
    api_url: str = ""
    content_url: str = ""
    _sent: dict[str, int] = field(default_factory=dict[str, int])
    _known: dict[str, Served] = field(default_factory=dict[str, Served])

    @property
    def ca_path(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.folder / "device.pem"

    def release(self, *served: Served, version: str | None = "1.0.0") -> Offered:
        return Offered(a_prn("bundle"), a_prn("release"), version, served)

    def override(self, *served: Served) -> Offered:
        return Offered(a_prn("bundle"), None, None, served)

    def update(self, running: str | None) -> Json:
        offer = self.offer
        if offer is None or running == offer.bundle_prn:
            return {"status": self.status, "manifest": None, "bundle": None}
        release = {"prn": offer.release_prn, "version": offer.version}
        return {
            "status": "update",
            "source_type": "release" if offer.release_prn else "bundle_override",
            "bundle": {"prn": offer.bundle_prn},
            "release": release if offer.release_prn else None,
            "manifest": [self._entry(served) for served in offer.served],
        }

    def _entry(self, served: Served) -> Json:
        link = str(uuid.uuid4())
        self._known[link] = served
        digest = sha256(served.content).hexdigest()
        signatures = served.signatures
        if signatures is None:
            signatures = [self.key.sign(served.hash or digest)]
        return {
            "artifact": _record("artifact", {"name": served.name}),
            "artifact_version": _record(
                "artifact_version",
                {"artifact_prn": a_prn("artifact"), "version": served.version},
            ),
            "binary_prn": served.prn,
            "custom_metadata": served.metadata,
            "hash": served.hash or digest,
            "size": len(served.content) if served.size is None else served.size,
            "target": served.target,
            "signatures": [
                {"signature": each, "signing_key_prn": a_prn("signing_key"), "public_value": ""}
                for each in signatures
            ],
            "url": f"{self.content_url}/content/{link}",
        }

    def served_by(self, link: str) -> tuple[Served, int | None]:
        """What the link leads to, and how many bytes it has left to give; None is all."""
        served = self._known[link]
        if self.links_die_after is None:
            return served, None
        return served, max(self.links_die_after - self._sent.get(link, 0), 0)

    def count(self, link: str, size: int) -> None:
        self._sent[link] = self._sent.get(link, 0) + size


def prn(kind: str, id: str) -> str:
    return f"prn:1:{ORGANIZATION}:{kind}:{id}"


def a_prn(kind: str) -> str:
    return prn(kind, str(uuid.uuid4()))


def _record(kind: str, fields: Mapping[str, object]) -> Json:
    return {
        "prn": a_prn(kind),
        "organization_prn": f"prn:1:{ORGANIZATION}",
        "inserted_at": _MOMENT,
        "updated_at": _MOMENT,
        "description": None,
        "custom_metadata": None,
        **fields,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    lying: LyingServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, body: object = None, *, range_of: int | None = None) -> None:
        text = json.dumps(body if body is not None else {"errors": {"detail": "no"}}).encode()
        self.send_response(status)
        if range_of is not None:
            self.send_header("content-range", f"bytes */{range_of}")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        if self.lying.retry_after is not None:
            self.send_header("retry-after", self.lying.retry_after)
        self.end_headers()
        self.wfile.write(text)

    def say_without_end(self, babble: Babble) -> None:
        """Until whoever listens has had enough."""
        self.close_connection = True
        self.send_response(200)
        if babble is Babble.PACKED:
            self.send_header("content-encoding", "gzip")
        if babble is Babble.SLOW_HEAD:
            self.flush_headers()
            self.wfile.write(b"x-word: ")
        else:
            self.end_headers()
        is_slow = babble in {Babble.SLOW, Babble.SLOW_HEAD}
        while True:
            self.wfile.write(b" " * (1 if is_slow else _AT_ONCE))
            time.sleep(0.02 if is_slow else 0)


class _Api(_Handler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        said = {name.lower(): value for name, value in self.headers.items()}
        self.lying.said.append(said)
        if self.lying.babble is not None:
            self.say_without_end(self.lying.babble)
        elif self.lying.is_down:
            self.answer(503)
        elif asked.path == "/update" and "manifest.url" in parse_qs(asked.query)["expand[]"]:
            self.answer(200, self.lying.update(said.get("peridio-bundle-prn")))
        else:
            self.answer(404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        refused = 503 if self.lying.is_down else self.lying.refuses_reports
        if refused is not None or self.path != "/device/reports":
            self.answer(refused or 404)
            return
        self.lying.reports.append(cast("Json", body))
        self.answer(201, {"report": body})


class _Content(_Handler):
    def do_GET(self) -> None:
        link = self.path.rpartition("/")[2]
        served, left = self.lying.served_by(link)
        wanted = self.headers.get("range")
        self.lying.asked_for.append((served.name, wanted))
        if left == 0:
            self._die()
            return
        self._send(link, served, wanted, left)

    def _die(self) -> None:
        if self.lying.dead_links_answer is None:
            self.close_connection = True
        else:
            self.answer(self.lying.dead_links_answer)

    def _send(self, link: str, served: Served, wanted: str | None, left: int | None) -> None:
        lie = self.lying.lies.get(served.name)
        content = _falsified(served.content, lie)
        try:
            spans = None if self.lying.is_without_ranges else requested(wanted or "", len(content))
        except RangeUnsatisfiable:
            self.answer(416, range_of=len(content))
            return
        if lie is Lie.OTHER_RANGE and not spans:
            spans = [range(len(content))]
        span = spans[0] if spans else range(len(content))
        body = content[span.start : span.stop]
        self.send_response(self.lying.status_of_ranges if spans else 200)
        if spans:
            start = span.start + (1 if lie is Lie.OTHER_RANGE else 0)
            self.send_header("content-range", f"bytes {start}-{span.stop - 1}/{len(content)}")
        if lie in {Lie.LONG_UNSAID, Lie.SHORT_UNSAID}:
            self.close_connection = True
        else:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self._pour(link, body if left is None else body[:left])
        if left is not None and left < len(body):
            self.close_connection = True

    def _pour(self, link: str, body: bytes) -> None:
        for start in range(0, len(body), _AT_ONCE):
            piece = body[start : start + _AT_ONCE]
            self.wfile.write(piece)
            self.lying.count(link, len(piece))
            if self.lying.pause:
                time.sleep(self.lying.pause)


def _falsified(content: bytes, lie: Lie | None) -> bytes:
    match lie:
        case Lie.WRONG_BYTES:
            return bytes(byte ^ 1 for byte in content)
        case Lie.SHORT | Lie.SHORT_UNSAID:
            return content[:-1]
        case Lie.LONG | Lie.LONG_UNSAID:
            return content + b"!"
        case _:
            return content


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that breaks is what many tests are about."""


@contextmanager
def a_lying_server(folder: Path) -> Generator[LyingServer]:
    folder.mkdir(parents=True, exist_ok=True)
    lying = LyingServer(folder)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(lying.ca_path)
    device = authority.issue_cert(common_name="device-1")
    device.private_key_and_cert_chain_pem.write_to_path(lying.certificate)
    own = authority.issue_cert("127.0.0.1")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    with (
        _listening(_Api, lying, ssl.CERT_REQUIRED) as lying.api_url,
        _listening(_Content, lying, ssl.CERT_NONE) as lying.content_url,
    ):
        yield lying


@contextmanager
def _listening(handler: type[_Handler], lying: LyingServer, asks: ssl.VerifyMode) -> Generator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lying.folder / "server.pem")
    context.load_verify_locations(lying.ca_path)
    context.verify_mode = asks
    server = _Server(("127.0.0.1", 0), type("Bound", (handler,), {"lying": lying}))
    # Each line shakes hands in the thread that serves it, so none can keep others waiting.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
