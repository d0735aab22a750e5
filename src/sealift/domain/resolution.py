"""Which bundle a device should run, and why: one walk through the rules, which tells its story.

    quarantine   a device in quarantine is given nothing
    override     the active one that began last decides alone, whatever the releases say
    current      what the device reports is found in its channel: by release, bundle or version
    walk         from the release after it along the channel, up to a required one or the latest
    acceptance   back along that path to the first release that may be given
    content      its bundle must be whole; if it is not, nothing is given and no other is tried

The answer depends on what is handed over and on nothing else, not even on the order of rows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sealift.domain.acceptance import Asked, is_acceptable
from sealift.domain.checks import (
    Channel,
    Decision,
    Device,
    Override,
    Reason,
    Report,
    Source,
    Status,
    Step,
    Story,
)
from sealift.domain.release import Release, in_words
from sealift.domain.versions import Version, parse_requirement, parse_version

_SHOWN: Final = 64  # characters of what a device sent
_NOWHERE: Final = (
    "none of this tells where the device stands, so no release can follow; a way in is a release"
    " that has a version, and a requirement which the device's version meets"
)


def resolve(
    device: Device,
    overrides: Sequence[Override],
    report: Report,
    channel: Channel | None,
    unservable: Collection[str],
    now: datetime,
) -> Decision:
    """`channel` is that of the device's cohort; `unservable` names bundles that are not whole."""
    story = Story()
    if device.quarantined:
        story.no(Step.QUARANTINE, None, "the device is in quarantine")
        return Decision(Status.DEVICE_QUARANTINE, None, None, None, claims=False, story=story)
    story.yes(Step.QUARANTINE, None, "the device is not in quarantine")
    override = _active(overrides, now, story)
    if override is not None:
        return _overridden(override, report, unservable, story)
    if channel is None:
        story.no(Step.COHORT, None, "the device is in no cohort")
        return _nothing(story)
    story.yes(Step.COHORT, None, "the device is in a cohort")
    release = _chosen(device, report, channel, now, story)
    if release is None or not _is_whole(release.id, release.bundle_id, unservable, story):
        return _nothing(story)
    story.yes(Step.RESULT, release.id, "is given")
    return Decision(
        Status.UPDATE,
        Source.RELEASE,
        release.id,
        release.bundle_id,
        claims=release.counts and release.id not in device.claims,
        story=story,
    )


def why_not(decision: Decision, release_id: str) -> Sequence[Reason]:
    """What kept a release from being given, even if the walk never came near it."""
    said = [reason for reason in decision.story if reason.subject_id == release_id]
    if not said:
        walked = any(reason.step is Step.WALK for reason in decision.story)
        text = "is not on the path on from what the device runs" if walked else "was not looked at"
        said = [Reason(Step.WALK, release_id, passed=False, text=text)]
    decided = decision.story[-1]
    return said if said[-1] is decided else [*said, decided]


def _nothing(story: Story) -> Decision:
    return Decision(Status.NO_UPDATE, None, None, None, claims=False, story=story)


def _is_whole(subject_id: str, bundle_id: str, unservable: Collection[str], story: Story) -> bool:
    if bundle_id in unservable:
        text = "has a bundle with a binary that is not signed, and nothing else is tried"
        story.no(Step.CONTENT, subject_id, text)
        return False
    story.yes(Step.CONTENT, subject_id, "has a bundle whose binaries are all signed")
    return True


# --- overrides -----------------------------------------------------------------------------------


def _active(overrides: Sequence[Override], now: datetime, story: Story) -> Override | None:
    """Of those that are active the one that began last, whatever their order."""
    if not overrides:
        story.no(Step.OVERRIDE, None, "no override names the device")
        return None
    latest = None
    for override in sorted(overrides, key=lambda it: (it.starts_at, it.inserted_at, it.id)):
        if now < override.starts_at:
            text = f"does not begin before {in_words(override.starts_at)}"
            story.no(Step.OVERRIDE, override.id, text)
        elif override.ends_at is not None and override.ends_at <= now:
            story.no(Step.OVERRIDE, override.id, f"ended at {in_words(override.ends_at)}")
        else:
            if latest:
                story.no(Step.OVERRIDE, latest.id, "is active, but another began later")
            latest = override
    if latest:
        story.yes(Step.OVERRIDE, latest.id, "is active, and releases are not looked at")
    return latest


def _overridden(
    override: Override, report: Report, unservable: Collection[str], story: Story
) -> Decision:
    if report.bundle_id == override.bundle_id:
        story.no(Step.RESULT, override.id, "has the bundle that the device runs already")
        return _nothing(story)
    if not _is_whole(override.id, override.bundle_id, unservable, story):
        return _nothing(story)
    story.yes(Step.RESULT, override.id, "is given")
    source = Source.BUNDLE_OVERRIDE
    return Decision(
        Status.UPDATE, source, override.id, override.bundle_id, claims=False, story=story
    )


# --- releases ------------------------------------------------------------------------------------


def _chosen(
    device: Device, report: Report, channel: Channel, now: datetime, story: Story
) -> Release | None:
    current = _by_release(report, channel, story) or _by_bundle(report, channel, story)
    if current is not None:
        first = channel.by_id.get(current.next_release_id or "")
        if first is None:
            story.no(Step.WALK, current.id, "is the latest: no release comes after it")
    else:
        first = _by_version(report, channel, story)
    if first is None:
        if current is None:
            story.no(Step.RESULT, None, _NOWHERE)
        return None
    known = report.version if _version(report.version) else current and current.version
    asked = Asked(device, channel, known, now)
    for release in reversed(_path(first, channel, story)):
        if is_acceptable(release, asked, story):
            return release
    story.no(Step.RESULT, None, "none of the releases on the path may be given")
    return None


def _by_release(report: Report, channel: Channel, story: Story) -> Release | None:
    if report.release_id is None:
        story.no(Step.CURRENT_RELEASE, None, "the device names no release")
        return None
    found = channel.by_id.get(report.release_id)
    if found is None:
        text = "is no release of the device's cohort"
        story.no(Step.CURRENT_RELEASE, report.release_id, text)
        return None
    story.yes(Step.CURRENT_RELEASE, found.id, "is what the device runs")
    return found


def _by_bundle(report: Report, channel: Channel, story: Story) -> Release | None:
    """Of several with this bundle the one of the lowest version; without versions, the oldest."""
    if report.bundle_id is None:
        story.no(Step.CURRENT_BUNDLE, None, "the device names no bundle")
        return None
    serving = (each for each in channel.lowest_first if each.bundle_id == report.bundle_id)
    found = next(serving, None)
    if found is None:
        text = "is the bundle of no release of the device's cohort"
        story.no(Step.CURRENT_BUNDLE, report.bundle_id, text)
        return None
    story.yes(Step.CURRENT_BUNDLE, found.id, "has the bundle that the device runs")
    return found


def _by_version(report: Report, channel: Channel, story: Story) -> Release | None:
    """The lowest that is meant for the version: it comes first itself, not the one after it."""
    if report.version is None:
        story.no(Step.CURRENT_VERSION, None, "the device names no version")
        return None
    shown = repr(report.version[:_SHOWN])
    version = _version(report.version)
    if version is None:
        text = f"the device names {shown}, which is no version of the form 1.2.3"
        story.no(Step.CURRENT_VERSION, None, text)
        return None
    versioned = (each for each in channel.lowest_first if each.version is not None)
    found = next((each for each in versioned if _is_meant_for(version, each)), None)
    if found is None:
        text = f"no release that has a version is meant for devices on {shown}"
        story.no(Step.CURRENT_VERSION, None, text)
        return None
    text = f"is the lowest version that is meant for devices on {shown}"
    story.yes(Step.CURRENT_VERSION, found.id, text)
    return found


def _version(text: str | None) -> Version | None:
    return parse_version(text) if text else None


def _is_meant_for(version: Version, release: Release) -> bool:
    requirement = parse_requirement(release.version_requirement or "")
    return requirement is not None and requirement.allows(version)


def _path(first: Release, channel: Channel, story: Story) -> list[Release]:
    """From `first` up to a release that cannot be skipped: a required one, or the latest."""
    path, by_id = [first], channel.by_id
    for _ in channel.releases:  # and no longer, even if they led in a circle
        last = path[-1]
        following = by_id.get(last.next_release_id or "")
        if last.required or following is None:
            break
        story.yes(Step.WALK, last.id, "is not required, so later releases are tried first")
        path.append(following)
    why = "is required, so none after it is tried" if path[-1].required else "is the latest"
    story.yes(Step.WALK, path[-1].id, why)
    return path
