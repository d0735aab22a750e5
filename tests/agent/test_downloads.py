"""Downloads: taken up where they broke, in one stream or in several, by links that may die."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from sealift.agent.arrival import arriving
from sealift.client.crew import Stopped
from sealift.client.patience import Patience
from sealift.domain.errors import Unavailable
from sealift.wire.device import Outcome
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Served

_CONTENT = os.urandom(400_000)
_KERNEL = Served("kernel", _CONTENT)
_FOR_EVER = 100  # tries; more than any test needs


def _ranges(server: LyingServer) -> list[str | None]:
    return [wanted for _, wanted in server.asked_for]


def test_one_stream_asks_for_everything_at_once(server: LyingServer, device: Device) -> None:
    server.offer = server.release(_KERNEL)

    device.check()

    assert _ranges(server) == [None]


def test_several_ranges_are_fetched_and_make_the_whole(server: LyingServer, device: Device) -> None:
    server.offer = server.release(_KERNEL)

    replace(device, parallel=4).check()

    assert sorted(map(str, _ranges(server))) == [
        "bytes=0-99999",
        "bytes=100000-199999",
        "bytes=200000-299999",
        "bytes=300000-",
    ]
    assert device.live() == {"kernel": _CONTENT}


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("status", [403, 404, 410, 500, None])
def test_a_link_that_dies_half_way_is_replaced_and_the_rest_fetched(
    server: LyingServer, device: Device, status: int | None, parallel: int
) -> None:
    server.offer = server.release(_KERNEL)
    server.links_die_after = 150_000
    server.dead_links_answer = status
    patience = Patience(tries=_FOR_EVER, first=0.001)

    checked = replace(device, parallel=parallel, patience=patience).check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": _CONTENT}
    if parallel == 1:
        begins = [int(str(wanted)[6:-1]) for wanted in _ranges(server) if wanted]
        assert set(begins) == {150_000, 300_000}  # nothing was fetched twice


@pytest.mark.parametrize("status", [404, 503, None])
def test_a_link_that_never_works_fails_the_check_and_blames_no_release(
    server: LyingServer, device: Device, status: int | None
) -> None:
    server.offer = server.release(Served("empty", b""), _KERNEL)
    server.links_die_after = 0
    server.dead_links_answer = status

    with pytest.raises(Unavailable):
        device.check()

    assert server.reports == []
    assert device.calls() == []
    assert device.state().update is None


def test_what_was_fetched_before_the_server_went_away_is_not_fetched_again(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(_KERNEL)
    server.links_die_after = 150_000
    with pytest.raises(Unavailable):
        replace(device, patience=Patience(tries=1)).check()
    server.links_die_after = None

    device.check()

    assert _ranges(server) == [None, "bytes=150000-"]
    assert device.live() == {"kernel": _CONTENT}


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_server_without_ranges_is_no_obstacle(
    server: LyingServer, device: Device, parallel: int
) -> None:
    server.offer = server.release(_KERNEL)
    server.is_without_ranges = True

    checked = replace(device, parallel=parallel).check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": _CONTENT}


def test_a_part_is_known_by_what_it_says_of_itself(server: LyingServer, device: Device) -> None:
    server.offer = server.release(_KERNEL)
    server.status_of_ranges = 200

    checked = replace(device, parallel=3).check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": _CONTENT}


def _bent(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def _cut(content: bytes) -> bytes:
    return content[:100]


@pytest.mark.parametrize("spoil", [_bent, _cut])
def test_an_earlier_download_that_is_wrong_is_found_out_and_fetched_once_more(
    server: LyingServer, device: Device, spoil: Callable[[bytes], bytes]
) -> None:
    server.offer = server.release(_KERNEL)
    server.links_die_after = 150_000
    with pytest.raises(Unavailable):
        replace(device, patience=Patience(tries=1)).check()
    server.links_die_after = None
    (part,) = (device.folder / "downloads").glob("*.part")
    part.write_bytes(spoil(part.read_bytes()))

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": _CONTENT}
    assert _ranges(server) == [None, "bytes=150000-", None]


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", '{"size": 9, "gaps": []}', '{"size": 400000, "gaps": [[5, 3]]}'],
)
def test_a_note_of_gaps_that_makes_no_sense_means_that_all_is_missing(
    server: LyingServer, device: Device, note: str
) -> None:
    server.offer = server.release(_KERNEL)
    server.links_die_after = 150_000
    with pytest.raises(Unavailable):
        replace(device, patience=Patience(tries=1)).check()
    server.links_die_after = None
    (path,) = (device.folder / "downloads").glob("*.gaps")
    path.write_text(note)

    device.check()

    assert _ranges(server) == [None, None]
    assert device.live() == {"kernel": _CONTENT}


def test_an_offer_that_changes_on_the_way_is_left_to_the_next_check(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(_KERNEL)
    server.links_die_after = 150_000

    def change_the_offer(_: float) -> None:
        server.offer = server.release(Served("kernel", b"newer"))

    with pytest.raises(Unavailable, match="the offer has changed"):
        replace(device, patience=Patience(sleep=change_the_offer)).check()
    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": b"newer"}
    assert server.reports != []


def test_a_thread_that_is_late_writes_nothing(device: Device) -> None:
    device.folder.mkdir()
    stop = threading.Event()
    with arriving(device.folder / "x.part", 10, lambda _: None) as arrival:
        (gap,) = arrival.split(1)
        arrival.fill(gap, b"12345", stop)

    with pytest.raises(Stopped):
        arrival.fill(gap, b"67890", stop)

    assert (device.folder / "x.part").read_bytes() == b"12345"
