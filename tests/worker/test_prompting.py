"""Hints that are given in the background: in order, with their cause, and never waited for."""

import threading
from collections.abc import Iterator

import pytest
import structlog

from sealift.domain.binary import Duty
from sealift.domain.errors import RecordsUnavailable
from sealift.worker.prompting import Prompter

_WITHIN = 10  # seconds


class Queue:
    """Takes its time, or fails, as a test says."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.taken: list[tuple[str, object]] = []
        self.fails = False
        self.was_asked = threading.Semaphore(0)

    def enqueue(self, _duty: Duty, binary_id: str, _attempt: int) -> None:
        self.may_go_on.wait(_WITHIN)
        bound = structlog.contextvars.get_contextvars()
        self.was_asked.release()
        if self.fails:
            raise ConnectionError
        self.taken.append((binary_id, bound.get("request_id")))


@pytest.fixture
def queue() -> Iterator[Queue]:
    made = Queue()
    yield made
    made.may_go_on.set()


def test_nobody_waits_for_a_slow_queue_and_nothing_is_lost(queue: Queue) -> None:
    prompter = Prompter(queue.enqueue)

    for binary_id in ("first", "second"):
        with structlog.contextvars.bound_contextvars(request_id=f"of {binary_id}"):
            prompter(Duty.VERIFY, binary_id, 1)
    before = list(queue.taken)
    queue.may_go_on.set()
    for _ in range(2):
        assert queue.was_asked.acquire(timeout=_WITHIN)

    assert before == []
    prompter.close()
    assert queue.taken == [("first", "of first"), ("second", "of second")]


def test_a_queue_that_fails_is_left_alone_for_a_while(queue: Queue) -> None:
    prompter, queue.fails = Prompter(queue.enqueue), True

    for binary_id in ("first", "second"):
        prompter(Duty.VERIFY, binary_id, 1)
    queue.may_go_on.set()
    prompter.close()

    assert queue.was_asked.acquire(timeout=_WITHIN)
    assert not queue.was_asked.acquire(blocking=False)
    with pytest.raises(RecordsUnavailable):
        prompter(Duty.VERIFY, "third", 1)
