"""GET and HEAD of content (RFC 9110: ranges, `If-Range`, `If-None-Match`, strong `ETag`).

A link to a disk is served without asking the database: erased content is gone from the
disk, and that is the answer. A store that has links of its own is redirected to, for at
most a minute and only while the record has its content, so that destroying and resetting
take effect at once there too.
"""

import os
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sealift.actions import served
from sealift.actions.system import System
from sealift.content.links import ContentTicket, parameters
from sealift.content.store import LocalStore
from sealift.content_api.sending import FileAnswer
from sealift.domain import ranges
from sealift.domain.errors import ContentMissing, LinkDead
from sealift.web.threads import STORES

_REDIRECT_LIFETIME: Final = timedelta(seconds=60)
_TYPE: Final = "application/octet-stream"
_TAG: Final = re.compile(r'"[^"]*"')


async def get_content(request: Request) -> Response:
    system: System = request.app.state.system
    ticket = system.links.content_ticket(
        request.path_params["store"],
        request.path_params["key"],
        parameters(request.query_params.multi_items()),
        system.now(),
    )
    return await STORES.run(_answer, system, ticket, request)


def _answer(system: System, ticket: ContentTicket, request: Request) -> Response:
    store = system.stores.named(ticket.store)
    if isinstance(store, LocalStore):
        return _from_disk(store, ticket, request.headers)
    served.must_be_served(system, ticket)
    link = store.download_link(ticket.key, request.method, _REDIRECT_LIFETIME)
    if link is None:
        raise TypeError(f"{ticket.store} neither lends links nor is local")
    return RedirectResponse(link, 302, {"cache-control": "no-store"})


def _from_disk(store: LocalStore, ticket: ContentTicket, asked: Headers) -> Response:
    try:
        path = store.path(ticket.key)
        stat = path.stat()
    except (ContentMissing, FileNotFoundError) as error:
        raise LinkDead("the content of this link is gone") from error
    return _of_file(path, stat, f'"{ticket.hash}"', asked)


def _of_file(path: Path, stat: os.stat_result, etag: str, asked: Headers) -> Response:
    headers = {"etag": etag, "cache-control": "private, no-transform"}
    if _is_known(asked.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    size = stat.st_size
    headers["accept-ranges"] = "bytes"
    headers["last-modified"] = formatdate(stat.st_mtime, usegmt=True)
    headers["content-type"] = _TYPE
    wanted = None
    if "range" in asked and asked.get("if-range", etag) == etag:
        wanted = ranges.requested(asked["range"], size)
    if wanted is None:
        return FileAnswer(200, headers, path, [range(size)])
    if len(wanted) == 1:
        headers["content-range"] = _content_range(wanted[0], size)
        return FileAnswer(206, headers, path, wanted)
    boundary = secrets.token_hex(16)
    headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
    return FileAnswer(206, headers, path, _multipart(wanted, size, boundary))


def _is_known(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    # Not split at commas: a tag may have some.
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


def _content_range(stretch: range, size: int) -> str:
    return f"bytes {stretch.start}-{stretch.stop - 1}/{size}"


def _multipart(wanted: Sequence[range], size: int, boundary: str) -> list[bytes | range]:
    body: list[bytes | range] = []
    for stretch in wanted:
        head = f"--{boundary}\r\ncontent-type: {_TYPE}\r\n"
        head += f"content-range: {_content_range(stretch, size)}\r\n\r\n"
        body += [head.encode(), stretch, b"\r\n"]
    return [*body, f"--{boundary}--\r\n".encode()]
