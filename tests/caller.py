"""A client of an application in the same process, which answers in the caller's own thread.

Starlette's starts a thread and an event loop for each request, and hands each message from one
to the other: that takes longer than most answers. Where several threads ask at once, each of
them is still served like that.
"""

import asyncio
from atexit import register
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import cache
from threading import current_thread, main_thread
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import httpx2
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

Headers = Sequence[tuple[bytes, bytes]]


class Answered(NamedTuple):
    status: int
    headers: Headers
    content: bytes


class Caller(TestClient):
    def __init__(self, app: ASGIApp, base_url: str, headers: Mapping[str, str | bytes]) -> None:
        super().__init__(app, base_url, raise_server_exceptions=False)
        self.headers.update([(name.encode(), _raw(value)) for name, value in headers.items()])
        self._transport = _InThisThread(app, self.app_state, self._transport)


def _raw(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


class _InThisThread(httpx2.BaseTransport):
    def __init__(
        self, app: ASGIApp, state: Mapping[str, Any], in_another: httpx2.BaseTransport
    ) -> None:
        self._app = app
        self._state = state
        self._in_another = in_another

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if current_thread() is not main_thread():
            return self._in_another.handle_request(request)
        url = request.url
        path, _, query = url.raw_path.partition(b"?")
        scope = {
            **scope_of(request.method, path, query, request.headers.raw),
            "scheme": url.scheme,
            "client": ("testclient", 50_000),
            "server": (url.host, url.port or 80),
            "state": dict(self._state),
        }
        asked = answered(self._app, scope, [request.read()])
        status, headers, content = _runner().run(asked, context=copy_context())
        stream = httpx2.ByteStream(b"" if request.method == "HEAD" else content)
        return httpx2.Response(status, headers=list(headers), stream=stream, request=request)

    def close(self) -> None:
        self._in_another.close()


@cache
def _runner() -> asyncio.Runner:
    made = asyncio.Runner()
    register(made.close)
    return made


def scope_of(method: str, path: bytes, query: bytes, headers: Headers) -> dict[str, Any]:
    return {
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
        "headers": [(name.lower(), value) for name, value in headers],
        "state": {},
    }


async def answered(app: ASGIApp, scope: dict[str, Any], chunks: Iterable[bytes]) -> Answered:
    """500 if the application fails before it begins to answer."""
    left = [*chunks] or [b""]
    head: Message = {"status": 500, "headers": []}
    pieces: list[bytes] = []
    is_complete = asyncio.Event()

    async def receive() -> Message:
        if left:
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left)}
        await is_complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            head = message
            return
        pieces.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            is_complete.set()

    with suppress(Exception):
        await app(scope, receive, send)
    return Answered(head["status"], head["headers"], b"".join(pieces))
