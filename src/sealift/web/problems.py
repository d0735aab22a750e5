"""Refusals as HTTP answers: the only file that knows both.

`{"errors": {"detail": "…"}}` where no field is to blame, `{"errors": {"<field>": ["…"]}}`
where one is, and a bare `{"status": "forbidden"}` for who may not know more. A bug is a
bland 500 with a request id; what it was is in the log.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from sealift.domain.errors import (
    Conflict,
    ContentFull,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    RangeUnsatisfiable,
    Refusal,
    RequestInvalid,
    SenderSilent,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from sealift.wire.problem import ForbiddenProblem, Problem

STATUS: Final[dict[type[Refusal], int]] = {
    Malformed: 400,
    Unauthenticated: 403,
    Forbidden: 403,
    NotFound: 404,
    SenderSilent: 408,
    Conflict: 409,
    TooLarge: 413,
    RangeUnsatisfiable: 416,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}
RETRY_AFTER_SECONDS: Final = 5
_FORBIDDEN: Final = 403
_METHOD_NOT_ALLOWED: Final = 405
_UNAVAILABLE: Final = 503

_NOT_JSON: Final = Malformed(
    "the body cannot be read as JSON: malformed, not UTF-8, or nested too deeply"
)
_FRAMEWORKS_OWN: Final = {400: _NOT_JSON, 404: NotFound("no such route")}

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_log: Final = logging.getLogger(__name__)


def status_of(refusal: Refusal) -> int:
    """The status of the nearest kind in the refusal's ancestry."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def answer(refusal: Refusal, *, on_content_link: bool = False) -> JSONResponse:
    status = 507 if on_content_link and isinstance(refusal, ContentFull) else status_of(refusal)
    headers: dict[str, str] = {}
    if status >= _UNAVAILABLE or isinstance(refusal, TooMany):
        headers["retry-after"] = str(refusal.facts.get("seconds", RETRY_AFTER_SECONDS))
    if status >= _UNAVAILABLE:
        # Who operates this needs the cause, which is none of the caller's business.
        _log.warning("refused: %s: %s (%s)", refusal.code, refusal, refusal.__cause__)
    else:
        _log.info("refused: %s: %s", refusal.code, refusal)
    if status == _FORBIDDEN:
        return JSONResponse(ForbiddenProblem().model_dump(), status)
    problem = Problem(
        errors=dict(refusal.errors) or {"detail": refusal.message},
        code=refusal.code,
        facts=dict(refusal.facts),
    )
    return JSONResponse(problem.model_dump(), status, headers)


def plain(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"errors": {"detail": detail}}, status)


def install(app: FastAPI) -> None:
    """Make every way in which a request can fail end in one of the shapes above."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, misread)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(Exception, bug)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    return answer(cast("Refusal", error))


async def framework(request: Request, error: Exception) -> JSONResponse:
    """The answer to what Starlette itself refuses, which it raises and we word."""
    problem = cast("HTTPException", error)
    refusal = _FRAMEWORKS_OWN.get(problem.status_code)
    response = answer(refusal) if refusal else plain(problem.status_code, str(problem.detail))
    response.headers.update(problem.headers or {})
    if problem.status_code == _METHOD_NOT_ALLOWED:
        response.headers["allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request) -> Iterator[str]:
    """The methods of the address. Starlette names those of the first of its routes only."""
    for method in _METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            yield method


async def bug(_request: Request, error: Exception) -> JSONResponse:
    """The answer to whatever nobody foresaw."""
    _log.error("a bug answered a request", exc_info=error)
    return plain(500, "Internal Server Error")


async def misread(_request: Request, error: Exception) -> JSONResponse:
    faults = cast("Sequence[dict[str, Any]]", cast("RequestValidationError", error).errors())
    if any(fault["type"] == "json_invalid" for fault in faults):
        return answer(_NOT_JSON)
    texts: dict[str, list[str]] = {}
    for fault in faults:
        texts.setdefault(_field(fault["loc"]), []).append(_text(fault))
    return answer(RequestInvalid(texts))


def _field(location: Sequence[str | int]) -> str:
    """The field of the request, without where it stood or how deep the fault is."""
    return str(location[1]) if len(location) > 1 else "body"


_TEXTS: Final = {
    "missing": "is required",
    "string_type": "must be text",
    "string_too_short": "is too short: at least {min_length} character",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_pattern_mismatch": "is invalid: must match {pattern}",
    "string_unicode": "is invalid: lone surrogates are refused",
    "too_long": "has too many: at most {max_length}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "is invalid: must be {expected}",
    "literal_error": "is invalid: must be {expected}",
    "dict_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object, sent as content-type application/json",
    "model_type": "must be a JSON object, sent as content-type application/json",
}


def _text(fault: dict[str, Any]) -> str:
    text = _TEXTS.get(fault["type"])
    return text.format(**fault.get("ctx", {})) if text else str(fault["msg"])
