"""Is the process alive, and can it serve?

Records must answer while the store is away, so only the database decides readiness; the
rest is told, not judged.
"""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from sealift.actions.system import System
from sealift.content.store import Store
from sealift.domain.errors import Refusal
from sealift.records import migrate
from sealift.web.metrics import Metrics

router = APIRouter(tags=["health"])


# Balancers like to ask with HEAD.
@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, str]:
    """Asks neither the database nor a store."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="The database answers and has this program's schema",
    responses={503: {"description": "It does not; the body is the same and says what is wrong."}},
)
def readyz(request: Request) -> JSONResponse:
    """Tells of stores and queue as well, but they do not decide."""
    system: System = request.app.state.system
    database = _told(lambda: _schema(system))
    stores = {
        name: _told(lambda store=store: _answers(store))
        for name, store in system.stores.by_name.items()
    }
    body = {"database": database, "stores": stores, "queue": _told(request.app.state.queue)}
    return JSONResponse(body, 200 if database == "ok" else 503)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
)
def metrics(request: Request) -> PlainTextResponse:
    """Totals only. Without the database, the figures of the records are left out."""
    found: Metrics = request.app.state.metrics
    return PlainTextResponse(found.text(), media_type=CONTENT_TYPE_LATEST)


def _told(question: Callable[[], str]) -> str:
    try:
        return question()
    except Refusal as refusal:
        return refusal.message
    except Exception as error:  # noqa: BLE001 - whatever a queue's database raises
        return f"does not answer: {type(error).__name__}"


def _schema(system: System) -> str:
    is_current = migrate.current(system.records) == migrate.newest()
    return "ok" if is_current else "not this program's schema; run: sealift admin migrate"


def _answers(store: Store) -> str:
    store.probe()
    return "ok"
