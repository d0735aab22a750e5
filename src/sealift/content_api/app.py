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


def make(system: System) -> Starlette:
    """An application for everything below `/content`."""
    app = Starlette(
        routes=[
            Route("/content/{store}/{key}", get_content, methods=["GET", "HEAD"]),
            Route("/content/{store}/{key}/parts/{index}", put_part, methods=["PUT"]),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _framework},
    )
    app.router.redirect_slashes = False  # a link is one address, and nothing near it is another
    app.state.system = system
    return app


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast("Refusal", error)
    response = problems.answer(refusal, on_content_link=True)
    if isinstance(refusal, RangeUnsatisfiable):
        response.headers["content-range"] = f"bytes */{refusal.facts['size']}"
    return _said_goodbye(request, response)


async def _framework(request: Request, error: Exception) -> Response:
    problem = cast("HTTPException", error)
    return _said_goodbye(request, problems.plain(problem.status_code, str(problem.detail)))


def _said_goodbye(request: Request, response: Response) -> Response:
    # The server closes a connection whose body it has not read. A client that is not told
    # sends its next request there, and it is lost.
    if request.method not in {"GET", "HEAD"}:
        response.headers["connection"] = "close"
    return response
