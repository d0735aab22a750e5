"""The real queue on both its databases: a job is a hint in plain JSON, tried five times."""

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from huey import Huey

from sealift.actions.system import System
from sealift.domain.binary import Duty
from sealift.worker import engine, jobs
from sealift.worker.sweep import sweep
from tests.faults import away, once
from tests.life import id_of
from tests.yard import Yard, a_version, brought_to, patch, see

TRIES = 5
PAUSE = timedelta(seconds=3)
WEEK = timedelta(days=7)


@dataclass
class Worker:
    """The yard with a real queue: what is enqueued is run when a test says so."""

    yard: Yard
    queue: Huey
    system: System  # enqueues for real
    moment: datetime  # as the queue tells time

    def work(self) -> None:
        """What the consumer's scheduler and one of its workers do until nothing is due."""
        for task in self.queue.read_schedule(self.moment):
            self.queue.enqueue(task)
        while self.queue.pending_count():
            self.queue.execute(self.queue.dequeue(), self.moment)

    def enqueued(self) -> tuple[int, int]:
        """How many jobs are waiting, and how many are to be tried again."""
        return self.queue.pending_count(), self.queue.scheduled_count()

    def in_hashing(self) -> dict[str, Any]:
        """A binary in `hashing`, with its job in the real queue."""
        binary = brought_to(self.yard, "hashing", a_version(self.yard.api))
        for job in self.yard.jobs:
            self.system.enqueue(*job)
        return binary


@pytest.fixture
def worker(yard: Yard, tmp_path: Path) -> Iterator[Worker]:
    url = yard.system.records.url.render_as_string(hide_password=False)
    queue = engine.queue(url, tmp_path, create=True)
    enqueue: Callable[[Duty, str, int], None] = jobs.hints(queue, lambda: yard.system)
    now = datetime.now(UTC).replace(tzinfo=None)
    yield Worker(yard, queue, replace(yard.system, enqueue=enqueue), now)
    queue.storage.close()


def test_an_enqueued_binary_is_verified(worker: Worker) -> None:
    binary = worker.in_hashing()

    worker.work()

    assert see(worker.yard.api, binary)["state"] == "signable"
    assert worker.enqueued() == (0, 0)


def test_a_message_is_json_and_names_a_binary_and_its_attempt(worker: Worker) -> None:
    binary = worker.in_hashing()

    (message,) = worker.queue.storage.enqueued_items()

    fields = json.loads(message)
    assert [id_of(binary), 1, {}] in fields
    assert {} in fields  # nothing by name


def test_a_message_in_another_language_than_json_runs_nothing(worker: Worker) -> None:
    worker.queue.storage.enqueue(pickle.dumps(("id", "verify")))

    with pytest.raises(ValueError, match=r"decode|Expecting"):
        worker.queue.dequeue()

    assert worker.enqueued() == (0, 0)


def test_a_failed_job_is_tried_again_after_a_pause(worker: Worker) -> None:
    binary = worker.in_hashing()
    once(worker.yard, "read", away)

    worker.work()
    (task,) = worker.queue.scheduled()
    worker.work()
    at_once = worker.enqueued()
    worker.moment = task.eta
    worker.work()

    assert at_once == (0, 1)
    assert timedelta(0) < task.eta - datetime.now(UTC).replace(tzinfo=None) <= PAUSE
    assert task.retries == TRIES - 2
    assert see(worker.yard.api, binary)["state"] == "signable"
    assert worker.enqueued() == (0, 0)


def test_a_job_that_fails_to_the_end_says_so(worker: Worker) -> None:
    binary = worker.in_hashing()
    worker.yard.store.before["read"] = away

    seen: list[str] = []
    while sum(worker.enqueued()):
        worker.work()
        worker.moment = max([worker.moment, *(task.eta for task in worker.queue.scheduled())])
        seen.append(see(worker.yard.api, binary)["state"])

    assert seen == ["hashing"] * (TRIES - 1) + ["hashable"]
    assert worker.yard.store.calls["read"] == TRIES
    assert see(worker.yard.api, binary)["verification_error"]["code"] == "internal"


def test_the_sweep_makes_up_for_a_lost_job(worker: Worker) -> None:
    binary = worker.in_hashing()
    assert worker.queue.dequeue() is not None
    worker.work()
    assert see(worker.yard.api, binary)["state"] == "hashing"

    sweep(worker.system, WEEK)
    worker.work()

    assert see(worker.yard.api, binary)["state"] == "signable"


def test_the_sweep_does_not_repeat_what_is_in_the_queue(worker: Worker) -> None:
    worker.in_hashing()

    for _ in range(3):
        sweep(worker.system, WEEK, worker.queue.pending_count)
    as_it_was = worker.enqueued()
    assert worker.queue.dequeue() is not None
    sweep(worker.system, WEEK, worker.queue.pending_count)

    assert as_it_was == (1, 0)
    assert worker.enqueued() == (1, 0)


def test_a_queue_that_cannot_be_counted_does_not_keep_the_sweep_from_its_work(
    worker: Worker,
) -> None:
    binary = worker.in_hashing()
    assert worker.queue.dequeue() is not None

    def broken() -> int:
        raise ConnectionError

    sweep(worker.system, WEEK, broken)
    worker.work()

    assert see(worker.yard.api, binary)["state"] == "signable"


def test_a_job_that_comes_several_times_is_done_once(worker: Worker) -> None:
    binary = worker.in_hashing()
    for _ in range(3):
        sweep(worker.system, WEEK)

    worker.work()

    assert worker.yard.store.calls["read"] == 1
    assert see(worker.yard.api, binary)["revision"] == binary["revision"] + 1
    assert worker.enqueued() == (0, 0)


def test_what_could_not_be_erased_is_tried_again(worker: Worker) -> None:
    binary = brought_to(worker.yard, "signed", a_version(worker.yard.api))
    worker.yard.store.before["erase"] = away
    assert patch(worker.yard.api, binary, state="destroyed").status_code == 503
    worker.system.enqueue(Duty.ERASE, id_of(binary), 1)

    worker.work()
    left = worker.enqueued(), len(worker.yard.kept())
    worker.yard.store.before.clear()
    (task,) = worker.queue.scheduled()
    worker.moment = task.eta
    worker.work()

    assert left == ((0, 1), 1)
    assert worker.yard.kept() == []
    assert worker.enqueued() == (0, 0)
