"""Requests as bytes, past any client that would put them right, to a yard's application."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.types import ASGIApp, Message

from tests.fuzz.promises import Answer
from tests.yard import BASE_URL

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Door:
    app: ASGIApp
    runner: asyncio.Runner

    def ask(
        self, method: str, target: str, headers: Headers = (), body: Iterable[bytes] = ()
    ) -> Answer:
        """`target` is the path and the query as they stand on a request's first line."""
        return self.runner.run(_asked(self.app, method, target.encode(), headers, [*body]))


def target_of(link: str) -> str:
    address = urlsplit(link)
    return f"{address.path}?{address.query}"


async def _asked(
    app: ASGIApp, method: str, target: bytes, headers: Headers, chunks: list[bytes]
) -> Answer:
    path, _, query = target.partition(b"?")
    host = urlsplit(BASE_URL).netloc.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        # What servers do: the path is text, however it came.
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", host), *headers],
        "client": ("127.0.0.1", 1),
        "server": (host.decode(), 80),
        "state": {},
    }
    sent: list[Message] = []
    left = [*chunks] or [b""]

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(each for each in sent if each["type"] == "http.response.start")
    pieces = [each.get("body", b"") for each in sent if each["type"] == "http.response.body"]
    told = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], told, b"".join(pieces), method)
