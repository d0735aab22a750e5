"""The channel of a cohort: its releases, which all lead to one latest release.

A release names at most one next; the latest names none. Only the latest may be limited, by a date
to come or by a phase that is not complete, and nothing can follow it before that is over. So a
cohort never has more than one phased release.

`releases` are those of one cohort, archived ones left out. What else has to be written comes back
as the next release by id; the rules write nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sealift.domain.errors import (
    ChannelBroken,
    ChannelHeld,
    Frozen,
    InUse,
    PhaseWrong,
    VersionMalformed,
)
from sealift.domain.release import COMPLETE, PhaseMode, Release, in_words
from sealift.domain.versions import parse_requirement, parse_version

MOST_DEVICES: Final = 1_000_000_000
_MOST_DECIMALS: Final = 30


# --- one release ---------------------------------------------------------------------------------


def accepted(release: Release) -> Release:
    """The release as it is kept, or a refusal of what it says of itself."""
    _check_versions(release)
    value = None if release.phase_value is None else _phase_value(release.phase_value)
    if value is None and release.phase_mode is PhaseMode.NUMERIC:
        message = "is required while phase_mode is numeric; 1 is every device"
        raise PhaseWrong(message, field="phase_value")
    if not release.phase_tags and release.phase_mode is PhaseMode.TAGS:
        message = "is required while phase_mode is tags: name at least one tag"
        raise PhaseWrong(message, field="phase_tags")
    return replace(release, phase_value=value)


def _phase_value(value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value <= MOST_DEVICES:
        message = f"must be between 0 and {MOST_DEVICES}, not {value}"
        raise PhaseWrong(message, field="phase_value")
    if value == value.to_integral_value():
        return Decimal(int(value))
    if value > COMPLETE:
        message = f"must be a share below 1, or a whole number of devices, not {value}"
        raise PhaseWrong(message, field="phase_value")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MOST_DECIMALS:
        message = f"must have at most {_MOST_DECIMALS} decimals"
        raise PhaseWrong(message, field="phase_value")
    return value


def _check_versions(release: Release) -> None:
    version, requirement = release.version, release.version_requirement
    if version is not None and parse_version(version) is None:
        message = f"must be a version like 1.2.3 or 1.2.3-rc.1, not {version!r}"
        raise VersionMalformed(message, field="version")
    if requirement is not None and parse_requirement(requirement) is None:
        examples = "'~> 1.2' or '>= 1.0.0 and < 1.4.0'"
        message = f"must be a requirement on versions like {examples}, not {requirement!r}"
        raise VersionMalformed(message, field="version_requirement")


# --- the channel ---------------------------------------------------------------------------------


def placed(
    releases: Sequence[Release], new: Release, previous_id: str | None, now: datetime
) -> Mapping[str, str]:
    """What else to write when `new` is made; it says itself what comes next.

    Without a next it becomes the latest. With one it is a way in; with a previous one, too, it
    comes between the two.
    """
    if new.next_release_id is None:
        return _placed_last(releases, new, previous_id, now)
    _member(releases, new.next_release_id, "next_release_prn")
    _refuse_limits(new, now)
    if previous_id is None:
        return {}
    if (
        _member(releases, previous_id, "previous_release_prn").next_release_id
        != new.next_release_id
    ):
        message = "must be the release just before the one that next_release_prn names"
        raise ChannelBroken(message, field="previous_release_prn")
    return {previous_id: new.id}


def changed(releases: Sequence[Release], before: Release, after: Release, now: datetime) -> Release:
    """`after` as it is kept, if `before` may become that."""
    _keep_complete(before, after)
    after = accepted(after)
    if after.next_release_id != before.next_release_id:
        _check_next(releases, after)
    if after.next_release_id is not None:
        _refuse_limits(after, now)
    return after


def healed(releases: Sequence[Release], archived: Release) -> Mapping[str, str | None]:
    """What else to write when a release is archived: those before it lead to what came after."""
    before = [each.id for each in releases if each.next_release_id == archived.id]
    if archived.next_release_id is None and len(before) > 1:
        message = (
            f"{len(before)} releases lead to this one, which is the latest, and only one can take"
            " its place; lead the others to that one by next_release_prn, or disable this one"
        )
        raise InUse(message, field="releases")
    return dict.fromkeys(before, archived.next_release_id)


def _placed_last(
    releases: Sequence[Release], new: Release, previous_id: str | None, now: datetime
) -> Mapping[str, str]:
    if previous_id is not None:
        message = "needs next_release_prn beside it; without both the release becomes the latest"
        raise ChannelBroken(message, field="previous_release_prn")
    latest = next((each for each in releases if each.next_release_id is None), None)
    if latest is None:
        return {}
    if latest.is_scheduled(now):
        date = in_words(latest.schedule_date)
        message = f"its latest release waits for {date}: set schedule_date of that to now first"
        raise ChannelHeld(message, field="cohort_prn")
    if not latest.is_complete:
        message = "its latest release is still phased: set phase_value of that to 1 first"
        if latest.phase_mode is PhaseMode.TAGS:
            message += ", and phase_mode to numeric"
        raise ChannelHeld(message, field="cohort_prn")
    return {latest.id: new.id}


def _refuse_limits(release: Release, now: datetime) -> None:
    if release.is_scheduled(now):
        message = "must not be to come: only the latest release may wait for its date"
        raise ChannelHeld(message, field="schedule_date")
    if not release.is_complete:
        field = "phase_mode" if release.phase_mode is PhaseMode.TAGS else "phase_value"
        needed = "numeric, with phase_value 1" if field == "phase_mode" else "1"
        message = f"must be {needed}: only the latest release may be phased"
        raise ChannelHeld(message, field=field)


def _member(releases: Sequence[Release], release_id: str, field: str) -> Release:
    found = next((each for each in releases if each.id == release_id), None)
    if found is None:
        raise ChannelBroken(
            "must be a release of the same cohort that is not archived", field=field
        )
    return found


def _keep_complete(before: Release, after: Release) -> None:
    if before.is_complete and not after.is_complete:
        field = "phase_value" if after.phase_mode is PhaseMode.NUMERIC else "phase_mode"
        message = (
            "can no longer be changed: the release is for every device; make a new one instead"
        )
        raise Frozen(message, field=field)


def _check_next(releases: Sequence[Release], after: Release) -> None:
    if after.next_release_id is None:
        message = "cannot be taken away: there would be two latest releases in the cohort"
        raise ChannelBroken(message, field="next_release_prn")
    following = _member(releases, after.next_release_id, "next_release_prn")
    by_id = {each.id: each for each in releases}
    while following.id != after.id and following.next_release_id in by_id:
        following = by_id[following.next_release_id]
    if following.id == after.id:
        message = "must not lead back to this release; name one that does not come before it"
        raise ChannelBroken(message, field="next_release_prn")
