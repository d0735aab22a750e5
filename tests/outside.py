"""What lies outside a yard: requests for other addresses are really sent there.

The clients of a yard speak to its application without a network. A link to a store leads
elsewhere, and they have to be able to follow it. Their API key stays here.
"""

from typing import Final
from urllib.parse import urlsplit

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_TRUST: Final = httpx.create_ssl_context()  # made once: it takes longer than most requests
_FOR_US: Final = {"authorization", "connection"}
_OURS: Final = {"authorization", "connection"}  # a key of Sealift is nobody else's business
_OF_THE_CONNECTION: Final = {"connection", "transfer-encoding", "content-encoding"}


def is_for(scope: Scope, base_url: str) -> bool:
    if scope["type"] != "http":
        return True
    host = next(value for name, value in scope["headers"] if name == b"host")
    return host.decode() == urlsplit(base_url).netloc


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends the request on as it is, and the answer back."""
    request = Request(scope, receive)
    body = await request.body()
    given = [pair for pair in request.headers.items() if pair[0] not in _FOR_US]

    def ask() -> httpx.Response:
        return httpx.request(
            request.method,
            str(request.url),
            headers=given,
            content=body,
            timeout=30,
            verify=_TRUST,
        )

    answer = await run_in_threadpool(ask)
    headers = {
        name: value for name, value in answer.headers.items() if name not in _OF_THE_CONNECTION
    }
    await Response(answer.content, answer.status_code, headers)(scope, receive, send)
