"""An answer to HEAD has no body, whatever an application sends (RFC 9110, 9.3.2).

HTTP/1 clients forgive one; HTTP/2 takes it for a broken connection.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class NoBodyForHead:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app(scope, receive, send_head if is_head else send)
