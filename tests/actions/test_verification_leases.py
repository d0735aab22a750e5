"""Who verifies: one worker at a time, and none that comes too late."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sealift.actions import binaries, verification
from sealift.content.store import Stores
from sealift.domain.binary import Duty, State
from sealift.domain.errors import ContentUnavailable, RecordsUnavailable
from tests.faults import PowerCut, away, database_away, once, power_cut
from tests.life import TWO_PARTS, actor_of, audited, everything, id_of, overwrite_content
from tests.yard import CONTENT, Yard, a_version, brought_to, patch, see, upload

pytestmark = pytest.mark.lifecycle

LEASE = timedelta(seconds=20)


def in_hashing(yard: Yard, content: bytes = TWO_PARTS) -> dict[str, Any]:
    binary = brought_to(yard, "hashing", a_version(yard.api), content)
    yard.jobs.clear()
    return binary


def verify(yard: Yard, binary: dict[str, Any], attempt: int = 1, *, last_try: bool = False) -> None:
    verification.verify(yard.system, id_of(binary), attempt, last_try=last_try)


def test_only_one_worker_reads(yard: Yard) -> None:
    binary = in_hashing(yard)
    once(yard, "chunk", lambda: verify(yard, binary))

    verify(yard, binary)

    assert yard.store.calls["read"] == 1
    assert see(yard.api, binary)["state"] == "signable"


def test_a_worker_that_reads_for_long_keeps_its_lease(yard: Yard) -> None:
    binary, tried = in_hashing(yard), 0

    def time_passes() -> None:
        nonlocal tried
        tried += 1
        yard.clock.pass_time(timedelta(seconds=6))
        verify(yard, binary)

    yard.store.before["chunk"] = time_passes
    verify(yard, binary)

    assert timedelta(seconds=6) * tried > LEASE
    assert yard.store.calls["read"] == 1
    assert see(yard.api, binary)["state"] == "signable"


def test_a_worker_that_looks_for_the_wrong_part_keeps_its_lease(yard: Yard) -> None:
    binary, tried = in_hashing(yard), 0
    overwrite_content(yard, binary, TWO_PARTS[:-1] + b"?")

    def time_passes() -> None:
        nonlocal tried
        if yard.store.calls["read"] == 2:
            tried += 1
            yard.clock.pass_time(timedelta(seconds=6))
            verify(yard, binary)

    yard.store.before["chunk"] = time_passes
    verify(yard, binary)

    assert timedelta(seconds=6) * tried > LEASE
    assert yard.store.calls["read"] == 2
    assert see(yard.api, binary)["verification_error"]["parts"] == [2]


def test_a_late_worker_does_not_have_the_last_word(yard: Yard) -> None:
    binary = in_hashing(yard)

    def overtake() -> None:
        yard.clock.pass_time(LEASE)
        verify(yard, binary)

    once(yard, "chunk", overtake)
    verify(yard, binary)

    assert see(yard.api, binary)["state"] == "signable"
    assert audited(yard, binary).count("binary.accept") == 1
    assert yard.store.bytes_read < 2 * len(TWO_PARTS)


def test_a_worker_that_lost_its_lease_stops_at_the_next_chunk(yard: Yard) -> None:
    binary = in_hashing(yard)

    def lose() -> None:
        yard.clock.pass_time(timedelta(seconds=6))
        patch(yard.api, binary, state="uploadable")

    once(yard, "chunk", lose)
    verify(yard, binary)

    assert yard.store.bytes_read <= 1024 * 1024
    assert see(yard.api, binary)["state"] == "uploadable"


def test_an_old_attempt_is_not_confused_with_a_new_one(yard: Yard) -> None:
    binary = in_hashing(yard, CONTENT)

    def start_anew() -> None:
        patch(yard.api, binary, state="uploadable")
        upload(yard.api, binary)
        for state in ("hashable", "hashing"):
            patch(yard.api, binary, state=state)

    once(yard, "chunk", start_anew)
    verify(yard, binary)

    before = everything(yard, binary)
    assert see(yard.api, binary)["state"] == "hashing"
    verify(yard, binary, attempt=1)
    assert everything(yard, binary) == before
    verify(yard, binary, attempt=2)
    assert see(yard.api, binary)["state"] == "signable"


def test_a_job_that_nobody_wants_any_more_changes_nothing(yard: Yard) -> None:
    version = a_version(yard.api)

    for state in ("destroyed", "signed", "signable", "hashable", "uploadable"):
        binary = brought_to(yard, state, version, target=f"for-{state}")
        before = everything(yard, binary)
        yard.store.calls.clear()

        verify(yard, binary, last_try=True)

        assert everything(yard, binary) == before
        assert yard.store.calls["read"] == 0
    gone = binary | {"prn": binary["prn"][:-4] + "ffff"}
    verify(yard, gone, last_try=True)


def test_editing_the_record_does_not_disturb_the_verification(yard: Yard) -> None:
    binary = in_hashing(yard)
    once(yard, "chunk", lambda: patch(yard.api, binary, description="edited"))

    verify(yard, binary)

    seen = see(yard.api, binary)
    assert (seen["state"], seen["description"]) == ("signable", "edited")


def test_a_binary_may_be_deleted_while_it_is_verified(yard: Yard) -> None:
    binary = in_hashing(yard)
    once(yard, "chunk", lambda: yard.api.delete(f"/binaries/{binary['prn']}"))

    verify(yard, binary)

    assert yard.api.get(f"/binaries/{binary['prn']}").status_code == 404
    assert yard.kept() == []


@pytest.mark.parametrize("call", ["read", "chunk"])
def test_a_fault_of_the_machinery_is_tried_again(yard: Yard, call: str) -> None:
    binary = in_hashing(yard)
    before = everything(yard, binary)

    for fault in (away, _broken):
        once(yard, call, fault)
        with pytest.raises((ContentUnavailable, OSError)):
            verify(yard, binary)
        assert everything(yard, binary) == before

    verify(yard, binary)
    assert see(yard.api, binary)["state"] == "signable"


def _broken() -> None:
    raise OSError(5, "input/output error")


def test_a_fault_is_reported_after_the_last_try(yard: Yard) -> None:
    binary = in_hashing(yard)
    once(yard, "chunk", _broken)

    verify(yard, binary, last_try=True)

    seen = see(yard.api, binary)
    error = seen["verification_error"]
    assert (seen["state"], error["code"]) == ("hashable", "internal")
    assert (error["computed"], error["size"], error["parts"]) == (None, None, [])
    assert patch(yard.api, binary, state="hashing").status_code == 200
    yard.work()
    assert see(yard.api, binary)["verification_error"] is None


def test_a_store_that_is_not_configured_here_is_a_fault_of_the_machinery(yard: Yard) -> None:
    binary = in_hashing(yard)
    elsewhere = replace(yard.system, stores=Stores("new", {}))

    with pytest.raises(ContentUnavailable):
        verification.verify(elsewhere, id_of(binary), 1, last_try=False)

    assert see(yard.api, binary)["state"] == "hashing"
    verify(yard, binary)
    assert see(yard.api, binary)["state"] == "signable"


def test_a_verdict_that_cannot_be_stored_is_reached_again(yard: Yard) -> None:
    binary = in_hashing(yard)

    with ExitStack() as outage:
        once(yard, "chunk", lambda: outage.enter_context(database_away(yard)))
        with pytest.raises(RecordsUnavailable):
            verify(yard, binary, last_try=True)

    assert see(yard.api, binary)["state"] == "hashing"
    yard.clock.pass_time(LEASE)
    verify(yard, binary)
    assert see(yard.api, binary)["state"] == "signable"


def test_the_work_of_a_killed_worker_is_done_when_its_lease_has_run_out(yard: Yard) -> None:
    binary = in_hashing(yard)
    once(yard, "chunk", power_cut)
    with pytest.raises(PowerCut):
        verify(yard, binary)

    verify(yard, binary)
    still = see(yard.api, binary)["state"]
    yard.clock.pass_time(LEASE)
    verify(yard, binary)

    assert still == "hashing"
    assert see(yard.api, binary)["state"] == "signable"


def test_a_queue_that_is_away_does_not_keep_a_binary_from_moving(yard: Yard) -> None:
    binary = brought_to(yard, "hashable", a_version(yard.api))

    def broken(duty: Duty, binary_id: str, attempt: int) -> None:
        raise ConnectionError(duty, binary_id, attempt)

    system = replace(yard.system, enqueue=broken)
    moved = binaries.update(system, actor_of(binary), id_of(binary), {"state": State.HASHING})

    assert moved.binary.state is State.HASHING
