"""What is distributed as it was seen after a kill: plain values, ids for names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Happened = Counter[tuple[str, str]]  # what, and to whom


@dataclass(frozen=True, slots=True)
class SeenRelease:
    id: str
    name: str
    cohort: str
    bundle: str
    next: str | None
    phase: Decimal
    disabled: bool
    is_archived: bool


@dataclass(frozen=True, slots=True)
class SeenReport:
    id: str
    device: str
    release: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """One snapshot of the records."""

    releases: Mapping[str, SeenRelease] = field(default_factory=dict[str, SeenRelease])
    bundles: Mapping[str, int] = field(default_factory=dict[str, int])  # → how many binaries
    claims: Sequence[tuple[str, str]] = ()  # release, device
    told_claims: Sequence[tuple[str, str]] = ()  # the same, as events tell it
    reports: Sequence[SeenReport] = ()  # the oldest first
    standings: Mapping[tuple[str, str], tuple[str, int]] = field(
        default_factory=dict[tuple[str, str], tuple[str, int]]
    )  # release, device → last outcome, failures
    reported: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    told_reported: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    lines: Happened = field(default_factory=Happened)  # of the audit
    events: Happened = field(default_factory=Happened)
