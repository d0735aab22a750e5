"""Who is asking, by the key they bring. Fails closed: no key, wrong key, other word: forbidden."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sealift.actions.system import System
from sealift.domain.errors import ApiVersionUnsupported, NotFound, Unauthenticated
from sealift.domain.names import Kind, parse
from sealift.domain.rights import Actor
from sealift.records import accounts
from sealift.web.limits import LARGEST_BODY, limited
from sealift.web.paging import Pages
from sealift.web.rate import Rate

_WORDS: Final = {"bearer", "token"}
_VERSION: Final = "2"


@dataclass(frozen=True, slots=True)
class Caller:
    """The actor of a request, and what serves it."""

    actor: Actor
    system: System
    pages: Pages

    def own(self, kind: Kind, prn: str) -> str:
        """The id in a path's PRN. Malformed, of another kind or another organization: not found."""
        name = parse(prn)
        if name is None or (name.kind, name.organization_id) != (kind, self.actor.organization_id):
            raise NotFound(f"no such {kind.replace('_', ' ')}")
        return name.id


def _identified(request: Request) -> Caller:
    system: System = request.app.state.system
    word, _, key = request.headers.get("authorization", "").partition(" ")
    if word.lower() not in _WORDS or not key.strip():
        raise Unauthenticated("no API key was given")
    with system.records.read(None) as tx:
        actor = accounts.actor_of_key(tx, key.strip())
    if actor is None:
        raise Unauthenticated("the API key is not known")
    rate: Rate | None = request.app.state.rate
    if rate is not None:
        rate.take(actor.name)
    if request.headers.get("x-api-version", _VERSION) != _VERSION:
        raise ApiVersionUnsupported("Unsupported API version")
    pages: Pages = request.app.state.pages
    return Caller(actor, system, pages.of(actor.organization_id))


class CallerFirst(APIRoute):
    """A route that asks who is there before it takes a byte of a body.

    FastAPI itself would read and judge the body first, and dependencies after it: a stranger
    would learn from the judgement, and have us hold what it sends.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def identify_and_answer(request: Request) -> Response:
            request.state.caller = await run_in_threadpool(_identified, request)
            request = limited(request, request.app.state.longest_silence, LARGEST_BODY)
            # FastAPI takes whatever happens while it reads for broken JSON.
            await request.body()
            return await answer(request)

        return identify_and_answer


async def caller(
    request: Request,
    _documented: Annotated[
        HTTPAuthorizationCredentials | None,
        Depends(
            HTTPBearer(
                auto_error=False,
                description="`Bearer <API key>`; the word `Token` is accepted as well.",
            )
        ),
    ],
    _version: Annotated[
        Literal["2"] | None,
        Header(alias="x-api-version", description="`2`, which is also meant when it is missing."),
    ] = None,
) -> Caller:
    """Fails closed: on a route that is no `CallerFirst` nobody has been identified."""
    found: Caller = request.state.caller
    return found


ByCaller = Annotated[Caller, Depends(caller)]
