"""Debian's nginx as a baseline: it sends the files of a folder as fast as it can."""

import getpass
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

_READY_WITHIN: Final = 10  # seconds
_SETTINGS: Final = """
daemon off;
user {user};
pid {scratch}/pid;
error_log {scratch}/errors;
worker_processes auto;
events {{}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {scratch}/bodies;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    server {{
        listen 127.0.0.1:{port} {tls};
        root {folder};
        {certificate}
    }}
}}
"""


@contextmanager
def an_nginx(
    folder: Path, certificate: Path | None = None, key: Path | None = None
) -> Generator[int]:
    """The port of an nginx for the folder; with a certificate it speaks TLS."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        raise RuntimeError("nginx is missing; to install it: apt-get install nginx")
    port, scratch = _free_port(), folder / "nginx"
    scratch.mkdir(exist_ok=True)
    settings = scratch / "settings"
    text = _SETTINGS.format(
        user=getpass.getuser(),
        scratch=scratch,
        port=port,
        folder=folder,
        tls="ssl" if certificate else "",
        certificate=f"ssl_certificate {certificate}; ssl_certificate_key {key};" if key else "",
    )
    settings.write_text(text)
    words = [program, "-c", settings, "-e", scratch / "errors"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + _READY_WITHIN
    while process.poll() is None and monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        sleep(0.02)
    raise RuntimeError("nginx did not start; see its errors in the scratch folder")
