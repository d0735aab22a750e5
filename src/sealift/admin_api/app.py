"""The Admin API put together: routes, shapes of refusals, limits, documentation."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, FastAPI

from sealift import __version__
from sealift.actions.system import System
from sealift.admin_api import (
    artifact_versions,
    artifacts,
    binaries,
    binary_signatures,
    bundle_overrides,
    bundle_signatures,
    bundles,
    ca_certificates,
    cohorts,
    device_certificates,
    device_checks,
    devices,
    events,
    impact,
    products,
    reference,
    release_reports,
    releases,
    signing_keys,
    users,
)
from sealift.web import health, problems
from sealift.web.limits import LONGEST_SILENCE
from sealift.web.metrics import Metrics
from sealift.web.paging import Pages
from sealift.web.rate import Rate
from sealift.wire.problem import ForbiddenProblem, Problem

_NOUNS: Final = (
    artifacts,
    artifact_versions,
    binaries,
    binary_signatures,
    bundle_overrides,
    bundle_signatures,
    bundles,
    ca_certificates,
    cohorts,
    device_certificates,
    device_checks,
    devices,
    events,
    impact,
    products,
    release_reports,
    releases,
    signing_keys,
    users,
)

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "The request cannot be read."},
    403: {"model": ForbiddenProblem, "description": "No key, an unknown key, or a lack of rights."},
    404: {"model": Problem, "description": "Not there, or not yours."},
    408: {"model": Problem, "description": "The body stopped coming before its end."},
    409: {"model": Problem, "description": "In use, or changed by somebody else meanwhile."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "What was asked is not possible; texts by field."},
    429: {"model": Problem, "description": "Too many requests; see `Retry-After`."},
    503: {"model": Problem, "description": "Database or store are away; see `Retry-After`."},
}

_ABOUT: Final = """\
Manages binaries: their records, and their content in parts through presigned links.

Send `Authorization: Bearer <API key>`. All bodies are JSON. Lists are paged by keyset:
pass `next_page` on as `page` until it is null. Every answer has a `peridio-request-id`.
"""


def make(
    system: System,
    pages: Pages,
    queue: Callable[[], str] = lambda: "ok",
    rate: Rate | None = None,
    longest_silence: float = LONGEST_SILENCE,
    metrics: Metrics | None = None,
) -> FastAPI:
    """`queue` tells how the job queue is, for `/readyz`; no `rate` means no limit.
    `metrics` are what `/metrics` answers; none: those of the records alone.

    A body that does not come for `longest_silence` seconds is given up.
    """
    app = FastAPI(
        title="Sealift Admin API",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an address that is not one of ours is answered, not guessed
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.system = system
    app.state.pages = pages
    app.state.queue = queue
    app.state.rate = rate
    app.state.longest_silence = longest_silence
    app.state.metrics = metrics or Metrics(system)
    problems.install(app)
    nouns = APIRouter(responses=_REFUSALS)
    for noun in _NOUNS:
        nouns.include_router(noun.router)
    app.include_router(nouns)
    app.include_router(health.router)
    reference.add_to(app)
    return app
