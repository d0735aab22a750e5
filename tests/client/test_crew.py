"""Several threads on one list of jobs."""

import threading
import time
from collections.abc import Callable

import pytest

from sealift.client.crew import Stopped, work_off


def _noting(done: list[int]) -> Callable[[int, threading.Event], None]:
    return lambda job, _: done.append(job)


def test_every_job_is_done_once() -> None:
    done: list[int] = []

    work_off(range(100), _noting(done), threads=8)

    assert sorted(done) == list(range(100))


def test_no_jobs_are_no_trouble() -> None:
    done: list[int] = []

    work_off([], _noting(done), threads=8)

    assert done == []


def test_jobs_run_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=10)
    met: list[int] = []

    def work(job: int, _: threading.Event) -> None:
        meeting.wait()
        met.append(job)

    work_off(range(4), work, threads=4)

    assert len(met) == 4


def test_the_first_failure_is_raised_where_the_work_was_ordered() -> None:
    def work(job: int, _: threading.Event) -> None:
        if job == 3:
            raise ValueError("job 3")

    with pytest.raises(ValueError, match="job 3"):
        work_off(range(10), work, threads=2)


def test_a_failure_stops_the_others_soon() -> None:
    started = threading.Event()
    stopped: list[int] = []

    def work(job: int, stop: threading.Event) -> None:
        if job == 0:
            started.wait(10)
            raise ValueError("job 0")
        started.set()
        if stop.wait(60):
            stopped.append(job)
            raise Stopped

    begun = time.monotonic()
    with pytest.raises(ValueError, match="job 0"):
        work_off(range(50), work, threads=2)

    assert time.monotonic() - begun < 10
    assert stopped == [1]
