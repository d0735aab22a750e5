"""What the model of distribution is made of. Names are PRNs, and moments are what they are.

It shares nothing with Sealift but the shapes in which the second reading of the rules of
resolution is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sealift.domain import checks
from sealift.domain import release as shape
from tests.actions.expected import DONE, Due
from tests.domain.plain_versions import read_requirement, read_version

FAILURES: Final = frozenset({"failed", "rolled_back"})
FEWEST: Final = 10  # devices that reported, before a share of them says anything


def due(faults: Sequence[str], otherwise: Due = DONE) -> Due:
    """Of several faults any may be named."""
    if not faults:
        return otherwise
    return Due(422, faults[0] if len(set(faults)) == 1 else None)


@dataclass(eq=False, slots=True)
class Release:
    prn: str
    cohort: str
    bundle: str
    next: str | None
    made: datetime
    schedule_date: datetime
    required: bool = False
    disabled: bool = False
    phase_mode: str = "numeric"
    phase_value: Decimal | None = None
    phase_tags: Sequence[str] | None = None
    version: str | None = None
    version_requirement: str | None = None
    retry_limit: int | None = None
    disable_after_failures: int | None = None
    disable_after_failure_share: Decimal | None = None
    is_archived: bool = False
    claims: list[str] = field(default_factory=list[str])  # devices
    outcomes: dict[str, str] = field(default_factory=dict[str, str])  # by device
    failures: dict[str, int] = field(default_factory=dict[str, int])  # by device

    @property
    def is_complete(self) -> bool:
        return self.phase_mode == "numeric" and self.phase_value == 1

    def faults(self) -> list[str]:
        """What no release can be, wherever it stands."""
        value = self.phase_value
        is_broken = value is not None and value > 1 and value != int(value)
        is_missing = value is None and self.phase_mode == "numeric"
        found = ["phase_value"] if is_broken or is_missing else []
        if self.phase_mode == "tags" and not self.phase_tags:
            found.append("phase_tags")
        if self.version is not None and read_version(self.version) is None:
            found.append("version")
        requirement = self.version_requirement
        if requirement is not None and read_requirement(requirement) is None:
            found.append("version_requirement")
        return found

    def limits(self, now: datetime) -> list[str]:
        """What only the latest release may have."""
        found = ["schedule_date"] if now < self.schedule_date else []
        if not self.is_complete:
            found.append("phase_mode" if self.phase_mode == "tags" else "phase_value")
        return found

    def has_room(self, devices: int) -> bool:
        """Whether its phase lets another of the cohort's devices in."""
        value = self.phase_value
        assert value is not None
        return len(self.claims) < (value if value > 1 else value * devices)

    def has_failed_enough(self, devices: int) -> bool:
        failed = sum(outcome in FAILURES for outcome in self.outcomes.values())
        reported = len(self.outcomes)
        if self.disable_after_failures is not None and failed >= self.disable_after_failures:
            return True
        share = self.disable_after_failure_share
        is_enough = reported >= min(FEWEST, devices)
        return share is not None and is_enough and failed >= share * reported > 0

    def as_asked(self) -> shape.Release:
        return shape.Release(
            id=self.prn,
            bundle_id=self.bundle,
            next_release_id=self.next,
            required=self.required,
            disabled=self.disabled,
            schedule_date=self.schedule_date,
            phase_mode=shape.PhaseMode(self.phase_mode),
            phase_value=self.phase_value,
            phase_tags=self.phase_tags,
            version=self.version,
            version_requirement=self.version_requirement,
            retry_limit=self.retry_limit,
            inserted_at=self.made,
        )


@dataclass(eq=False, slots=True)
class Override:
    prn: str
    bundle: str
    starts_at: datetime
    ends_at: datetime | None
    made: datetime
    devices: list[str] = field(default_factory=list[str])

    def as_asked(self) -> checks.Override:
        return checks.Override(self.prn, self.bundle, self.starts_at, self.ends_at, self.made)


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says it runs: a release, a bundle, a version."""

    release: str | None = None
    bundle: str | None = None
    version: str | None = None

    def __bool__(self) -> bool:
        return (self.release, self.bundle, self.version) != (None, None, None)

    def kept(self, ours: str) -> "Said":
        """As it is remembered: what is somebody else's, or no version, is as good as nothing."""
        release, bundle = (
            name if name is not None and name.startswith(ours) else None
            for name in (self.release, self.bundle)
        )
        is_version = self.version is not None and read_version(self.version) is not None
        return Said(release, bundle, self.version if is_version else None)

    def as_asked(self, ours: str) -> checks.Report:
        kept = self.kept(ours)
        return checks.Report(kept.release, kept.bundle, self.version)


@dataclass(eq=False, slots=True)
class Device:
    prn: str
    cohort: str | None
    tags: Sequence[str] | None = None
    quarantined: bool = False
    archived: bool = False
    said: Said = Said()
    told: tuple[str, str] | None = None  # the last it was given: from where, and which bundle
    offers: dict[tuple[str, str], datetime] = field(  # when an event told of them
        default_factory=dict[tuple[str, str], datetime]
    )
    refused_at: datetime | None = None  # when that was told last
