"""What devices report of a release, and when that disables it.

A device counts once, by the last it said. One whose update was rolled back has failed, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sealift.domain.release import Outcome

FAILURES: Final = frozenset({Outcome.FAILED, Outcome.ROLLED_BACK})
# Before that many devices reported, a share says nothing: the first that fails would be all.
FEWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How much failure a release may have; None: any."""

    failures: int | None
    share: Decimal | None

    @property
    def are_set(self) -> bool:
        return self.failures is not None or self.share is not None


def passed(limits: Limits, outcomes: Mapping[Outcome, int], devices: int) -> str | None:
    """Which limit is reached, in words; None if none is. `devices` are those of the cohort."""
    failed = sum(outcomes.get(each, 0) for each in FAILURES)
    reported = sum(outcomes.values())
    if limits.failures is not None and failed >= limits.failures:
        return f"{failed} devices failed on it; at {limits.failures} it is disabled"
    enough = reported >= min(FEWEST, devices)
    if limits.share is not None and enough and failed >= limits.share * reported > 0:
        share = f"{(limits.share * 100).normalize():f}%"
        return (
            f"{failed} of {reported} devices that reported failed on it; at {share} it is disabled"
        )
    return None
