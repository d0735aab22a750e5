"""What a device is told, worked out a second time: straight on, with no thought for speed.

Nothing is taken from Sealift but the shapes of what is asked. Whoever looks at what was `met`
sees which cases were tried.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sealift.domain.checks import Channel, Device, Override, Report
from sealift.domain.release import Release
from tests.domain.plain_versions import Version, is_before, read_version, satisfies


class Told(NamedTuple):
    status: str
    source: str | None = None
    source_id: str | None = None
    bundle_id: str | None = None
    claims: bool = False


NOTHING = Told("no_update")


def plain_resolve(
    device: Device,
    overrides: Sequence[Override],
    report: Report,
    channel: Channel | None,
    unservable: frozenset[str],
    now: datetime,
    met: Counter[str],
) -> Told:
    if device.quarantined:
        met["quarantined"] += 1
        return Told("device_quarantine")
    override = _winning_override(overrides, now, met)
    if override is not None:
        return _told_of_override(override, report, unservable, met)
    if device.cohort_id is None or channel is None:
        met["no cohort"] += 1
        return NOTHING
    current, first, version = _first_candidate(report, channel, met)
    if first is None:
        return NOTHING
    if version is None and _version_of(current) is not None:
        met["version of the current release"] += 1
        version = _version_of(current)
    path = _path_from(first, channel, met)
    found = _last_acceptable(path, device, channel, version, now, met)
    if found is None:
        met["nothing acceptable"] += 1
        return NOTHING
    if found.bundle_id in unservable:
        met["release with unsigned content"] += 1
        return NOTHING
    is_counted = found.phase_mode == "numeric" and found.phase_value != 1
    claims = is_counted and found.id not in device.claims
    met["release offered, to be claimed" if claims else "release offered"] += 1
    return Told("update", "release", found.id, found.bundle_id, claims)


# --- overrides -----------------------------------------------------------------------------------


def _winning_override(
    overrides: Sequence[Override], now: datetime, met: Counter[str]
) -> Override | None:
    winner = None
    for override in overrides:
        if now < override.starts_at:
            met["override not yet begun"] += 1
            continue
        if override.ends_at is not None and now >= override.ends_at:
            met["override over"] += 1
            continue
        if winner is None or override.starts_at > winner.starts_at:
            winner = override
        elif override.starts_at == winner.starts_at:
            met["overrides that began together"] += 1
            if override.inserted_at > winner.inserted_at:
                winner = override
    return winner


def _told_of_override(
    override: Override, report: Report, unservable: frozenset[str], met: Counter[str]
) -> Told:
    if report.bundle_id == override.bundle_id:
        met["override already followed"] += 1
        return NOTHING
    if override.bundle_id in unservable:
        met["override with unsigned content"] += 1
        return NOTHING
    met["override offered"] += 1
    return Told("update", "bundle_override", override.id, override.bundle_id)


# --- where to begin ------------------------------------------------------------------------------


def _first_candidate(
    report: Report, channel: Channel, met: Counter[str]
) -> tuple[Release | None, Release | None, Version | None]:
    """The release that the device runs, the first candidate, and the device's version."""
    version = None if report.version is None else read_version(report.version)
    if report.version is not None and version is None:
        met["version malformed"] += 1
    for release in channel.releases:
        if release.id == report.release_id:
            following = _release(channel, release.next_release_id)
            met["begun by release" if following else "release is the latest"] += 1
            return release, following, version
    current = _release_of_bundle(report.bundle_id, channel, met)
    if current is not None:
        following = _release(channel, current.next_release_id)
        met["begun by bundle" if following else "bundle is of the latest"] += 1
        return current, following, version
    lowest = None if version is None else _lowest_for(version, channel, met)
    met["begun by version" if lowest else "nothing matched"] += 1
    return None, lowest, version


def _release(channel: Channel, release_id: str | None) -> Release | None:
    for release in channel.releases:
        if release.id == release_id:
            return release
    return None


def _release_of_bundle(
    bundle_id: str | None, channel: Channel, met: Counter[str]
) -> Release | None:
    """Of several the one with the lowest version; if none has a version, the earliest."""
    lowest = earliest = None
    for release in channel.releases:
        if release.bundle_id != bundle_id:
            continue
        if earliest is not None:
            met["bundle of several releases"] += 1
        if earliest is None or release.inserted_at < earliest.inserted_at:
            earliest = release
        if _version_of(release) is not None and _is_lower(release, lowest):
            lowest = release
    return lowest or earliest


def _lowest_for(version: Version, channel: Channel, met: Counter[str]) -> Release | None:
    lowest = None
    for release in channel.releases:
        if _version_of(release) is None or release.version_requirement is None:
            continue
        if not satisfies(version, release.version_requirement):
            met["version not among those required"] += 1
            continue
        if _is_lower(release, lowest):
            lowest = release
    return lowest


def _version_of(release: Release | None) -> Version | None:
    if release is None or release.version is None:
        return None
    return read_version(release.version)


def _is_lower(one: Release, other: Release | None) -> bool:
    """By version; of the same version the earlier one."""
    mine, its = _version_of(one), _version_of(other)
    if other is None or mine is None or its is None:
        return True
    if is_before(mine, its):
        return True
    if is_before(its, mine):
        return False
    return one.inserted_at < other.inserted_at


# --- forward, and back ---------------------------------------------------------------------------


def _path_from(first: Release, channel: Channel, met: Counter[str]) -> list[Release]:
    path = [first]
    while not path[-1].required:
        following = _release(channel, path[-1].next_release_id)
        if following is None:
            met["walked to the latest"] += 1
            return path
        path.append(following)
    met["walked to a required release"] += 1
    return path


def _last_acceptable(
    path: list[Release],
    device: Device,
    channel: Channel,
    version: Version | None,
    now: datetime,
    met: Counter[str],
) -> Release | None:
    while path:
        candidate = path.pop()
        failed = _test_failed(candidate, device, channel, version, now)
        if failed is None:
            return candidate
        met[failed] += 1
        if path:
            met["stepped back"] += 1
    return None


def _test_failed(
    release: Release,
    device: Device,
    channel: Channel,
    version: Version | None,
    now: datetime,
) -> str | None:
    if release.disabled:
        return "disabled"
    if now < release.schedule_date:
        return "scheduled"
    requirement = release.version_requirement
    if requirement is not None and version is not None and not satisfies(version, requirement):
        return "version requirement"
    failed = _phase_failed(release, device, channel)
    if failed is not None:
        return failed
    limit = release.retry_limit
    if limit is not None and device.failures.get(release.id, 0) >= limit:
        return "failed too often"
    return None


def _phase_failed(release: Release, device: Device, channel: Channel) -> str | None:
    if release.phase_mode == "tags":
        for tag in release.phase_tags or []:
            if tag in device.tags:
                return None
        return "tags"
    assert release.phase_value is not None
    if release.id in device.claims or release.phase_value == 1:
        return None
    claims = channel.claims.get(release.id, 0)
    if release.phase_value < 1:
        return "share" if claims >= release.phase_value * channel.devices else None
    return "number" if claims >= release.phase_value else None
