"""Devices are asked to come back after a while, and not all at the same time."""

from datetime import timedelta

import pytest

from sealift.device_api.pace import Pace


@pytest.mark.parametrize(("own", "mean"), [(None, 1800), (60, 60)])
def test_the_wait_is_about_what_was_set(own: int | None, mean: int) -> None:
    pace = Pace(timedelta(minutes=30), jitter=0.1)

    found = {pace.seconds(own) for _ in range(500)}

    assert 0.9 * mean <= min(found) < max(found) <= 1.1 * mean
    assert len(found) > 5


def test_nobody_is_asked_to_come_back_at_once() -> None:
    assert Pace(timedelta(seconds=1), jitter=1).seconds(None) >= 1
