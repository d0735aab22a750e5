"""How long a device should wait until it asks again.

Not all the same: devices that were switched on together would go on asking together.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Final

_RANDOM: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class Pace:
    """The server's own; cohorts and products may have another interval, not another jitter."""

    interval: timedelta = timedelta(minutes=30)
    jitter: float = 0.1  # the share by which it may be longer or shorter

    def seconds(self, own: int | None) -> int:
        whole = self.interval.total_seconds() if own is None else own
        return max(1, round(whole * (1 + _RANDOM.uniform(-self.jitter, self.jitter))))
