"""A release: one bundle offered to one cohort, and what limits who is offered it.

A numeric phase below 1 is a share of the cohort's devices, one of 2 and more a number of
devices; 1 is everybody and final. A phase of tags is for devices that carry one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

COMPLETE: Final = Decimal(1)


class PhaseMode(StrEnum):
    NUMERIC = "numeric"
    TAGS = "tags"


class PhaseType(StrEnum):
    """How a numeric phase counts."""

    STATIC = "static"  # devices
    PERCENT = "percent"  # a share of the cohort


class Outcome(StrEnum):
    """What a device says became of an update."""

    INSTALLED = "installed"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Release:
    """The columns that decide who is offered what."""

    id: str
    bundle_id: str
    next_release_id: str | None
    required: bool
    disabled: bool
    schedule_date: datetime
    phase_mode: PhaseMode
    phase_value: Decimal | None  # there is one if the phase is numeric
    phase_tags: Sequence[str] | None  # there are some if it is a phase of tags
    version: str | None
    version_requirement: str | None
    retry_limit: int | None  # a device that failed on it so often is not offered it again
    inserted_at: datetime

    @property
    def is_complete(self) -> bool:
        """Whether its phase lets every device through."""
        return self.phase_mode is PhaseMode.NUMERIC and self.phase_value == COMPLETE

    @property
    def counts(self) -> bool:
        """Whether devices have to claim it, because it is for so many of them only."""
        return self.phase_mode is PhaseMode.NUMERIC and not self.is_complete

    @property
    def phase_type(self) -> PhaseType | None:
        if self.phase_mode is PhaseMode.TAGS:
            return None
        return PhaseType.PERCENT if (self.phase_value or 0) <= COMPLETE else PhaseType.STATIC

    def is_scheduled(self, now: datetime) -> bool:
        """Whether its date is still to come."""
        return now < self.schedule_date


def in_words(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
