"""Taking a cohort back to the bundle of an earlier release, and what that would do.

The way to it is one more release, the latest, with that bundle: devices only ever move on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sealift.actions import releases as release_actions
from sealift.actions.system import System
from sealift.domain import rollback as rules
from sealift.domain.checks import Channel
from sealift.domain.errors import BundleUnservable
from sealift.domain.names import Kind, Name
from sealift.domain.release import COMPLETE, PhaseMode, Release
from sealift.domain.resolution import resolve
from sealift.domain.rights import Actor, Right
from sealift.records import audit, bundles, groups, releases, rows
from sealift.records.groups import Group
from sealift.records.releases import RELEASES, ReleaseRecord
from sealift.records.transaction import Transaction

_LONGEST_NAME: Final = 128
# The new release gives no device up, and nothing disables it.
_OWN: Final[dict[str, Any]] = {"disable_after_failures": None, "disable_after_failure_share": None}


@dataclass(frozen=True, slots=True)
class Rollback:
    """`given` devices are given the new release at their next check; `left` others are not, such
    as those in quarantine, with an override, or that say nothing of what they run.
    """

    earlier: ReleaseRecord
    withdrawn: Sequence[Release]
    affected: bool
    given: int
    left: int


def preview(system: System, actor: Actor, release_id: str) -> Rollback:
    """What a rollback to this release would do; nothing is changed."""
    actor.needs(Right.READ)
    now = system.now()
    with system.records.read(actor.organization_id) as tx:
        earlier = rows.get(tx, RELEASES, release_id)
        channel = groups.channel(tx, earlier.cohort_id)
        withdrawn = rules.withdrawn(channel.releases, earlier.rules, now)
        new = Release(id=str(uuid4()), inserted_at=now, **_columns(earlier, {}, now))
        given = _given(tx, earlier.cohort_id, _after(channel, withdrawn, new), new, now)
        affected = _is_affected(tx, earlier)
        return Rollback(earlier, withdrawn, affected, given, channel.devices - given)


def roll_back(
    system: System, actor: Actor, release_id: str, asked: Mapping[str, Any]
) -> ReleaseRecord:
    """The new latest release. `asked` are any of its name, description, version,
    version_requirement and required.
    """
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        earlier = release_actions.hold(tx, release_id)
        if _is_affected(tx, earlier):
            message = "has a binary that is not signed, so no device would be given it"
            raise BundleUnservable(message, field="bundle_prn")
        channel = {each.id: each for each in releases.in_cohort(tx, earlier.cohort_id)}
        before = [each.rules for each in channel.values()]
        withdrawn = rules.withdrawn(before, earlier.rules, now)
        for release in withdrawn:
            seen = channel[release.id]
            if values := _differences(seen, release):
                release_actions.change(tx, actor, seen, values, now, before)
        name = asked.get("name") or f"Rollback to {earlier.name}"[:_LONGEST_NAME]
        values = _columns(earlier, asked, now) | _OWN | {"name": name}
        values["description"] = asked.get("description")
        made = release_actions.add(tx, actor, earlier.cohort_id, values, now)
        facts = {
            "earlier_release_prn": _prn(earlier.organization_id, earlier.id),
            "withdrawn_release_prns": [
                _prn(earlier.organization_id, each.id) for each in withdrawn
            ],
        }
        subject = Name(made.organization_id, Kind.RELEASE, made.id)
        audit.note(tx, actor.name, "release.rolled_back", subject, now, **facts)
        return made


def _columns(earlier: ReleaseRecord, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What decides who is given the new release: everybody, at once, whatever their version."""
    return {
        "bundle_id": earlier.bundle_id,
        "next_release_id": None,
        "required": asked.get("required", False),
        "disabled": False,
        "schedule_date": now,
        "phase_mode": PhaseMode.NUMERIC,
        "phase_value": COMPLETE,
        "phase_tags": None,
        "version": asked.get("version") or earlier.version,
        "version_requirement": asked.get("version_requirement"),
        "retry_limit": None,
    }


def _differences(seen: ReleaseRecord, wanted: Release) -> dict[str, Any]:
    """The columns in which a release has to change."""
    before = seen.rules
    both = [(each.name, getattr(wanted, each.name)) for each in fields(Release)]
    return {name: value for name, value in both if value != getattr(before, name)}


def _is_affected(tx: Transaction, earlier: ReleaseRecord) -> bool:
    return bool(bundles.unservable(tx, [earlier.bundle_id]))


def _after(channel: Channel, withdrawn: Sequence[Release], new: Release) -> Channel:
    """The channel as a rollback leaves it."""
    latest = replace(withdrawn[-1], next_release_id=new.id)
    changed = {each.id: each for each in (*withdrawn, latest)}
    releases_after = [changed.get(each.id, each) for each in channel.releases]
    return replace(channel, releases=[*releases_after, new])


def _given(tx: Transaction, cohort_id: str, channel: Channel, new: Release, now: datetime) -> int:
    """How many devices would be given the new release."""
    unservable = bundles.unservable(tx, {each.bundle_id for each in channel.releases})

    def is_given(group: Group) -> bool:
        device = group.alike.device(cohort_id)
        decision = resolve(device, (), group.alike.report, channel, unservable, now)
        return decision.source_id == new.id

    found = groups.of_cohort(tx, cohort_id, channel, now)
    return sum(group.devices for group in found if is_given(group))


def _prn(organization_id: str, row_id: str) -> str:
    return str(Name(organization_id, Kind.RELEASE, row_id))
