"""How much of a request is read, how long it is waited for, and what becomes of the rest.

A sender that falls silent is given up: nothing may belong to it for ever, neither memory nor
a part that others want to send. Slow is not silent, so each piece has its own time.
"""

import asyncio
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sealift.domain.errors import BodyIncomplete, SenderSilent, TooLarge

# 1,000,000 bytes of metadata, each byte escaped as \u00XX at worst, and the rest of a record.
LARGEST_BODY: Final = 8 * 1024 * 1024
# Seconds. A line that drops packets resends within this; a phone that left does not come back.
LONGEST_SILENCE: Final = 60.0


def limited(request: Request, silence: float, largest: int | None = None) -> Request:
    """The same request; reading its body refuses after so much silence or so many bytes."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        try:
            async with asyncio.timeout(silence):
                message = await request.receive()
        except TimeoutError as error:
            raise SenderSilent(f"no byte of the body came for {silence:g} s") from error
        if message["type"] == "http.disconnect":
            # Of somebody who is still there, chunks were broken; the server does not tell which.
            raise BodyIncomplete("the body broke off, or its chunks cannot be read")
        read += len(message.get("body", b""))
        if largest is not None and read > largest:
            raise TooLarge(f"the body is larger than {largest} bytes")
        return message

    return Request(request.scope, receive)


class CloseUnread:
    """Tells a client that its connection ends when the body was answered before it was read.

    The server closes such a connection. A client that is not told sends its next request
    there, and it is lost.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def watched() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = not message.get("more_body", False)
            return message

        async def send_and_tell(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_read:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, watched, send_and_tell)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
