"""The limit on how often one key may ask."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from sealift.domain.errors import TooMany
from sealift.web.rate import Rate


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_no_more() -> None:
    rate = Rate(per_second=1, burst=3, clock=Seconds())

    for _ in range(3):
        rate.take("key")

    with pytest.raises(TooMany, match="too_many_requests"):
        rate.take("key")


def test_waiting_as_long_as_told_is_enough() -> None:
    seconds = Seconds()
    rate = Rate(per_second=0.5, burst=1, clock=seconds)
    rate.take("key")
    with pytest.raises(TooMany) as refused:
        rate.take("key")

    told = refused.value.facts["seconds"]
    assert isinstance(told, int)
    seconds.now += told

    rate.take("key")


def test_one_key_does_not_use_up_another_ones_share() -> None:
    rate = Rate(per_second=1, burst=1, clock=Seconds())
    rate.take("one")

    rate.take("other")

    with pytest.raises(TooMany):
        rate.take("one")


def test_threads_that_ask_at_once_get_no_more_than_the_burst() -> None:
    rate = Rate(per_second=1, burst=100, clock=Seconds())
    refused = count()

    def ask(_number: int) -> None:
        try:
            rate.take("key")
        except TooMany:
            next(refused)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(400)))

    assert next(refused) == 300


def test_keys_not_seen_for_long_are_forgotten() -> None:
    rate = Rate(per_second=1, burst=1, clock=Seconds())

    for number in range(20_000):
        rate.take(f"key {number}")

    assert len(rate._left) <= 10_000
