"""No request body beyond the limit is ever held in memory."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sealift.domain.errors import TooLarge
from sealift.web.problems import answer

# 1,000,000 bytes of metadata, each byte escaped as \u00XX at worst, and the rest of a record.
LARGEST_BODY: Final = 8 * 1024 * 1024


class BodyLimit:
    """Reads the whole body first, which a JSON API does anyway, and stops at the limit."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._largest:
                refusal = TooLarge(f"the body is larger than {self._largest} bytes")
                response = answer(refusal)
                response.headers["connection"] = "close"  # with the rest of the body unread
                await response(scope, receive, send)
                return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)
