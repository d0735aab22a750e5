"""Device checks: what a device should run, decided and told alike for all who ask.

A device itself, an administrator in its place, and whoever wants an explanation are given the
same decision. Only the first two may report: then what the device says it runs is remembered,
and a release that counts its devices is claimed. Both are stored before the answer.

A claim is made with its release locked. Its numbers are read after that, and the decision is
made again with them, so that a release for seven devices is given to seven.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sealift.actions import manifests, statements, stories, told
from sealift.actions.manifests import Detail, Offer
from sealift.actions.stories import Line
from sealift.actions.system import System
from sealift.domain.checks import Decision, Reason
from sealift.domain.errors import ReferenceUnknown, RequestInvalid
from sealift.domain.names import Kind, Name
from sealift.domain.resolution import resolve, why_not
from sealift.domain.rights import Actor, Right
from sealift.domain.statement import Statement
from sealift.records import checks, claims, events, rows
from sealift.records.checks import Inputs
from sealift.records.fleet import COHORTS, DEVICES, Device
from sealift.records.releases import RELEASES
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_CHECKED: Final = "checked_for_release"
# How often it is told that a device was offered the same once more.
_TOLD_AGAIN: Final = timedelta(days=1)
_MOST_TOLD: Final = 50  # offers to one device in that time
_LINES_KEPT: Final = 50  # of a story in an event: the last, which decide


@dataclass(frozen=True, slots=True)
class Checked:
    """The device as it was when the decision was made; an offer if there is an update."""

    device: Device
    inputs: Inputs
    decision: Decision
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Explained:
    """`why_not` is what kept one release from being given, if that was asked."""

    checked: Checked
    at: datetime
    statement: Statement
    story: Sequence[Line]
    why_not: Sequence[Line] | None


def decide(inputs: Inputs, statement: Statement, organization_id: str, now: datetime) -> Decision:
    return resolve(
        inputs.device,
        inputs.overrides,
        statement.report(organization_id),
        inputs.channel,
        inputs.unservable,
        now,
    )


# --- those who ask -------------------------------------------------------------------------------


def report(
    system: System,
    actor: str,
    organization_id: str,
    device_id: str,
    statement: Statement,
    detail: Detail,
) -> Checked:
    """The check of a device that asks for itself, or in whose place `actor` asks."""
    now = system.now()
    with system.records.read(organization_id) as tx:
        device = rows.get(tx, DEVICES, device_id)
        checked = _check(tx, device, statement, now, detail)
        if not statements.is_news(device, statement) and not _leaves_a_trace(tx, checked, now):
            return checked
    with system.records.write(organization_id) as tx:
        device = rows.get(tx, DEVICES, device_id, Lock.ALONE)
        statements.remember(tx, actor, device, statement, now)
        checked = _check_with_lock(tx, device, statement, now, detail)
        _leave_traces(tx, actor, checked, now)
        return checked


def ask_for(
    system: System, actor: Actor, device_id: str, statement: Statement, *, write: bool
) -> Checked:
    """In a device's place; with `write` as if the device itself had asked."""
    actor.needs(Right.DOWNLOAD)
    if write:
        actor.needs(Right.WRITE)
    with system.records.read(actor.organization_id) as tx:
        device = _let_in(tx, device_id)
        if not write:
            return _check(tx, device, statement, system.now(), Detail.ENTRIES)
    return report(system, actor.name, actor.organization_id, device_id, statement, Detail.ENTRIES)


def explain(
    system: System, actor: Actor, device_id: str, at: datetime | None, release_id: str | None
) -> Explained:
    """What the device would be given, going by its last report, now or at another time."""
    actor.needs(Right.READ)
    at = at or system.now()
    with system.records.read(actor.organization_id) as tx:
        device = _let_in(tx, device_id)
        statement = statements.remembered(device)
        checked = _check(tx, device, statement, at, Detail.NAMES)
        asked = None
        if release_id is not None:
            if rows.find(tx, RELEASES, release_id) is None:
                raise ReferenceUnknown("does not exist", field="release_prn")
            asked = _lines(tx, checked, why_not(checked.decision, release_id))
        story = _lines(tx, checked, checked.decision.story)
        return Explained(checked, at, statement, story, asked)


def _let_in(tx: Transaction, device_id: str) -> Device:
    """The door refuses an archived device, so nobody is answered in its place either."""
    device = rows.get(tx, DEVICES, device_id)
    if device.archived_at is not None:
        text = "is archived, and not let in whatever it asks; set archived to false first"
        raise RequestInvalid({"device_prn": [text]})
    return device


# --- one decision --------------------------------------------------------------------------------


def _check(
    tx: Transaction, device: Device, statement: Statement, now: datetime, detail: Detail
) -> Checked:
    inputs = checks.inputs(tx, device)
    decision = decide(inputs, statement, device.organization_id, now)
    return Checked(device, inputs, decision, manifests.offer(tx, decision, detail))


def _check_with_lock(
    tx: Transaction, device: Device, statement: Statement, now: datetime, detail: Detail
) -> Checked:
    """With the release locked that is to be claimed: which one it is may change with the lock."""
    locked = set[str | None]()
    while True:
        checked = _check(tx, device, statement, now, detail)
        wanted = checked.decision.source_id
        if not checked.decision.claims or wanted is None or wanted in locked:
            return checked
        rows.find(tx, RELEASES, wanted, Lock.ALONE)
        locked.add(wanted)


def _leaves_a_trace(tx: Transaction, checked: Checked, now: datetime) -> bool:
    return checked.decision.claims or (checked.offer is not None and not _is_told(tx, checked, now))


def _leave_traces(tx: Transaction, actor: str, checked: Checked, now: datetime) -> None:
    """The claim, if there is one, and an event for each thing that happened."""
    device, offer = checked.device, checked.offer
    if offer is None:
        return
    data, name = _told(tx, checked, offer), Name(device.organization_id, Kind.DEVICE, device.id)
    if checked.decision.claims and offer.release is not None:
        claims.add(tx, offer.release.id, device.id, now)
        claimed = {key: value for key, value in data.items() if key != "bundle"}
        events.note(tx, actor, "claimed_release", name, now, claimed)
    if not _is_told(tx, checked, now):
        events.note(tx, actor, _CHECKED, name, now, data)


# --- what is told of it --------------------------------------------------------------------------


def _lines(tx: Transaction, checked: Checked, reasons: Sequence[Reason]) -> list[Line]:
    return stories.lines(tx, checked.device.organization_id, reasons, checked.inputs.overrides)


def _is_told(tx: Transaction, checked: Checked, now: datetime) -> bool:
    """Whether there is an event of this offer that is not old; or of very many others."""
    name = Name(checked.device.organization_id, Kind.DEVICE, checked.device.id)
    if checked.offer is None:
        return False
    bundle = Name(checked.device.organization_id, Kind.BUNDLE, checked.offer.bundle.id)
    this = (_source_prn(checked), str(bundle))
    lately = events.told_since(tx, name, _CHECKED, now - _TOLD_AGAIN, _MOST_TOLD)
    told_of = [json.loads(each) for each in lately]
    return len(lately) == _MOST_TOLD or this in {
        (each["source_prn"], each["bundle"]["prn"]) for each in told_of
    }


def _told(tx: Transaction, checked: Checked, offer: Offer) -> dict[str, Any]:
    """For events: the offer, and why it was made."""
    device = checked.device
    cohort = None if device.cohort_id is None else rows.find(tx, COHORTS, device.cohort_id)
    release_prn = None if offer.release is None else _source_prn(checked)
    bundle = Name(device.organization_id, Kind.BUNDLE, offer.bundle.id)
    story = _lines(tx, checked, checked.decision.story[-_LINES_KEPT:])
    return {
        "device": told.device(device, cohort),
        "release": told.release(release_prn, offer.release.version if offer.release else None),
        "bundle": told.bundle(str(bundle), offer.bundle.name),
        "source_prn": _source_prn(checked),
        "story": [each.as_json() for each in story],
    }


def _source_prn(checked: Checked) -> str | None:
    source = source_of(checked)
    return None if source is None else str(source)


def source_of(checked: Checked) -> Name | None:
    """The release or the override that an update comes from."""
    decision = checked.decision
    if decision.source is None or decision.source_id is None:
        return None
    return Name(checked.device.organization_id, Kind(decision.source), decision.source_id)


def source_name(checked: Checked) -> str | None:
    """What people call it."""
    offer = checked.offer
    source = offer and (offer.release or offer.override)
    return source.name if source else None
