"""Downloads from a real server: every byte right, however the client behaves."""

import os
import random
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server import Server, a_server

CONTENT = random.randbytes(32 * 1024 * 1024)
HASH = sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)


@dataclass(frozen=True)
class Download:
    server: Server
    link: str
    prn: str

    @property
    def file(self) -> Path:
        binary_id = self.prn.rpartition(":")[2]
        return next((self.server.data_dir / "content").glob(f"*/{binary_id}*/content"))

    @property
    def door(self) -> Path:
        """What the kernel knows of the process that sends."""
        supervisor = self.server.process.pid
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        doors = [Path("/proc") / child for child in children]
        return next(each for each in doors if b"door-http" in (each / "cmdline").read_bytes())

    def is_being_sent(self) -> bool:
        held: list[Path] = []
        for each in (self.door / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                held.append(each.readlink())
        return self.file in held

    def begun(self, first: int = 0) -> socket.socket:
        """A connection on which the content from `first` has been asked for, and nothing read."""
        address = urlsplit(self.link)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        connection.settimeout(20)
        connection.connect((address.hostname, address.port))
        path = f"{address.path}?{address.query}"
        head = f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\nrange: bytes={first}-\r\n"
        connection.sendall(f"{head}connection: close\r\n\r\n".encode())
        return connection


@pytest.fixture
def download(tmp_path: Path) -> Iterator[Download]:
    with a_server(tmp_path / "data") as server:
        with server.client() as client:
            prn = a_binary(client)
            link = client.get(f"/binaries/{prn}/download_url").json()["download_url"]
        yield Download(server, link, prn)


def a_binary(client: httpx.Client) -> str:
    def made(path: str, noun: str, body: dict[str, object]) -> str:
        return client.post(path, json=body).json()[noun]["prn"]

    artifact = made("/artifacts", "artifact", {"name": "firmware"})
    version = made(
        "/artifact_versions", "artifact_version", {"artifact_prn": artifact, "version": "1.0.0"}
    )
    known: dict[str, object] = {"hash": HASH, "size": SIZE}
    prn = made("/binaries", "binary", {"artifact_version_prn": version, "target": "arm", **known})
    part = client.put(f"/binaries/{prn}/parts/1", json={"expected_binary_size": SIZE, **known})
    client.put(
        part.json()["binary_part"]["presigned_upload_url"],
        content=CONTENT,
        headers={
            "content-type": "application/octet-stream",
            "x-amz-checksum-sha256": b64encode(bytes.fromhex(HASH)).decode(),
        },
    )
    for state in ("hashable", "hashing"):
        client.patch(f"/binaries/{prn}", json={"state": state})
    deadline = time.monotonic() + 30
    while client.get(f"/binaries/{prn}").json()["binary"]["state"] != "signable":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return prn


def body_of(connection: socket.socket) -> bytes:
    """Whatever comes until the server closes, without the head."""
    received = bytearray()
    while piece := connection.recv(1024 * 1024):
        received += piece
    return bytes(received.partition(b"\r\n\r\n")[2])


def a_range() -> tuple[str, bytes]:
    """A range of some kind, and the bytes that it means."""
    first, last = sorted(random.choices(range(SIZE), k=2))
    return random.choice(
        [
            (f"{first}-{last}", CONTENT[first : last + 1]),
            (f"{first}-", CONTENT[first:]),
            (f"{last}-{SIZE * 2}", CONTENT[last:]),
            (f"-{SIZE - last}", CONTENT[last:]),
            (f"{first}-{first}", CONTENT[first : first + 1]),
            (f"{SIZE}-, {first}-{last}", CONTENT[first : last + 1]),
        ]
    )


def test_whole_and_in_ranges_every_byte_is_the_one_that_was_sent(download: Download) -> None:
    with httpx.Client(timeout=30) as anybody:
        assert anybody.get(download.link).content == CONTENT
        for _ in range(60):
            spelled, meant = a_range()

            answer = anybody.get(download.link, headers={"range": f"bytes={spelled}"})

            assert (answer.status_code, len(answer.content)) == (206, len(meant)), spelled
            assert answer.content == meant, spelled
        several = anybody.get(download.link, headers={"range": "bytes=7-1000006, -3000000, 5-5"})
        _, first, second, third, end = several.content.split(
            b"--" + several.headers["content-type"].partition("boundary=")[2].encode()
        )
        for piece, meant in (
            (first, CONTENT[7:1_000_007]),
            (second, CONTENT[-3_000_000:]),
            (third, CONTENT[5:6]),
        ):
            assert piece.partition(b"\r\n\r\n")[2] == meant + b"\r\n"
        assert (end, int(several.headers["content-length"])) == (b"--\r\n", len(several.content))


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2-prior-knowledge"])
def test_each_version_of_http_brings_the_same_bytes(download: Download, version: str) -> None:
    for options, meant in ([], CONTENT), (["--range", "5000000-"], CONTENT[5_000_000:]):
        words = ["curl", "--silent", "--fail", version, *options, download.link]

        got = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout

        assert got == meant


def test_many_slow_readers_hold_little_memory(download: Download) -> None:
    def memory() -> int:
        status = (download.door / "status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    readers = 64
    before = memory()

    with ExitStack() as stack:
        slow = [stack.enter_context(download.begun(first)) for first in range(readers)]
        for _ in range(20):
            for connection in slow:
                assert connection.recv(4096)
            time.sleep(0.1)
        grown = memory() - before

    assert grown < readers * 2 * 1024 * 1024


def test_a_reader_who_leaves_is_not_sent_for_any_further(download: Download) -> None:
    with download.begun() as connection:
        assert connection.recv(4096)
        was_being_sent = download.is_being_sent()

    deadline = time.monotonic() + 20
    while download.is_being_sent():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert was_being_sent


def test_content_that_is_erased_meanwhile_is_sent_to_its_end(download: Download) -> None:
    with download.begun(1) as connection, download.server.client() as client:
        begin = connection.recv(1)
        gone = client.delete(f"/binaries/{download.prn}")
        after = httpx.get(download.link)
        rest = body_of(connection)

    assert (gone.status_code, after.status_code) == (204, 404)
    assert (begin, rest) == (b"H", CONTENT[1:])


def test_a_file_that_ends_too_early_ends_the_connection(download: Download) -> None:
    with download.begun() as connection:
        begin = connection.recv(1)
        os.truncate(download.file, SIZE // 2)
        rest = body_of(connection)

    assert (begin, rest) == (b"H", CONTENT[: len(rest)])
    assert len(rest) <= SIZE // 2


def test_a_download_under_way_is_finished_before_the_server_ends(download: Download) -> None:
    with download.begun() as connection:
        begin = connection.recv(1)
        download.server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        rest = body_of(connection)

    assert (begin, rest) == (b"H", CONTENT)
    assert download.server.process.wait(30) == 0
