"""Bytes of a file on their way out, whole or in stretches, at the pace of who takes them.

What the kernel has in memory is read on the spot; only what must come from the disk takes a
thread, so that nobody waits for a disk. Pieces grow while they are taken quickly and shrink
when they are not: the few fast readers get large ones, and any number of slow ones hold
little memory. A file that is erased meanwhile is sent to its end. One that ends too early
breaks the connection off, so that nobody takes what came for all of it.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sealift.domain.errors import LinkDead
from sealift.web.threads import STORES

_SMALLEST: Final = 32 * 1024  # bytes of a piece
_LARGEST: Final = 512 * 1024
_QUICK: Final = 0.01  # seconds until the server takes the next piece
_TRUST: Final = 64  # pieces of a size that have to go quickly: the first fill buffers on the way


class FileAnswer(Response):
    """`body` is sent in its order; a range stands for those bytes of the file."""

    def __init__(
        self, status: int, headers: Mapping[str, str], path: Path, body: Sequence[bytes | range]
    ) -> None:
        length = sum(len(each) for each in body)
        super().__init__(None, status, {**headers, "content-length": str(length)})
        self._path = path
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        descriptor = await STORES.run(_opened, self._path)
        try:
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            gone = asyncio.create_task(_disconnected(receive))
            try:
                body = () if scope["method"] == "HEAD" else self._body
                await _send_all(descriptor, body, send, gone)
            finally:
                gone.cancel()
        finally:
            os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise LinkDead("the content of this link is gone") from error


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_all(
    descriptor: int, body: Iterable[bytes | range], send: Send, gone: asyncio.Task[None]
) -> None:
    quick = 0  # bytes that were taken without a wait; those that were not halve it
    now = asyncio.get_running_loop().time
    for each in body:
        rest = each
        while rest and not gone.done():
            size = min(max(quick // _TRUST, _SMALLEST), _LARGEST)
            piece = await _read(descriptor, rest[:size]) if isinstance(rest, range) else rest
            rest = rest[len(piece) :]
            begun = now()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            quick = quick + len(piece) if now() - begun < _QUICK else quick // 2
            # A send that need not wait gives nobody else a turn.
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read(descriptor: int, stretch: range) -> bytearray:
    """The bytes of the stretch, or the first of them. A new array each time: who sends keeps it."""
    piece = bytearray(len(stretch))
    try:
        count = os.preadv(descriptor, [piece], stretch.start, os.RWF_NOWAIT)
    except OSError:
        count = 0  # not in memory, or on a file system that cannot tell
    if count == 0:
        count = await STORES.run(os.preadv, descriptor, [piece], stretch.start)
    if count == 0:
        raise EOFError(f"the file ends before byte {stretch.start}, which was promised")
    del piece[count:]
    return piece
