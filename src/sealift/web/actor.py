"""Who is asking, by the key they bring. Fails closed: no key, wrong key, other word: forbidden."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sealift.actions.system import System
from sealift.domain.errors import ApiVersionUnsupported, NotFound, Unauthenticated
from sealift.domain.names import Kind, parse
from sealift.domain.rights import Actor
from sealift.records import accounts
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


def caller(
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
    x_api_version: Annotated[
        str | None, Header(description="`2`, which is also meant when it is missing.")
    ] = None,
) -> Caller:
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
    if x_api_version not in (None, _VERSION):
        raise ApiVersionUnsupported("Unsupported API version")
    return Caller(actor, system, request.app.state.pages)


ByCaller = Annotated[Caller, Depends(caller)]
