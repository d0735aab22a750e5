"""B3: a presigned link is downloaded, whole and in eight ranges at once.

The baseline is nginx, sending the same file with `sendfile` to the same client, which reads
into one buffer and throws away. Over TLS both have to encrypt, so that is only told.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit

import trustme

from bench.figures import Figure, at_least, at_most, compared, plain
from bench.ingest import a_version, create, grown
from bench.nginx import an_nginx
from bench.stage import Stage, alternately, doors, memory, random_file, seconds
from tests.server import Server

_MEBIBYTE: Final = 1024**2
_BUFFER: Final = 256 * 1024
_STREAMS: Final = 8
_SLOW: Final = 64  # readers


@dataclass(frozen=True, slots=True)
class Source:
    """Where the content is to be had."""

    port: int
    path: str
    trust: ssl.SSLContext | None = None

    def asked(self, stretch: range) -> socket.socket:
        """A connection on which the stretch has been asked for."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        if self.trust is not None:
            connection = self.trust.wrap_socket(connection, server_hostname="127.0.0.1")
        head = f"GET {self.path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        head += f"range: bytes={stretch.start}-{stretch.stop - 1}\r\n\r\n"
        connection.sendall(head.encode())
        return connection

    def take(self, stretch: range) -> None:
        buffer = bytearray(_BUFFER)
        received = 0
        with self.asked(stretch) as connection:
            while count := connection.recv_into(buffer):
                received += count
        if received < len(stretch):
            raise RuntimeError(f"{received} bytes came instead of {len(stretch)}")


def measure(stage: Stage) -> Iterator[Figure]:
    size = (16 if stage.quick else 1024) * _MEBIBYTE
    file = random_file(stage.folder / "content", size)
    with stage.server("download") as server:
        prn = create(server, a_version(server), file)
        with server.client() as client:
            link = client.get(f"/binaries/{prn}/download_url").json()["download_url"]
        ours = Source(_port(server), link[link.index("/content/") :])
        processes = doors(server)
        idle = memory(processes, "VmHWM")
        with an_nginx(stage.folder) as port:
            yield from _rates(stage, size, Source(port, f"/{file.name}"), ours, "", at_least(0.8))
        yield grown("B3", "memory over idle", idle, memory(processes, "VmHWM"))
        yield _memory_of_slow_readers(processes, ours, size)
    yield from _over_tls(stage, size, ours.path, file)


def _rates(
    stage: Stage,
    size: int,
    nginx: Source,
    ours: Source,
    how: str,
    aim: tuple[str, Callable[[float], bool]] | None = None,
) -> Iterator[Figure]:
    for what, streams in (("one stream", 1), ("eight ranges", _STREAMS)):
        baselines, values = alternately(
            stage.times,
            lambda streams=streams: _rate(nginx, size, streams),
            lambda streams=streams: _rate(ours, size, streams),
        )
        yield compared("B3", f"{what}{how}", "GB/s", values, baselines, aim)


def _rate(source: Source, size: int, streams: int) -> float:
    each = size // streams
    stretches = [range(first, first + each) for first in range(0, size, each)]
    with ThreadPoolExecutor(streams) as threads:
        took = seconds(lambda: list(threads.map(source.take, stretches)))
    return size / took / 1e9


def _memory_of_slow_readers(processes: Sequence[int], ours: Source, size: int) -> Figure:
    """For each of them, while they take a little now and then."""
    before = memory(processes, "VmRSS")
    with ExitStack() as stack:
        slow = [stack.enter_context(ours.asked(range(n, size))) for n in range(_SLOW)]
        until = monotonic() + 5
        while monotonic() < until:
            for connection in slow:
                connection.recv(4096)
            sleep(0.05)
        taken = (memory(processes, "VmRSS") - before) / _SLOW
    return plain("B3", "memory for a slow reader", "MiB", taken / _MEBIBYTE, at_most(2))


def _over_tls(stage: Stage, size: int, path: str, file: Path) -> Iterator[Figure]:
    """The same server, started again with a certificate; its links go on to work."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = stage.folder / "certificate.pem", stage.folder / "key.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    trust = ssl.create_default_context()
    trust.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
    settings = {"SEALIFT_TLS__CERTIFICATE": str(certificate), "SEALIFT_TLS__KEY": str(key)}
    with (
        stage.server("download", environment=settings) as server,
        an_nginx(stage.folder, certificate, key) as port,
    ):
        nginx = Source(port, f"/{file.name}", trust)
        ours = Source(_port(server), path, trust)
        yield from _rates(stage, size, nginx, ours, " over TLS")


def _port(server: Server) -> int:
    port = urlsplit(server.base_url).port
    if port is None:
        raise RuntimeError(f"no port in {server.base_url}")
    return port
