"""Hints reach the queue in their own time: whoever has to give one does not wait for that.

The queue's database may be locked, away or slow while the records' is not. A hint that cannot be
given then is dropped, and so are those that come right after it: the sweep makes up for them.
"""

import contextvars
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from sealift.domain.binary import Duty
from sealift.domain.errors import RecordsUnavailable

_WAITING_AT_MOST: Final = 1000
_REST_SECONDS: Final = 5.0

_log: Final = logging.getLogger(__name__)


class Prompter:
    """Calls `enqueue` in a thread, in order. What is waiting is done before the process ends."""

    def __init__(self, enqueue: Callable[[Duty, str, int], None]) -> None:
        self._enqueue = enqueue
        self._thread = ThreadPoolExecutor(1, "hints")
        self._room = BoundedSemaphore(_WAITING_AT_MOST)
        self._rests_until = float("-inf")

    def __call__(self, duty: Duty, binary_id: str, attempt: int) -> None:
        if time.monotonic() < self._rests_until or not self._room.acquire(blocking=False):
            raise RecordsUnavailable("the queue does not answer")
        # With what is bound for the log: the job tells what caused it.
        context = contextvars.copy_context()
        self._thread.submit(context.run, self._prompt, duty, binary_id, attempt)

    def close(self) -> None:
        """Return when nothing is waiting any more."""
        self._thread.shutdown()

    def _prompt(self, duty: Duty, binary_id: str, attempt: int) -> None:
        try:
            if time.monotonic() >= self._rests_until:
                self._enqueue(duty, binary_id, attempt)
        except Exception as error:  # noqa: BLE001 - as many as its database has
            self._rests_until = time.monotonic() + _REST_SECONDS
            _log.warning("could not enqueue %s of %s; the sweeper will: %s", duty, binary_id, error)
        finally:
            self._room.release()
