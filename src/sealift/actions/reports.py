"""What devices report of updates: kept, counted, and acted on where a release says so.

A device reports for itself. A report counts for a release that is not archived and of the
device's cohort. Any other is kept all the same, since a device may be slower than who archives
its release or moves it. What it reports twice with one id counts once. Of many reports about one
release the newest are kept, so that no device can fill the records; where it stands with the
release is kept apart and stays.

A release that may have only so many failures is disabled by the report that reaches the limit,
in the same transaction: its row is locked before failures are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain import feedback
from sealift.domain.errors import ReferenceUnknown, Taken
from sealift.domain.feedback import FAILURES, Limits
from sealift.domain.names import Kind, Name, parse
from sealift.domain.release import Outcome
from sealift.domain.rights import Actor, Right
from sealift.domain.search import Clause
from sealift.records import audit, bundles, checks, claims, pages, reports, rows
from sealift.records.bundles import BUNDLES, Bundle
from sealift.records.fleet import DEVICES, Device
from sealift.records.pages import Listing, Page
from sealift.records.releases import RELEASES, ReleaseRecord
from sealift.records.reports import REPORTS, DeviceReport, Standing
from sealift.records.rows import Lock
from sealift.records.transaction import TAKEN, Transaction


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a release has come, in devices."""

    devices: int  # in its cohort
    claimed: int
    running: int  # that reported it last
    installed: int
    failed: int
    rolled_back: int
    given_up: int


# --- a device reports ----------------------------------------------------------------------------


def add(
    system: System, organization_id: str, device_id: str, fields: Mapping[str, Any]
) -> DeviceReport:
    """`fields` are an outcome, a bundle_prn, perhaps release_prn, binary_prn, message and id."""
    now, report_id = system.now(), fields.get("id") or str(uuid4())
    with system.records.write(organization_id) as tx:
        device = rows.get(tx, DEVICES, device_id, Lock.ALONE)
        known = rows.find(tx, REPORTS, report_id)
        if known is not None:
            return _the_same(known, device)
        bundle = referred(tx, BUNDLES, fields["bundle_prn"], "bundle_prn", None)
        release = _release(tx, device, bundle, fields)
        made = DeviceReport(
            id=report_id,
            organization_id=organization_id,
            device_id=device_id,
            release_id=release.id if release else None,
            bundle_id=bundle.id,
            binary_id=_binary_id(tx, bundle, fields.get("binary_prn")),
            outcome=fields["outcome"],
            message=fields.get("message"),
            inserted_at=now,
            updated_at=now,
        )
        reports.add(tx, now, made)
        if release is not None and release.cohort_id == device.cohort_id:
            _count(tx, device, release.id, made.outcome, now)
        return made


def _the_same(known: DeviceReport, device: Device) -> DeviceReport:
    if known.device_id != device.id:
        raise Taken(TAKEN, field="id")
    return known


def _release(
    tx: Transaction, device: Device, bundle: Bundle, fields: Mapping[str, Any]
) -> ReleaseRecord | None:
    prn = fields.get("release_prn")
    if prn is None:
        return None
    name = parse(prn)
    if name is None or (name.organization_id, name.kind) != (device.organization_id, Kind.RELEASE):
        raise ReferenceUnknown("is invalid: not the PRN of a release", field="release_prn")
    # Archived ones too: a device may be slower than who took the release back.
    release = rows.by_id(tx, RELEASES, [name.id]).get(name.id)
    if release is None:
        raise ReferenceUnknown("does not exist", field="release_prn")
    if release.bundle_id != bundle.id:
        raise ReferenceUnknown("must be the bundle of the release", field="bundle_prn")
    return release


def _binary_id(tx: Transaction, bundle: Bundle, prn: str | None) -> str | None:
    if prn is None:
        return None
    name = parse(prn)
    members = {each.binary_id for each in bundles.members(tx, [bundle.id])[bundle.id]}
    expected = (bundle.organization_id, Kind.BINARY)
    if name is None or (name.organization_id, name.kind) != expected or name.id not in members:
        raise ReferenceUnknown("must be a binary of the bundle", field="binary_prn")
    return name.id


def _count(
    tx: Transaction, device: Device, release_id: str, outcome: Outcome, now: datetime
) -> None:
    has_failed = outcome in FAILURES
    # Locked only by those who may disable it; the others should not wait for each other.
    release = rows.find(tx, RELEASES, release_id, Lock.ALONE if has_failed else None)
    if release is None:
        return  # archived
    # Whoever is given up on is answered otherwise; else no server needs to look again.
    decides = has_failed and release.retry_limit is not None
    reports.stand(tx, release.id, device.id, outcome, now, changes_answers=decides)
    limits = Limits(release.disable_after_failures, release.disable_after_failure_share)
    if not has_failed or release.disabled or not limits.are_set:
        return
    found = reports.outcomes(tx, release.id)
    reason = feedback.passed(limits, found, checks.devices_in(tx, release.cohort_id))
    if reason is not None:
        rows.change(tx, RELEASES, release.id, now, disabled=True)
        name = Name(release.organization_id, Kind.RELEASE, release.id)
        actor = str(Name(device.organization_id, Kind.DEVICE, device.id))
        audit.note(tx, actor, "release.disabled_by_failures", name, now, reason=reason)


# --- those who look at it ------------------------------------------------------------------------


def search(system: System, actor: Actor, release_id: str, listing: Listing) -> Page[DeviceReport]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, RELEASES, release_id)
        name = Name(actor.organization_id, Kind.RELEASE, release_id)
        of_it = Clause("release_prn", ":", name)
        return pages.page(tx, REPORTS, replace(listing, clauses=[*listing.clauses, of_it]))


def progress(system: System, actor: Actor, release_id: str) -> Progress:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        release = rows.get(tx, RELEASES, release_id)
        found = reports.outcomes(tx, release_id)
        name = Name(actor.organization_id, Kind.RELEASE, release_id)
        return Progress(
            devices=checks.devices_in(tx, release.cohort_id),
            claimed=claims.counts(tx, [release_id]).get(release_id, 0),
            running=checks.devices_running(tx, str(name)),
            installed=found.get(Outcome.INSTALLED, 0),
            failed=found.get(Outcome.FAILED, 0),
            rolled_back=found.get(Outcome.ROLLED_BACK, 0),
            given_up=reports.given_up(tx, release_id, release.retry_limit),
        )


def retry(system: System, actor: Actor, release_id: str, device_prn: str) -> Standing | None:
    """Forget how often the device failed on the release; None: it never reported on it."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, RELEASES, release_id)
        device = referred(tx, DEVICES, device_prn, "device_prn", Lock.ALONE)
        before = reports.standing(tx, release_id, device.id)
        if before is None or not before.failures:
            return before
        reports.forget_failures(tx, release_id, device.id, now)
        name = Name(actor.organization_id, Kind.RELEASE, release_id)
        facts = {"device_prn": device_prn, "failures": before.failures}
        audit.note(tx, actor.name, "release.retried", name, now, **facts)
        return Standing(before.outcome, 0)
