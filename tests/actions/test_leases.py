"""A claim is kept alive for as long as the work takes, and no longer."""

import threading
from datetime import timedelta

import pytest

from sealift.actions.leases import kept_alive
from sealift.domain.errors import RecordsUnavailable

OFTEN = timedelta(milliseconds=1)
PATIENCE = 10  # seconds


def test_a_claim_is_prolonged_until_the_work_is_done() -> None:
    prolonged, thrice = threading.Semaphore(0), 0

    def prolong() -> bool:
        prolonged.release()
        return True

    with kept_alive(prolong, OFTEN):
        thrice = sum(prolonged.acquire(timeout=PATIENCE) for _ in range(3))

    assert thrice == 3
    assert "claim" not in {thread.name for thread in threading.enumerate()}


def test_a_lost_claim_is_not_prolonged_again() -> None:
    calls, ended = 0, False

    def prolong() -> bool:
        nonlocal calls
        calls += 1
        return False

    with kept_alive(prolong, OFTEN):
        keeper = next(each for each in threading.enumerate() if each.name == "claim")
        keeper.join(PATIENCE)
        ended = not keeper.is_alive()

    assert (calls, ended) == (1, True)


def test_a_database_that_is_away_for_a_moment_does_not_end_the_claim() -> None:
    calls, again = 0, threading.Event()

    def prolong() -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RecordsUnavailable("away")
        again.set()
        return True

    with kept_alive(prolong, OFTEN):
        is_tried_again = again.wait(PATIENCE)

    assert is_tried_again


def test_the_claim_ends_with_work_that_fails() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kept_alive(lambda: True, OFTEN):
        fail()

    assert "claim" not in {thread.name for thread in threading.enumerate()}
