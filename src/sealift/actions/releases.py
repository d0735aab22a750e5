"""Releases: a bundle for a cohort, at its place in the channel of that cohort.

Whoever writes to a channel holds the row of its cohort. Links are written in such an order that
a cohort never has two latest releases, not even within a transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain import channel as rules
from sealift.domain.names import Kind, Name
from sealift.domain.release import COMPLETE, PhaseMode, Release
from sealift.domain.rights import Actor, Right
from sealift.records import audit, releases, rows
from sealift.records.bundles import BUNDLES
from sealift.records.fleet import COHORTS
from sealift.records.releases import RELEASES, ReleaseRecord
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_REFERENCES: Final = ("bundle_prn", "cohort_prn", "next_release_prn", "previous_release_prn")
_RULED: Final = frozenset(each.name for each in fields(Release))


def create(system: System, actor: Actor, asked: Mapping[str, Any]) -> ReleaseRecord:
    """`asked` are all fields of a new release, and the references that it needs."""
    actor.needs(Right.WRITE)
    now = system.now()
    own = {name: value for name, value in asked.items() if name not in _REFERENCES}
    with system.records.write(actor.organization_id) as tx:
        cohort = referred(tx, COHORTS, asked["cohort_prn"], "cohort_prn", Lock.ALONE)
        bundle = referred(tx, BUNDLES, asked["bundle_prn"], "bundle_prn")
        previous_id, next_id = (
            asked[field] and referred(tx, RELEASES, asked[field], field).id
            for field in ("previous_release_prn", "next_release_prn")
        )
        values = {**own, "bundle_id": bundle.id, "next_release_id": next_id}
        return add(tx, actor, cohort.id, values, now, previous_id)


def add(
    tx: Transaction,
    actor: Actor,
    cohort_id: str,
    values: Mapping[str, Any],
    now: datetime,
    previous_id: str | None = None,
) -> ReleaseRecord:
    """Make a release in a cohort that is held alone. `values` are its columns."""
    kept = dict(values)
    if kept["phase_value"] is None and kept["phase_mode"] is PhaseMode.NUMERIC:
        kept["phase_value"] = COMPLETE
    kept |= {"id": str(uuid4())}
    ruled = {name: value for name, value in kept.items() if name in _RULED}
    new = rules.accepted(Release(**ruled, inserted_at=now))
    links = rules.placed(_channel(tx, cohort_id), new, previous_id, now)
    _link(tx, actor, links, now)
    rows.add(tx, RELEASES, now, cohort_id=cohort_id, **kept | {"phase_value": new.phase_value})
    facts = {
        "cohort_prn": str(Name(actor.organization_id, Kind.COHORT, cohort_id)),
        "bundle_prn": str(Name(actor.organization_id, Kind.BUNDLE, new.bundle_id)),
        "version": new.version,
    }
    audit.note(tx, actor.name, "release.created", _name(actor, new.id), now, **facts)
    return rows.get(tx, RELEASES, new.id)


def update(system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]) -> ReleaseRecord:
    """`changes` are any fields but the bundle, the cohort and the previous release."""
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(changes)
    with system.records.write(actor.organization_id) as tx:
        seen = hold(tx, row_id)
        if not values:
            return seen
        if "next_release_prn" in values:
            prn = values.pop("next_release_prn")
            values["next_release_id"] = prn and referred(tx, RELEASES, prn, "next_release_prn").id
        change(tx, actor, seen, values, now, _channel(tx, seen.cohort_id))
        return rows.get(tx, RELEASES, row_id)


def change(
    tx: Transaction,
    actor: Actor,
    seen: ReleaseRecord,
    values: Mapping[str, Any],
    now: datetime,
    channel: Sequence[Release],
) -> None:
    """Change a release that was seen, with its channel, while its cohort was held alone. `values`
    are its columns.
    """
    ruled = {name: value for name, value in values.items() if name in _RULED}
    before = seen.rules
    after = rules.changed(channel, before, replace(before, **ruled), now)
    kept = {**values, **({"phase_value": after.phase_value} if "phase_value" in values else {})}
    rows.change(tx, RELEASES, seen.id, now, **kept)
    changed = sorted(name.replace("next_release_id", "next_release_prn") for name in values)
    audit.note(tx, actor.name, "release.changed", _name(actor, seen.id), now, fields=changed)


def delete(system: System, actor: Actor, row_id: str) -> None:
    """Archive it: those that led to it lead to what came after it."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = hold(tx, row_id)
        links = rules.healed(_channel(tx, seen.cohort_id), seen.rules)
        # It steps down first, since another may become the latest in its place.
        rows.change(tx, RELEASES, row_id, now, deleted_at=now)
        _link(tx, actor, links, now)
        audit.note(tx, actor.name, "release.archived", _name(actor, row_id), now)


def hold(tx: Transaction, row_id: str) -> ReleaseRecord:
    """The release as it is while its cohort is held alone."""
    cohort_id = rows.get(tx, RELEASES, row_id).cohort_id
    rows.get(tx, COHORTS, cohort_id, Lock.ALONE)
    return rows.get(tx, RELEASES, row_id, Lock.ALONE)


def _channel(tx: Transaction, cohort_id: str) -> Sequence[Release]:
    return [each.rules for each in releases.in_cohort(tx, cohort_id)]


def _link(tx: Transaction, actor: Actor, links: Mapping[str, str | None], now: datetime) -> None:
    for release_id, next_id in links.items():
        rows.change(tx, RELEASES, release_id, now, next_release_id=next_id)
        name, facts = _name(actor, release_id), {"fields": ["next_release_prn"]}
        audit.note(tx, actor.name, "release.changed", name, now, **facts)


def _name(actor: Actor, row_id: str) -> Name:
    return Name(actor.organization_id, Kind.RELEASE, row_id)
