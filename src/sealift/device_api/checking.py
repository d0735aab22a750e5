"""Checks at this door: at once from what is known, or afresh from the records.

At once is answered only who says what it said before, gets nothing, and wants to know no more
than that. Nothing is written then but to memory. An update is always decided from the records,
and so is whatever depends on how many devices have claimed a release.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from starlette.types import Scope

from sealift.actions import admission, checks, statements
from sealift.actions.contacts import Contact, Contacts
from sealift.actions.system import System
from sealift.device_api import answers, requests
from sealift.device_api.expanding import Wanted, wanted
from sealift.device_api.known import Acquaintances, Generations, Known
from sealift.device_api.pace import Pace
from sealift.domain.checks import Status
from sealift.domain.errors import Refusal
from sealift.records import checks as inputs
from sealift.records import rows
from sealift.records.fleet import COHORTS, Cohort, Device
from sealift.wire.text import Json

_REMEMBERED: Final = 1024  # queries and answers; a fleet has few of either
_SHORT: Final = 2048  # bytes of a query that is worth remembering


@dataclass(frozen=True, slots=True)
class Door:
    """What stands behind it. `known` is shared by all requests."""

    system: System
    pace: Pace
    generations: Generations
    known: Acquaintances
    contacts: Contacts


class Answered(NamedTuple):
    body: bytes
    retry_after: int


# --- at once -------------------------------------------------------------------------------------


def at_once(door: Door, scope: Scope) -> Answered | None:
    """The answer to a check that has no news; None: it has some, or it is not known who asks."""
    try:
        known, asked = (
            door.known.find(requests.certificate(scope)),
            expansions(scope["query_string"]),
        )
    except Refusal:
        return None  # it will be refused on the long way
    if known is None or known.inputs is None or "cohort" in asked:
        return None
    headers = requests.stated(scope)
    statement = requests.statement(headers)
    if statement.says_anything and statement != known.remembered:
        return None
    now = door.system.now()
    decision = checks.decide(known.inputs, statement, known.organization_id, now)
    if decision.status is Status.UPDATE or known.inputs.leave_open(decision):
        return None
    note(door, scope, known, headers)
    door.contacts.count(decision.status)
    return Answered(_nothing(decision.status, tuple(asked)), door.pace.seconds(known.poll_interval))


def expansions(query: bytes) -> Wanted:
    return _short(query) if len(query) <= _SHORT else wanted(query, answers.UPDATE)


@lru_cache(_REMEMBERED)
def _short(query: bytes) -> Wanted:
    return wanted(query, answers.UPDATE)


@lru_cache(_REMEMBERED)
def _nothing(status: Status, asked: Sequence[str]) -> bytes:
    return as_json(answers.nothing(status, asked))


def as_json(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


# --- afresh --------------------------------------------------------------------------------------


def guest(door: Door, scope: Scope) -> Known:
    """Who asks, known or let in just now."""
    certificate = requests.certificate(scope)
    known = door.known.find(certificate) or _let_in(door, scope, certificate)
    note(door, scope, known, requests.stated(scope))
    return known


def _let_in(door: Door, scope: Scope, certificate: bytes) -> Known:
    seen = door.generations.seen()
    now = door.system.now()
    admitted = admission.admit(door.system, certificate, requests.ip_address(scope), now)
    with door.system.records.read(admitted.organization_id) as tx:
        interval = inputs.poll_interval(tx, admitted.device)
    return Known(
        generation=seen.get(admitted.organization_id),
        admitted=admitted,
        remembered=statements.remembered(admitted.device),
        poll_interval=interval,
        inputs=None,
    )


def hear(door: Door, scope: Scope, known: Known) -> Device:
    """Devices say what they run with whatever they ask."""
    statement = requests.statement(requests.stated(scope))
    if statement.says_anything and statement != known.remembered:
        door.known.forget(requests.certificate(scope))
    return statements.hear(
        door.system, str(known.name), known.organization_id, known.name.id, statement
    )


def check(door: Door, scope: Scope) -> Answered:
    known, statement = guest(door, scope), requests.statement(requests.stated(scope))
    asked = expansions(scope["query_string"])
    checked = checks.report(
        door.system,
        str(known.name),
        known.organization_id,
        known.name.id,
        statement,
        answers.detail(asked),
    )
    door.contacts.count(checked.decision.status)
    door.known.keep(requests.certificate(scope), known.after(checked, statement))
    body = answers.update(door.system, checked, lambda: cohort_of(door, checked.device), asked)
    return Answered(as_json(body), door.pace.seconds(known.poll_interval))


def cohort_of(door: Door, device: Device) -> Cohort | None:
    if device.cohort_id is None:
        return None
    with door.system.records.read(device.organization_id) as tx:
        return rows.find(tx, COHORTS, device.cohort_id)


def note(door: Door, scope: Scope, known: Known, headers: Mapping[str, str]) -> None:
    door.contacts.note(
        Contact(
            known.organization_id,
            known.admitted.device.id,
            known.admitted.certificate,
            known.admitted.ca,
            requests.ip_address(scope),
            scope["path"],
            headers,
            door.system.now(),
        )
    )
