"""Debian's nginx with the configuration that is shipped, in front of a door."""

import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509

from tests.architecture.sources import ROOT
from tests.certificates import Issued, issue

_SHIPPED: Final = ROOT / "deploy" / "nginx.conf"
_STARTED_WITHIN: Final = 10  # seconds
_AROUND: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{shipped}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    port: int
    device_port: int
    authority: Issued  # who vouches for it

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def device_url(self) -> str:
        return f"https://127.0.0.1:{self.device_port}"


@contextmanager
def an_nginx(
    folder: Path, behind: int, behind_for_devices: int, port: int | None = None
) -> Generator[Nginx]:
    """In front of these ports; at any port, where none is asked for."""
    authority = issue("The authority of nginx", is_ca=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    issue("nginx", by=authority, further=[(names, False)]).written(folder, "nginx")
    made = Nginx(port or a_free_port(), a_free_port(), authority)
    shipped = _SHIPPED.read_text()
    for there, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{made.port} ssl",
        "listen 8443 ssl": f"listen 127.0.0.1:{made.device_port} ssl",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "127.0.0.1:8001": f"127.0.0.1:{behind_for_devices}",
        "/etc/nginx/sealift.pem": f"{folder}/nginx.pem",
        "/etc/nginx/sealift-key.pem": f"{folder}/nginx-key.pem",
        "/etc/nginx/devices.pem": f"{folder}/nginx.pem",
        "/etc/nginx/devices-key.pem": f"{folder}/nginx-key.pem",
    }.items():
        assert there in shipped
        shipped = shipped.replace(there, here)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, shipped=shipped))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    log = folder / "error.log"
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            for each in (made.port, made.device_port):
                _wait_for(each, process, log)
            yield made
        finally:
            process.terminate()


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(log.read_text())
