"""The routes of the content door. No key opens it, only a link does."""

from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sealift.actions.system import System
from sealift.content_api.downloads import get_content
from sealift.content_api.uploads import put_part
from sealift.domain.errors import RangeUnsatisfiable, Refusal
from sealift.web import problems
from sealift.web.limits import LONGEST_SILENCE


def make(system: System, longest_silence: float = LONGEST_SILENCE) -> Starlette:
    """An application for everything below `/content`."""
    app = Starlette(
        routes=[
            Route("/content/{store}/{key}", get_content, methods=["GET", "HEAD"]),
            Route("/content/{store}/{key}/parts/{index}", put_part, methods=["PUT"]),
        ],
        exception_handlers={
            Refusal: _refused,
            HTTPException: problems.framework,
            Exception: problems.bug,
        },
    )
    app.router.redirect_slashes = False  # a link is one address, and nothing near it is another
    app.state.system = system
    app.state.longest_silence = longest_silence
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = cast("Refusal", error)
    response = problems.answer(refusal, on_content_link=True)
    if isinstance(refusal, RangeUnsatisfiable):
        response.headers["content-range"] = f"bytes */{refusal.facts['size']}"
    return response
