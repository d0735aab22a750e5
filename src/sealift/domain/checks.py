"""A device check: what it is decided from, and what is decided.

Names are ids in here; what a device sent that names nothing of its organization is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sealift.domain.release import Release
from sealift.domain.versions import Version, parse_version


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    cohort_id: str | None
    quarantined: bool = False
    tags: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()  # releases it has claimed
    failures: Mapping[str, int] = field(default_factory=dict[str, int])  # how often, by release


@dataclass(frozen=True, slots=True)
class Override:
    """One that lists the device, whether active or not."""

    id: str
    bundle_id: str
    starts_at: datetime
    ends_at: datetime | None  # None: never
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What the device says it runs."""

    release_id: str | None = None
    bundle_id: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Channel:
    """The releases of one cohort, deleted ones left out."""

    releases: Sequence[Release]
    devices: int  # in the cohort now; only counted for releases that are for a share of them
    claims: Mapping[str, int]  # how many devices have claimed a release; none if it is not in here

    @cached_property
    def by_id(self) -> Mapping[str, Release]:
        return {release.id: release for release in self.releases}

    @cached_property
    def lowest_first(self) -> Sequence[Release]:
        """By version; behind those that have one the others, the oldest first."""
        return sorted(self.releases, key=_by_version)


def _by_version(release: Release) -> tuple[bool, Version | None, datetime, str]:
    version = parse_version(release.version) if release.version else None
    return version is None, version, release.inserted_at, release.id


class Status(StrEnum):
    UPDATE = "update"
    NO_UPDATE = "no_update"
    DEVICE_QUARANTINE = "device_quarantine"


class Source(StrEnum):
    RELEASE = "release"
    BUNDLE_OVERRIDE = "bundle_override"


class Step(StrEnum):
    """The rules, in the order in which they are tried."""

    QUARANTINE = "quarantine"
    OVERRIDE = "override"
    COHORT = "cohort"
    CURRENT_RELEASE = "current_release"
    CURRENT_BUNDLE = "current_bundle"
    CURRENT_VERSION = "current_version"
    WALK = "walk"
    DISABLED = "disabled"
    SCHEDULE = "schedule"
    VERSION_REQUIREMENT = "version_requirement"
    PHASE = "phase"
    FAILURES = "failures"
    CONTENT = "content"
    RESULT = "result"


class Reason(NamedTuple):
    """One rule tried on one subject.

    With a subject the text is what is said of it, "is disabled"; without one it is a sentence.
    """

    step: Step
    subject_id: str | None  # a release, a bundle override, or the bundle that the device runs
    passed: bool
    text: str


class Story(list[Reason]):
    """Rules in the order in which they were tried; the last one decided."""

    __slots__ = ()

    def yes(self, step: Step, subject_id: str | None, text: str) -> None:
        self.append(Reason(step, subject_id, passed=True, text=text))

    def no(self, step: Step, subject_id: str | None, text: str) -> None:
        self.append(Reason(step, subject_id, passed=False, text=text))


@dataclass(frozen=True, slots=True)
class Decision:
    """Source and bundle are None unless there is an update."""

    status: Status
    source: Source | None
    source_id: str | None
    bundle_id: str | None
    claims: bool  # the release counts its devices, and this one is not among them yet
    story: Sequence[Reason]  # see `Story`
