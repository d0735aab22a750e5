"""Devices that ask again and again, each on one line that it keeps: `python -m bench.asking`.

It runs beside what it asks, in a process of its own, and prints what came of it.
"""

import asyncio
import json
import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter


@dataclass
class Line(asyncio.Protocol):
    """Sends its request as soon as the answer to the one before is whole, until the end."""

    request: bytes
    until: float
    done: "asyncio.Future[None]"
    waits: list[float] = field(default_factory=list[float])
    transport: asyncio.Transport | None = None
    begun: float = 0.0
    answer: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # pyright: ignore[reportAttributeAccessIssue]
        self._ask()

    def _ask(self) -> None:
        self.begun, self.answer = perf_counter(), b""
        if self.transport is not None:
            self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(head.decode()))
        now = perf_counter()
        self.waits.append(now - self.begun)
        if now < self.until:
            self._ask()
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or RuntimeError("the door closed the line"))

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


async def _ask_for(
    port: int, authority: Path, requests: Sequence[Path], seconds: float
) -> list[float]:
    """What each request waited. A device is a certificate, its key, and what it sends."""
    loop, lines = asyncio.get_running_loop(), list[Line]()
    begin = perf_counter()
    for request in requests:
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        context.load_cert_chain(request.with_suffix(".pem"), request.with_suffix(".key"))
        line = Line(request.read_bytes(), begin + seconds, loop.create_future())
        await loop.create_connection(lambda made=line: made, "127.0.0.1", port, ssl=context)
        lines.append(line)
    await asyncio.gather(*(line.done for line in lines))
    return [wait for line in lines for wait in line.waits]


if __name__ == "__main__":
    _port, _authority, _folder, _seconds = sys.argv[1:]
    _requests = sorted(Path(_folder).glob("*.request"))
    found = asyncio.run(_ask_for(int(_port), Path(_authority), _requests, float(_seconds)))
    sys.stdout.write(json.dumps(found))
