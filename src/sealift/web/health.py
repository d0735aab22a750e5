"""Is the process alive, and can it serve?

Records must answer while the store is away, so only the database decides readiness; the
rest is told, not judged.
"""

import time
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from sealift.actions.system import System
from sealift.content.store import Store
from sealift.domain.errors import Refusal
from sealift.records import migrate
from sealift.web.metrics import Metrics
from sealift.web.patience import PATIENCE_SECONDS, Looked
from sealift.web.threads import WATCHING

_SILENT: Final = "does not answer in time"

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
async def readyz(request: Request) -> JSONResponse:
    """Tells of stores and queue as well, but they do not decide. What hangs is not waited for."""
    return await WATCHING.run(_ready, _questions(request))


class _Questions:
    """What readiness asks, each of it once at a time."""

    def __init__(self, system: System, queue: Callable[[], str]) -> None:
        self.system = system
        self.database = Looked(lambda: _told(lambda: _schema(system)))
        self.queue = Looked(lambda: _told(queue))
        self.stores = {
            name: Looked(lambda store=store: _told(lambda: _answers(store)))
            for name, store in system.stores.by_name.items()
        }


def _questions(request: Request) -> _Questions:
    state = request.app.state
    found: _Questions | None = getattr(state, "questions", None)
    if found is None or found.system is not state.system:
        found = state.questions = _Questions(state.system, state.queue)
    return found


def _ready(questions: "_Questions") -> JSONResponse:
    # All are asked before one is waited for.
    asked = {name: question.ask() for name, question in questions.stores.items()}
    database, queue = questions.database.ask(), questions.queue.ask()
    until = time.monotonic() + PATIENCE_SECONDS
    body = {
        "database": database.answer(until) or _SILENT,
        "stores": {name: each.answer(until) or _SILENT for name, each in asked.items()},
        "queue": queue.answer(until) or _SILENT,
    }
    return JSONResponse(body, 200 if body["database"] == "ok" else 503)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
)
async def metrics(request: Request) -> PlainTextResponse:
    """Totals only. Without the database, the figures of the records are left out."""
    found: Metrics = request.app.state.metrics
    return PlainTextResponse(await WATCHING.run(found.text), media_type=CONTENT_TYPE_LATEST)


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
