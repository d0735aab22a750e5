"""GET and HEAD of content (RFC 9110: ranges, `If-Range`, `If-None-Match`, strong `ETag`).

A link to a disk is served without asking the database: erased content is gone from the
disk, and that is the answer. A store that has links of its own is redirected to, for at
most a minute, so that erasing and resetting take effect at once there too.
"""

from datetime import timedelta
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from sealift.actions.system import System
from sealift.content.links import ContentTicket
from sealift.content.store import LocalStore
from sealift.domain import ranges
from sealift.domain.errors import ContentMissing, LinkDead

_REDIRECT_LIFETIME: Final = timedelta(seconds=60)


async def get_content(request: Request) -> Response:
    system: System = request.app.state.system
    ticket = system.links.content_ticket(
        request.path_params["store"],
        request.path_params["key"],
        dict(request.query_params),
        system.now(),
    )
    return await run_in_threadpool(_answer, system, ticket, request)


def _answer(system: System, ticket: ContentTicket, request: Request) -> Response:
    store = system.stores.named(ticket.store)
    link = store.download_link(ticket.key, _REDIRECT_LIFETIME)
    if link is not None:
        return RedirectResponse(link, 302)
    if not isinstance(store, LocalStore):
        raise TypeError(f"{ticket.store} neither lends links nor is local")
    try:
        path = store.path(ticket.key)
        stat = path.stat()
    except (ContentMissing, FileNotFoundError) as error:
        raise LinkDead("the content of this link is gone") from error
    headers = {"etag": f'"{ticket.hash}"', "cache-control": "private, no-transform"}
    if _is_known(request.headers.get("if-none-match"), headers["etag"]):
        return Response(status_code=304, headers=headers)
    _keep_only_good_ranges(request, stat.st_size, headers["etag"])
    media_type = "application/octet-stream"
    return FileResponse(path, headers=headers, media_type=media_type, stat_result=stat)


def _is_known(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in known or "*" in known


def _keep_only_good_ranges(request: Request, size: int, etag: str) -> None:
    """Put the ranges as our rules read them in place of the header.

    Starlette sends ranges well, but it answers 400 to a header that must be ignored, refuses
    all of several ranges when one is beyond the end, and lets `If-Range` match by date.
    """
    headers = request.headers
    kept = [pair for pair in request.scope["headers"] if pair[0] not in {b"range", b"if-range"}]
    if "range" in headers and headers.get("if-range", etag) == etag:
        wanted = ranges.requested(headers["range"], size)
        if wanted is not None:
            spelled = ",".join(f"{each.start}-{each.stop - 1}" for each in wanted)
            kept.append((b"range", f"bytes={spelled}".encode()))
    request.scope["headers"] = kept
