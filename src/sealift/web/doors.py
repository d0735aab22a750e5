"""The Admin API and the content door on one port, by path, and what every request goes through.

From the outside in: an id, the figures, a word about a body that nobody read, no body for HEAD.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from sealift.web.head import NoBodyForHead
from sealift.web.limits import CloseUnread
from sealift.web.metrics import Metrics
from sealift.web.request_id import RequestId

_CONTENT: Final = "/content/"


def on_one_port(metrics: Metrics, admin: ASGIApp, content: ASGIApp) -> ASGIApp:
    doors = {
        name: metrics.watched(name, CloseUnread(NoBodyForHead(door)))
        for name, door in {"admin": admin, "content": content}.items()
    }

    async def by_path(scope: Scope, receive: Receive, send: Send) -> None:
        name = "content" if scope["path"].startswith(_CONTENT) else "admin"
        await doors[name](scope, receive, send)

    return RequestId(by_path)
