"""What is at stake when a binary is destroyed, told before it is.

Nothing is counted device by device: those that are alike to a decision are decided about once,
with the content and without it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sealift.actions import bundles as bundle_actions
from sealift.actions.bundles import WholeBundle
from sealift.actions.system import System
from sealift.domain.acceptance import room
from sealift.domain.checks import Channel, Decision, Status
from sealift.domain.names import Kind, Name
from sealift.domain.resolution import resolve
from sealift.domain.rights import Actor, Right
from sealift.domain.search import Clause
from sealift.records import bundles, groups, pages, releases, rows
from sealift.records.binaries import BINARIES
from sealift.records.bundles import Bundle, BundleOverride
from sealift.records.groups import Group
from sealift.records.pages import Listing, Page
from sealift.records.releases import RELEASES, ReleaseRecord
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Given:
    """A release that gives a binary to devices; `affected`: its bundle is not whole any more."""

    release: ReleaseRecord
    affected: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """`devices` has how many run each release, by its id, and `listed` how many an override
    lists. `interrupted` ones are given an update with the content, and none without it.
    """

    bundles: Sequence[Bundle]
    releases: Sequence[Given]
    devices: Mapping[str, int]
    overrides: Sequence[BundleOverride]
    listed: Mapping[str, int]
    interrupted: int


def of_binary(system: System, actor: Actor, binary_id: str) -> Impact:
    """Of one that is destroyed already: what that does."""
    actor.needs(Right.READ)
    now = system.now()
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BINARIES, binary_id)
        found = bundles.all_with_binary(tx, binary_id)
        lost = {each.id for each in found}
        given = releases.giving(tx, binary_id)
        overrides = bundles.overrides_giving(tx, binary_id)
        return Impact(
            found,
            _given(tx, given),
            _devices_on(tx, given),
            overrides,
            bundles.listed(tx, [each.id for each in overrides]),
            _interrupted(tx, binary_id, lost, {each.cohort_id for each in given}, now),
        )


def releases_with(system: System, actor: Actor, binary_id: str, listing: Listing) -> Page[Given]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BINARIES, binary_id)
        found = pages.page(tx, RELEASES, _narrowed(actor, binary_id, listing))
        return Page(_given(tx, found.rows), found.last)


def bundles_with(
    system: System, actor: Actor, binary_id: str, listing: Listing
) -> Page[WholeBundle]:
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BINARIES, binary_id)
    return bundle_actions.search(system, actor, _narrowed(actor, binary_id, listing))


def _narrowed(actor: Actor, binary_id: str, listing: Listing) -> Listing:
    """To what has the binary; no search can ask for that by itself."""
    own = Clause("binary_prn", ":", Name(actor.organization_id, Kind.BINARY, binary_id))
    return replace(listing, clauses=[*listing.clauses, own])


def _given(tx: Transaction, found: Sequence[ReleaseRecord]) -> list[Given]:
    broken = bundles.unservable(tx, {each.bundle_id for each in found})
    return [Given(each, each.bundle_id in broken) for each in found]


def _devices_on(tx: Transaction, found: Iterable[ReleaseRecord]) -> dict[str, int]:
    names = {str(Name(each.organization_id, Kind.RELEASE, each.id)): each.id for each in found}
    return {names[prn]: count for prn, count in groups.on_releases(tx, list(names)).items()}


def _interrupted(
    tx: Transaction,
    binary_id: str,
    lost: Collection[str],
    cohort_ids: Collection[str],
    now: datetime,
) -> int:
    """Devices whose update would be one of the lost bundles, and who would get nothing instead."""
    count = _losing(tx, groups.overridden_with(tx, binary_id, now), None, binary_id, lost, now)
    for cohort_id in cohort_ids:
        channel = groups.channel(tx, cohort_id)
        found = groups.of_cohort(tx, cohort_id, channel, now)
        count += _losing(tx, found, channel, binary_id, lost, now)
    return count


def _losing(
    tx: Transaction,
    found: Sequence[Group],
    channel: Channel | None,
    binary_id: str,
    lost: Collection[str],
    now: datetime,
) -> int:
    served = {override.bundle_id for group in found for override in group.overrides}
    served |= {release.bundle_id for release in (channel.releases if channel else ())}
    others = bundles.unservable(tx, served, but_for=binary_id)
    losing = Counter[str | None]()  # devices by the release that they would have to claim
    for group in found:
        before = _decided(group, channel, others, now)
        after = _decided(group, channel, others | set(lost), now)
        if (before.status, after.status) == (Status.UPDATE, Status.NO_UPDATE):
            losing[before.source_id if before.claims else None] += group.devices
    return sum(_at_most(devices, release_id, channel) for release_id, devices in losing.items())


def _at_most(devices: int, release_id: str | None, channel: Channel | None) -> int:
    """Of devices that would have to claim a release, as many as it has room for."""
    if release_id is None or channel is None:
        return devices
    return min(devices, room(channel.by_id[release_id], channel))


def _decided(
    group: Group, channel: Channel | None, unservable: Collection[str], now: datetime
) -> Decision:
    device = group.alike.device("" if channel else None)
    return resolve(device, group.overrides, group.alike.report, channel, unservable, now)
