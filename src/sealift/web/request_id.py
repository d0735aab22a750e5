"""Each request gets an id: in the answer's header, in every log line, for who asks us later.

It is always made here. One that a client sends is not even read: it could name the request of
somebody else, or be anything.
"""

import secrets
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "peridio-request-id"
_log: Final = structlog.get_logger("sealift.request")


def made() -> str:
    return secrets.token_hex(10)


class RequestId:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, begun, status = made(), time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                took = round((time.perf_counter() - begun) * 1000, 1)
                # The path only: a query may hold the signature of a link.
                _log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    milliseconds=took,
                )
