"""A device door for tests of its transport: the real server, behind it an application that echoes.

    with a_device_door(tmp_path) as door:
        door.trust(ca.der)
        door.ask(device)["fingerprint"]

It runs in a process of its own. What it trusts stands as files in a folder, in place of records.
"""

import hashlib
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography import x509
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sealift.operate.certificates import Pair
from sealift.operate.device_server import Patience, serve
from sealift.operate.supervisor import listen
from sealift.operate.trust import Trust, Watch
from sealift.web.proxy import CERTIFICATE, BehindProxy
from tests.certificates import Issued, issue

_LONG: Final = 5.0  # seconds; what is promised is one


@dataclass(frozen=True, slots=True)
class DeviceDoor:
    folder: Path
    port: int
    authority: Issued  # who vouches for the door
    process: subprocess.Popen[bytes]
    is_secured: bool

    @property
    def url(self) -> str:
        return f"{'https' if self.is_secured else 'http'}://127.0.0.1:{self.port}"

    def context(
        self, device: Issued | None = None, *, trusting: Issued | None = None
    ) -> ssl.SSLContext:
        """What a device begins its handshakes with, trusting the door unless it is another."""
        context = ssl.create_default_context(cadata=(trusting or self.authority).pem)
        if device is not None:
            context.load_cert_chain(*device.written(self.folder, "client"))
        return context

    def client(self, device: Issued | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.context(device), timeout=10)

    def ask(
        self, device: Issued | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What the application saw."""
        with self.client(device) as client:
            return client.get("/echo", headers=headers).raise_for_status().json()

    def lets_in(self, device: Issued) -> bool:
        try:
            return self.ask(device)["fingerprint"] == device.fingerprint
        except httpx.TransportError:
            return False

    def trust(self, *wanted: Issued) -> None:
        """These and no others, as soon as the door looks."""
        names = {each.fingerprint: each.der for each in wanted}
        folder = self.folder / "trusted"
        for name, der in names.items():
            (folder / name).write_bytes(der)
        for path in folder.iterdir():
            if path.name not in names:
                path.unlink()

    def until(self, device: Issued, *, is_let_in: bool) -> float:
        """Wait for it. Returns how many seconds it took."""
        begun = time.monotonic()
        while self.lets_in(device) != is_let_in:
            assert time.monotonic() - begun < _LONG
        return time.monotonic() - begun


@contextmanager
def a_device_door(
    folder: Path,
    *trusted: Issued,
    proxies: Sequence[str] = (),
    host: str = "127.0.0.1",
    patience: Mapping[str, float] | None = None,
) -> Generator[DeviceDoor]:
    """With `proxies`, TLS is theirs. `patience` shortens the waits of the server."""
    authority = issue("The authority of the door", is_ca=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    issue("door", by=authority, further=[(names, False)]).written(folder, "door")
    (folder / "trusted").mkdir()
    with listen(host, 0) as listening:
        port, descriptor = listening.getsockname()[1], listening.fileno()
        wanted = json.dumps([descriptor, str(folder), list(proxies), dict(patience or {})])
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.device_door", wanted],
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
        )
    door = DeviceDoor(folder, port, authority, process, is_secured=not proxies)
    door.trust(*trusted)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield door
        finally:
            process.terminate()
    assert process.returncode == 0


@contextmanager
def a_line(
    door: DeviceDoor, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> Generator[ssl.SSLSocket]:
    """With a handshake done."""
    with (
        socket.create_connection(("127.0.0.1", door.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as secured,
    ):
        yield secured


def answer_on(line: ssl.SSLSocket) -> bytes:
    """One answer of the application, whole; or what came before the door closed the line."""
    answer = b""
    while not answer.endswith(b"}") and (piece := line.recv(65536)):
        answer += piece
    return answer


# --- in the process of the door ------------------------------------------------------------------


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    der: bytes | None = scope["state"].get(CERTIFICATE)
    seen = {
        "fingerprint": hashlib.sha256(der).hexdigest().upper() if der is not None else None,
        "client": request.client.host if request.client else None,
        "headers": sorted(request.headers.keys()),
        "method": request.method,
        "path": f"{request.url.path}?{request.url.query}",
        "size": len(await request.body()),
    }
    await JSONResponse(seen)(scope, receive, send)


def main(descriptor: int, folder: Path, proxies: Sequence[str], patience: Patience) -> None:
    def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    trust = Trust(Pair(folder / "door.pem", folder / "door-key.pem"))
    known = folder / "trusted"
    Watch(
        trust,
        lambda: frozenset(path.name for path in known.iterdir()),
        lambda: frozenset(path.read_bytes() for path in known.iterdir()),
    ).begin()
    believed = [ip_network(each) for each in proxies]
    application = BehindProxy(echo, believed, "Client-Cert")
    serve(application, descriptor, None if proxies else trust.entrance, ready, patience)


if __name__ == "__main__":
    _descriptor, _folder, _proxies, _patience = json.loads(sys.argv[1])
    main(_descriptor, Path(_folder), _proxies, Patience(**_patience))
