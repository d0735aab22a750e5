"""Questions that may never be answered, and how long they are waited for."""

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 3.0  # whoever watches a server gives up after ten


class _Asking(Generic[T]):
    """A question under way, in a thread that nobody has to wait for."""

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._begun = time.monotonic()
        self._answer: T | None = None
        self._thread = threading.Thread(target=self._ask, name="asking", daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        try:
            self._answer = self._question()
        except Exception:  # noqa: BLE001 - whatever a database raises; who asks learns that it did
            self._answer = None

    def is_under_way(self) -> bool:
        return self._thread.is_alive()

    def age(self) -> float:
        return time.monotonic() - self._begun

    def answer(self, until: float | None = None) -> T | None:
        """None when there is none, or none so soon that it was waited for."""
        wait = PATIENCE_SECONDS if until is None else max(until - time.monotonic(), 0.0)
        self._thread.join(wait)
        return self._answer


class Looked(Generic[T]):
    """A question that one thread asks, however many want to know; its answer is kept a while."""

    def __init__(self, question: Callable[[], T], fresh_seconds: float = 0.0) -> None:
        self._question = question
        self._fresh_seconds = fresh_seconds
        self._lock = threading.Lock()
        self._last: _Asking[T] | None = None

    def ask(self) -> _Asking[T]:
        with self._lock:
            last = self._last
            if last is not None and (last.is_under_way() or self._is_fresh(last)):
                return last
            self._last = _Asking(self._question)
            return self._last

    def _is_fresh(self, last: _Asking[T]) -> bool:
        return last.answer() is not None and last.age() < self._fresh_seconds
