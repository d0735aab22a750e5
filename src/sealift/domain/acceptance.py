"""Whether a release may be given to a device: five tests, in their order.

disabled              it must not be
schedule              its date must have come
version requirement   the version that the device runs must be one it is meant for
phase                 it must be for all, or have room, or be for a tag the device carries
failures              the device must not have failed on it so often that it is given up
"""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_CEILING, Context, Decimal, Inexact
from typing import Final, NamedTuple, TypeAlias

from sealift.domain.checks import Channel, Device, Reason, Step, Story
from sealift.domain.release import PhaseMode, PhaseType, Release, in_words
from sealift.domain.versions import parse_requirement, parse_version

Verdict: TypeAlias = tuple[bool, str]

# A share is multiplied to the last digit, whatever precision the thread is set to.
_EXACT: Final = Context(prec=100, traps=[Inexact])


class Asked(NamedTuple):
    """Who asks for what is judged, and when."""

    device: Device
    channel: Channel
    version: str | None  # that the device runs, if it is known
    now: datetime


def is_acceptable(release: Release, asked: Asked, story: Story) -> bool:
    """Whether it passes all tests. What follows one that it fails is not tried."""
    for step, test in _TESTS:
        passed, text = test(release, asked)
        story.append(Reason(step, release.id, passed, text))
        if not passed:
            return False
    return True


def _enabled(release: Release, _: Asked) -> Verdict:
    return not release.disabled, "is disabled" if release.disabled else "is not disabled"


def _due(release: Release, asked: Asked) -> Verdict:
    if release.is_scheduled(asked.now):
        return False, f"waits for its date, {in_words(release.schedule_date)}"
    return True, "has had its date"


def _meant_for_it(release: Release, asked: Asked) -> Verdict:
    if release.version_requirement is None:
        return True, "is meant for any version"
    version = parse_version(asked.version) if asked.version else None
    if version is None:
        return True, "needs a version, but that of the device is not known"
    requirement = parse_requirement(release.version_requirement)
    passed = requirement is not None and requirement.allows(version)
    is_or_not = "is" if passed else "is not"
    return passed, f"needs {release.version_requirement}, which {asked.version} {is_or_not}"


def _open_to_it(release: Release, asked: Asked) -> Verdict:
    if release.phase_mode is PhaseMode.TAGS:
        tags = release.phase_tags or ()
        passed = not asked.device.tags.isdisjoint(tags)
        has_or_not = "has one" if passed else "has none"
        return passed, f"is for the tags {', '.join(tags)}, of which the device {has_or_not}"
    if release.is_complete:
        return True, "is for every device"
    if release.id in asked.device.claims:
        return True, "was claimed by the device before"
    return _has_room(release, asked.channel)


def _has_room(release: Release, channel: Channel) -> Verdict:
    claims, value = channel.claims.get(release.id, 0), release.phase_value or Decimal(0)
    counts_devices = release.phase_type is PhaseType.STATIC
    share = f"{value} devices" if counts_devices else f"{value:%} of {channel.devices} devices"
    return room(release, channel) > 0, f"is for {share}, and {claims} have claimed it"


def room(release: Release, channel: Channel) -> int:
    """How many more devices may claim a release that counts them."""
    limit = release.phase_value or Decimal(0)
    if release.phase_type is PhaseType.PERCENT:
        limit = _EXACT.multiply(limit, channel.devices)
    claims = channel.claims.get(release.id, 0)
    return max(0, int(limit.to_integral_value(ROUND_CEILING)) - claims)


def _not_given_up(release: Release, asked: Asked) -> Verdict:
    if release.retry_limit is None:
        return True, "is tried again however often it fails"
    failures = asked.device.failures.get(release.id, 0)
    if failures >= release.retry_limit:
        return False, f"failed {failures} times on the device and is given up for it"
    return True, f"failed {failures} times on the device, of {release.retry_limit} at most"


_TESTS: Final[tuple[tuple[Step, Callable[[Release, Asked], Verdict]], ...]] = (
    (Step.DISABLED, _enabled),
    (Step.SCHEDULE, _due),
    (Step.VERSION_REQUIREMENT, _meant_for_it),
    (Step.PHASE, _open_to_it),
    (Step.FAILURES, _not_given_up),
)
