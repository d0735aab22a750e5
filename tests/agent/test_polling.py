"""How long an agent waits: as long as the server asks for, and patiently while it is away."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from sealift.agent.checking import Checked
from sealift.agent.polling import EVERY, poll
from sealift.client.patience import Patience
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Served


class _Enough(Exception):
    pass


@dataclass
class _Clock:
    """Sleeps in no time, and has enough after a while."""

    most: int
    waits: list[float] = field(default_factory=list[float])
    told: list[Checked] = field(default_factory=list[Checked])
    failed: list[str] = field(default_factory=list[str])
    meanwhile: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.meanwhile()
        if len(self.waits) == self.most:
            raise _Enough


def _poll(device: Device, clock: _Clock) -> None:
    with (
        replace(device, patience=Patience(sleep=clock.sleep)).agent() as agent,
        pytest.raises(_Enough),
    ):
        poll(agent, clock.told.append, clock.failed.append)


@pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("999999999", 24 * 60 * 60.0)])
def test_the_server_says_how_long_to_wait(
    server: LyingServer, device: Device, asked: str, waited: float
) -> None:
    server.retry_after = asked
    clock = _Clock(2)

    _poll(device, clock)

    assert [checked.status for checked in clock.told] == ["no_update"] * 2
    assert clock.waits == [waited] * 2


def test_a_server_that_says_nothing_is_asked_every_half_hour_and_not_in_step(
    device: Device,
) -> None:
    clock = _Clock(3)

    _poll(device, clock)

    assert len(set(clock.waits)) == 3
    assert all(0.9 * EVERY <= wait <= 1.1 * EVERY for wait in clock.waits)


def test_after_an_update_the_next_one_is_asked_for_at_once(
    server: LyingServer, device: Device
) -> None:
    offers = [server.release(Served("kernel", text)) for text in (b"4", b"3", b"2")]
    server.offer = offers.pop()
    server.retry_after = "1000"

    def next_release() -> None:
        server.offer = offers.pop() if offers else server.offer

    clock = _Clock(4, meanwhile=next_release)

    _poll(device, clock)

    assert max(clock.waits[:3]) <= 2
    assert clock.waits[3] == 1000
    assert device.live() == {"kernel": b"4"}


def test_an_update_that_fails_is_not_tried_again_at_once(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(Served("kernel", b"2", signatures=[]))
    server.retry_after = "1000"
    clock = _Clock(2)

    _poll(device, clock)

    assert clock.waits == [1000, 1000]
    assert [report["outcome"] for report in server.reports] == ["failed", "failed"]


def test_a_server_that_is_away_is_asked_less_and_less_often(
    server: LyingServer, device: Device
) -> None:
    server.is_down = True
    clock = _Clock(14)

    _poll(device, clock)

    assert clock.told == []
    assert len(clock.failed) == len(clock.waits)
    assert all(later > earlier / 2 for earlier, later in pairwise(clock.waits))
    assert 2.5 <= clock.waits[0] <= 5
    assert 900 <= clock.waits[-1] <= 1800


def test_a_server_that_is_away_and_says_for_how_long_is_given_that_time(
    server: LyingServer, device: Device
) -> None:
    server.is_down = True
    server.retry_after = "300"
    clock = _Clock(1)

    _poll(device, clock)

    assert clock.waits == [300]


def test_a_server_that_comes_back_is_found(server: LyingServer, device: Device) -> None:
    server.is_down = True
    server.offer = server.release(Served("kernel", b"2"))
    clock = _Clock(3, meanwhile=lambda: setattr(server, "is_down", False))

    _poll(device, clock)

    assert [checked.outcome for checked in clock.told] == ["installed", None]
