"""Requests as bytes, past any client that would put them right, to a yard's application."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from tests.caller import Headers, answered, scope_of
from tests.fuzz.promises import Answer
from tests.yard import BASE_URL


@dataclass(frozen=True)
class Door:
    app: ASGIApp
    runner: asyncio.Runner

    def ask(
        self, method: str, target: str, headers: Headers = (), body: Iterable[bytes] = ()
    ) -> Answer:
        """`target` is the path and the query as they stand on a request's first line."""
        path, _, query = target.encode().partition(b"?")
        host = urlsplit(BASE_URL).netloc.encode()
        scope = {
            **scope_of(method, path, query, [(b"host", host), *headers]),
            "client": ("127.0.0.1", 1),
            "server": (host.decode(), 80),
        }
        told = self.runner.run(answered(self.app, scope, body))
        named = {name.decode().lower(): value.decode("latin-1") for name, value in told.headers}
        return Answer(told.status, named, told.content, method)


def target_of(link: str) -> str:
    address = urlsplit(link)
    return f"{address.path}?{address.query}"
