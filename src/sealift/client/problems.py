"""From an answer that says no to the refusal the server meant.

The code decides the class, so callers catch the very classes the server raised; the
status decides only where there is no code: an object store, a proxy, a newer server.
`facts["request_id"]` is what the server's log knows the request by.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, TypeAlias, cast

import httpx

from sealift.domain.errors import (
    Conflict,
    ContentFull,
    Fact,
    Forbidden,
    Invalid,
    LinkForbidden,
    Malformed,
    NotFound,
    Refusal,
    RequestInvalid,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

Json: TypeAlias = dict[str, object]

_BY_STATUS: Final[dict[int, type[Refusal]]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    413: TooLarge,
    422: Invalid,
    507: ContentFull,
}
_FORBIDDEN: Final = "the API key is unknown, or it may not do this"
_XML: Final = re.compile(r"<(Code|Message)>([^<]*)</\1>")
_LONGEST: Final = 300  # characters of a text that is not ours, such as a proxy's page


def refusal(answer: httpx.Response) -> Refusal:
    """What `answer`, already read and no success, refuses."""
    body = _json(answer)
    facts = _facts(body)
    request_id = answer.headers.get("peridio-request-id")
    if request_id:
        facts["request_id"] = request_id
    found = _with_fields(body, answer) or _kind(body, answer)(_detail(body, answer))
    found.facts = facts
    return found


def link_refusal(answer: httpx.Response) -> Refusal:
    """The same for a presigned link, which no API key has anything to do with."""
    if answer.status_code != HTTPStatus.FORBIDDEN:
        return refusal(answer)
    return LinkForbidden(f"{answer.url.host} does not accept the link; it may have expired")


def _with_fields(body: Json, answer: httpx.Response) -> Refusal | None:
    fields = {
        name: [str(text) for text in cast("list[object]", texts)]
        for name, texts in _object(body.get("errors")).items()
        if isinstance(texts, list)
    }
    if not fields:
        return None
    kind = _kind(body, answer)
    name, texts = next(iter(fields.items()))
    if len(fields) == 1 and len(texts) == 1 and kind not in {Invalid, RequestInvalid}:
        return kind(texts[0], field=name)
    return RequestInvalid(fields)


def _kind(body: Json, answer: httpx.Response) -> type[Refusal]:
    code = body.get("code")
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    kind = _BY_STATUS.get(answer.status_code)
    return kind or (Malformed if answer.is_client_error else Unavailable)


def _detail(body: Json, answer: httpx.Response) -> str:
    detail = _object(body.get("errors")).get("detail")
    if isinstance(detail, str):
        return detail
    if body.get("status") == "forbidden":
        return _FORBIDDEN
    said = ": ".join(text for _, text in _XML.findall(answer.text)) or answer.reason_phrase
    return f"{answer.url.host} answered {answer.status_code} {said[:_LONGEST]}".rstrip()


def _facts(body: Json) -> dict[str, Fact]:
    return {
        name: cast("Fact", value)
        for name, value in _object(body.get("facts")).items()
        if value is None or isinstance(value, str | int | list)
    }


def _json(answer: httpx.Response) -> Json:
    try:
        return _object(answer.json())
    except ValueError:
        return {}


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


# Leaves come after their kinds; a code that both carry is the kind's.
_BY_CODE: Final = {kind.code: kind for kind in reversed(list(_below(Refusal)))}
