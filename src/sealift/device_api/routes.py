"""The routes of the Device API. Only a client certificate opens them.

A device that is not known is told nothing but that it is not let in, whatever it asked for.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sealift.actions import manifests, reports, statements
from sealift.device_api import answers, checking, requests
from sealift.device_api.checking import Door
from sealift.device_api.expanding import wanted
from sealift.domain.errors import CertificateUnknown, NotFound, Refusal
from sealift.web import problems
from sealift.web.limits import limited
from sealift.wire.device import NewReport
from sealift.wire.text import Json

JSON: Final = "application/json"
_LARGEST_REPORT: Final = 64 * 1024  # bytes


def make(door: Door, longest_silence: float) -> Starlette:
    app = Starlette(
        routes=[
            Route("/device/me", get_me, methods=["GET"]),
            Route("/device/reports", post_report, methods=["POST"]),
            Route("/update", get_update, methods=["GET"]),
            Route("/healthz", get_health, methods=["GET"]),
        ],
        exception_handlers={
            Refusal: _refused,
            RequestValidationError: problems.misread,
            HTTPException: problems.framework,
            Exception: problems.bug,
        },
    )
    app.router.redirect_slashes = False
    app.state.door = door
    app.state.longest_silence = longest_silence
    return app


def _door(request: Request) -> Door:
    return request.app.state.door


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = cast("Refusal", error)
    if isinstance(refusal, NotFound):  # there is nothing to be found but the device itself
        refusal = CertificateUnknown("the device was deleted just now")
    return problems.answer(refusal)


async def get_health(_request: Request) -> Response:
    """For balancers, which have no certificate. Asks for nothing."""
    return JSONResponse({"status": "ok"})


async def get_update(request: Request) -> Response:
    answered = await run_in_threadpool(checking.check, _door(request), request.scope)
    headers = {"retry-after": str(answered.retry_after)}
    return Response(answered.body, media_type=JSON, headers=headers)


async def get_me(request: Request) -> Response:
    body = await run_in_threadpool(_me, _door(request), request)
    return Response(checking.as_json(body), media_type=JSON)


def _me(door: Door, request: Request) -> Json:
    known = checking.guest(door, request.scope)
    asked = wanted(request.scope["query_string"], answers.ME)
    statement = requests.statement(requests.stated(request.scope))
    device = checking.hear(door, request.scope, known)
    with door.system.records.read(known.organization_id) as tx:
        said = statement if statement.says_anything else statements.remembered(device)
        runs = said.report(known.organization_id)
        entries = None
        if "manifest" in asked:
            detail = answers.detail(asked)
            entries = manifests.running(tx, runs.release_id, runs.bundle_id, detail)
    cohort = checking.cohort_of(door, device) if "cohort" in asked else None
    return answers.me(door.system, device, cohort, entries, asked)


async def post_report(request: Request) -> Response:
    door = _door(request)
    known = await run_in_threadpool(checking.guest, door, request.scope)
    body = await limited(request, request.app.state.longest_silence, _LARGEST_REPORT).body()
    fields = _report(body)
    await run_in_threadpool(checking.hear, door, request.scope, known)
    made = await run_in_threadpool(
        reports.add, door.system, known.organization_id, known.name.id, fields
    )
    return Response(checking.as_json(answers.report(made)), 201, media_type=JSON)


def _report(body: bytes) -> Mapping[str, Any]:
    try:
        return NewReport.model_validate_json(body).model_dump()
    except ValidationError as error:
        faults = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(faults) from error
