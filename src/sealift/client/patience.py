"""How often and how long to wait before something is tried again."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

LONGEST_WAIT: Final = 60.0  # seconds; a server that asks for more gets this


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits of `first` seconds, doubled each time; `tries` in all."""

    tries: int = 6
    first: float = 0.5
    sleep: Callable[[float], object] = time.sleep

    def waits(self) -> Iterator[float | None]:
        """The wait after each failed try; None after the last."""
        for number in range(self.tries - 1):
            yield min(self.first * 2**number, LONGEST_WAIT)
        yield None


def asked_to_wait(answer: httpx.Response, longest: float = LONGEST_WAIT) -> float:
    """Seconds from `Retry-After`, which is a number or a date; 0 where it says nothing."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text.isdecimal() else _until(text)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), longest)


def _until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
