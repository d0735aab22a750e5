"""How often one API key may ask: a bucket of requests that refills at a steady rate.

Off unless the operator sets a rate. Each server process counts for itself.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from sealift.domain.errors import TooMany

_MOST_KEYS: Final = 10_000  # remembered; a key not seen for long has a full bucket anyway


class Rate:
    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one request of the key, or refuse it and say when there is room again."""
        with self._lock:  # requests of one key come in several threads
            left = self._take(key)
        if left < 1:
            seconds = max(1, math.ceil((1 - left) / self._per_second))
            raise TooMany(f"too_many_requests: wait {seconds} s and repeat", seconds=seconds)

    def _take(self, key: str) -> float:
        """How many requests there was room for, this one counted."""
        now = self._clock()
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        self._left[key] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return left
