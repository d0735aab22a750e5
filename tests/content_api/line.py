"""A connection to the content door whose bytes come when a test says so."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message

Pieces = AsyncIterator[bytes | None]


async def put(app: ASGIApp, link: str, part: bytes, pieces: Pieces) -> int:
    """Send the pieces as the body of a PUT that promises the part, and return its status.

    A piece that is None is the end of the connection in the middle of everything.
    """
    return await put_unheld(app, link, sha256(part).hexdigest(), len(part), pieces)


async def put_unheld(app: ASGIApp, link: str, digest: str, size: int, pieces: Pieces) -> int:
    """The same for a part that is known by its digest only."""
    address = urlsplit(link)
    headers = {
        "content-type": "application/octet-stream",
        "x-amz-checksum-sha256": b64encode(bytes.fromhex(digest)).decode(),
        "content-length": str(size),
        "host": address.netloc,
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": unquote(address.path),
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("test", 1),
        "server": ("test", 80),
    }
    statuses: list[int] = []

    async def receive() -> Message:
        piece = await anext(pieces, b"")
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


async def all_at_once(part: bytes) -> Pieces:
    yield part


async def then_gone(*pieces: bytes) -> Pieces:
    for piece in pieces:
        yield piece
    yield None


async def halting(
    part: bytes, reached: asyncio.Event, go_on: asyncio.Event
) -> AsyncIterator[bytes]:
    """The first half; the second when it may `go_on`."""
    half = len(part) // 2
    yield part[:half]
    reached.set()
    await go_on.wait()
    yield part[half:]


async def then_silent(*pieces: bytes) -> Pieces:
    """The pieces, and the connection stays open."""
    for piece in pieces:
        yield piece
    await asyncio.Event().wait()
