"""The sweep: what stands still is set going, what is left over is erased, again and again."""

import threading
from datetime import timedelta

import pytest

from sealift.actions import binaries
from sealift.domain.binary import State
from sealift.worker.sweep import keep_sweeping, sweep
from tests.faults import PowerCut, away, database_away, once, power_cut
from tests.life import actor_of, everything, id_of
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    content_key,
    patch,
    see,
    upload,
)

pytestmark = pytest.mark.lifecycle

WEEK = timedelta(days=7)
LEASE = timedelta(seconds=20)
PATIENCE = 10  # seconds


def test_a_binary_that_waits_to_be_verified_is_enqueued_again(yard: Yard) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    yard.jobs.clear()

    sweep(yard.system, WEEK)

    assert [(str(duty), row, attempt) for duty, row, attempt in yard.jobs] == [
        ("verify", id_of(binary), 1)
    ]
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


def test_a_binary_that_is_being_verified_is_left_alone(yard: Yard) -> None:
    brought_to(yard, "hashing", a_version(yard.api))
    seen: list[int] = []

    def look() -> None:
        sweep(yard.system, WEEK)
        seen.append(len(yard.jobs))

    once(yard, "chunk", look)
    yard.work()

    assert seen == [0]


def test_the_work_of_a_killed_worker_is_enqueued_when_its_lease_has_run_out(yard: Yard) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    once(yard, "chunk", power_cut)
    with pytest.raises(PowerCut):
        yard.work()

    sweep(yard.system, WEEK)
    at_once = list(yard.jobs)
    yard.clock.pass_time(LEASE)
    sweep(yard.system, WEEK)

    assert (at_once, len(yard.jobs)) == ([], 1)
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


def test_a_lease_from_before_the_clock_went_back_holds_nobody_up(yard: Yard) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    once(yard, "chunk", power_cut)
    with pytest.raises(PowerCut):
        yard.work()

    yard.clock.pass_time(timedelta(days=-1))
    sweep(yard.system, WEEK)
    yard.work()

    assert see(yard.api, binary)["state"] == "signable"


def test_sweeping_where_nothing_is_left_to_do_changes_nothing(yard: Yard) -> None:
    version = a_version(yard.api)
    found = [
        brought_to(yard, state, version, target=state)
        for state in ("destroyed", "signed", "signable", "hashable", "uploadable")
    ]
    upload(yard.api, found[-1])
    before = [everything(yard, binary) for binary in found]
    yard.store.calls.clear()

    for _ in range(2):
        sweep(yard.system, WEEK)

    assert [everything(yard, binary) for binary in found] == before
    assert yard.jobs == []
    assert yard.store.calls.keys() <= {"received"}  # asked by whoever lists parts


def test_sweeping_twice_at_once_is_harmless(yard: Yard) -> None:
    version = a_version(yard.api)
    given_up = brought_to(yard, "signed", version, target="given up")
    waiting = brought_to(yard, "hashing", version, target="waiting")
    yard.jobs.clear()
    yard.store.before["erase"] = away
    patch(yard.api, given_up, state="destroyed")
    yard.store.before.clear()

    once(yard, "erase", lambda: sweep(yard.system, WEEK))
    sweep(yard.system, WEEK)
    yard.work()

    assert see(yard.api, waiting)["state"] == "signable"
    assert yard.kept() == [f"{content_key(yard, waiting)}/content"]


def test_a_store_that_is_away_is_asked_once_in_a_sweep(yard: Yard) -> None:
    version = a_version(yard.api)
    given_up = [brought_to(yard, "signed", version, target=f"{number}") for number in range(3)]
    yard.store.before["erase"] = away
    for binary in given_up:
        patch(yard.api, binary, state="destroyed")
    asked = yard.store.calls["erase"]

    sweep(yard.system, WEEK)
    asked_again = yard.store.calls["erase"] - asked
    yard.store.before.clear()
    sweep(yard.system, WEEK)

    assert asked_again == 1
    assert yard.kept() == []


def test_a_reset_that_was_cut_off_leaves_nothing_in_the_end(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    once(yard, "erase", power_cut)
    with pytest.raises(PowerCut):
        binaries.update(yard.system, actor_of(binary), id_of(binary), {"state": State.UPLOADABLE})
    upload(yard.api, see(yard.api, binary))

    sweep(yard.system, WEEK)

    key = content_key(yard, binary)
    assert {each.partition("/")[0] for each in yard.kept()} == {key}
    assert patch(yard.api, binary, state="hashable").status_code == 200
    assert b"".join(yard.store.read(key)) == CONTENT


def test_sweeping_goes_on_after_a_sweep_that_failed(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.jobs.clear()
    stop = threading.Event()
    every = timedelta(milliseconds=1)
    sweeping = threading.Thread(
        target=keep_sweeping, args=(yard.system, every, WEEK, WEEK, lambda: 0, stop)
    )

    with database_away(yard):
        sweeping.start()
        sweeping.join(0.05)
        alive = sweeping.is_alive()
    found = threading.Event()
    for _ in range(PATIENCE * 100):
        if yard.jobs or found.wait(0.01):
            break
    stop.set()
    sweeping.join(PATIENCE)

    assert alive
    assert yard.jobs != []
    assert not sweeping.is_alive()
