"""A store on S3 that is away, hangs or breaks off: refused soon, and fine again by itself.

The line to rclone is cut by a relay, and rclone is paused, which looks like a network that
swallows everything.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sealift.content.s3 import Patience, S3Store
from sealift.domain.errors import ContentMissing, ContentUnavailable
from tests.content.stores import a_key, an_s3_address, opened, pieces, some_bytes, stored
from tests.relay import Relay, a_relay
from tests.s3_server import S3Server

pytestmark = pytest.mark.enable_socket

_MIB = 1024**2
_HASTE = Patience(connect=1, read=1, join=1, attempts=1)
_SOON = 15  # seconds; what a call may take in the worst case, on a busy machine


@pytest.fixture
def bucket(s3_server: S3Server) -> Iterator[str]:
    with s3_server.bucket() as name:
        yield name


@pytest.fixture
def relay(s3_server: S3Server) -> Iterator[Relay]:
    with a_relay(s3_server.endpoint_url) as made:
        yield made


@pytest.fixture
def s3(s3_server: S3Server, bucket: str, relay: Relay) -> S3Store:
    """Behind the relay."""
    address = an_s3_address(s3_server, bucket)
    return S3Store(replace(address, endpoint_url=relay.url), Patience(read=5))


@pytest.fixture
def patient(s3_server: S3Server, bucket: str) -> Iterator[S3Store]:
    """A store that a test may pause; it goes on afterwards."""
    if s3_server.process is None:
        pytest.skip("only rclone can be paused")
    yield S3Store(an_s3_address(s3_server, bucket))
    s3_server.resume()


@pytest.fixture
def hasty(s3_server: S3Server, bucket: str) -> S3Store:
    """The same, by somebody who waits for a second."""
    return S3Store(an_s3_address(s3_server, bucket), _HASTE)


# --- a line that breaks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, None), (0, 5 * _MIB), (_MIB + 17, None), (17, 4 * _MIB + 1)],
)
def test_reading_goes_on_where_the_line_broke(
    s3: S3Store, relay: Relay, start: int, stop: int | None
) -> None:
    content = some_bytes(5 * _MIB)
    upload = stored(s3, content)
    relay.cut_after(_MIB // 2, _MIB, 2000, _MIB + 1)

    read = b"".join(s3.read(upload.key, start, stop))

    assert relay.cuts_to_come == 0
    assert read == content[start:stop]


def test_reading_is_given_up_where_the_line_breaks_every_time(s3: S3Store, relay: Relay) -> None:
    upload = stored(s3, some_bytes(_MIB))
    relay.cut_after(*[1500] * 100)  # which is hardly more than a head

    with pytest.raises(ContentUnavailable, match="again and again"):
        list(s3.read(upload.key))

    assert relay.cuts_to_come > 90


def test_what_was_replaced_meanwhile_is_not_read_on(
    s3: S3Store, relay: Relay, s3_server: S3Server, bucket: str
) -> None:
    upload = stored(s3, some_bytes(4 * _MIB))
    relay.cut_after(3 * _MIB)
    chunks = s3.read(upload.key)
    next(chunks)

    s3_server.client().put_object(Bucket=bucket, Key=upload.key, Body=bytes(4 * _MIB))

    with pytest.raises(ContentUnavailable):
        list(chunks)


def test_what_was_erased_meanwhile_is_missing_in_the_middle(
    s3: S3Store, relay: Relay, s3_server: S3Server, bucket: str
) -> None:
    upload = stored(s3, some_bytes(4 * _MIB))
    relay.cut_after(3 * _MIB)
    chunks = s3.read(upload.key)
    next(chunks)

    s3_server.client().delete_object(Bucket=bucket, Key=upload.key)

    with pytest.raises(ContentMissing):
        list(chunks)


def test_a_store_that_went_away_is_used_again_once_it_is_back(s3: S3Store, relay: Relay) -> None:
    upload = stored(s3, b"content")
    relay.is_away = True
    for _ in range(3):
        with pytest.raises(ContentUnavailable):
            upload.content()
    with pytest.raises(ContentUnavailable):
        upload.erase()

    relay.is_away = False

    assert upload.content() == b"content"


def test_an_answer_that_was_lost_does_not_make_the_closing_step_fail(
    s3: S3Store, relay: Relay
) -> None:
    content = some_bytes(10_000)
    upload = opened(s3)
    (piece,) = pieces(content, [10_000], placed=True)
    upload.send(piece)
    size_of_a_list = _answered(relay, lambda: s3.received(upload.key, upload.name))
    relay.cut_after(size_of_a_list + 5)  # in the answer to what comes after the list

    with pytest.raises(ContentUnavailable):
        upload.close([piece])
    upload.close([piece])

    assert upload.content() == content


def _answered(relay: Relay, call: Callable[[], object]) -> int:
    """How many bytes the answer to a call has."""
    call()  # once before, so that nothing is tried out on the way
    plenty = 1_000_000
    relay.cut_after(plenty)
    call()
    (left,) = relay._cuts
    return plenty - left


# --- a store that hangs --------------------------------------------------------------------------

_CALLS: dict[str, Callable[[S3Store], object]] = {
    "probe": lambda store: store.probe(),
    "open": lambda store: store.open(a_key()),
    "received": lambda store: store.received(a_key(), "upload"),
    "size": lambda store: store.size(a_key()),
    "read": lambda store: list(store.read(a_key())),
    "erase": lambda store: store.erase(a_key(), "upload"),
    "kept": lambda store: list(store.kept()),
    "abandon": lambda store: store.abandon(a_key(), "upload"),
}


def test_a_store_that_hangs_is_given_up_soon(
    patient: S3Store, bucket: str, s3_server: S3Server
) -> None:
    s3_server.pause()
    taken: dict[str, float] = {}

    for name, call in _CALLS.items():
        # Each by somebody who has not found out yet.
        hasty = S3Store(an_s3_address(s3_server, bucket), _HASTE)
        begun = time.monotonic()
        with pytest.raises(ContentUnavailable, match="does not answer in time"):
            call(hasty)
        taken[name] = time.monotonic() - begun

    assert max(taken.values()) < _SOON, taken
    s3_server.resume()
    patient.probe()


def test_a_store_that_was_found_to_hang_is_given_up_at_once(
    patient: S3Store, hasty: S3Store, s3_server: S3Server
) -> None:
    s3_server.pause()
    with pytest.raises(ContentUnavailable):
        hasty.probe()

    begun = time.monotonic()
    for call in _CALLS.values():
        with pytest.raises(ContentUnavailable):
            call(hasty)

    assert time.monotonic() - begun < _HASTE.read
    s3_server.resume()
    patient.probe()


def test_a_store_that_hangs_in_the_middle_is_given_up_soon(
    patient: S3Store, hasty: S3Store, s3_server: S3Server
) -> None:
    upload = stored(patient, some_bytes(32 * _MIB))
    chunks = hasty.read(upload.key)
    next(chunks)
    s3_server.pause()

    begun = time.monotonic()
    with pytest.raises(ContentUnavailable):
        list(chunks)

    assert time.monotonic() - begun < _SOON


def test_a_pause_in_the_middle_that_is_short_enough_is_waited_for(
    patient: S3Store, s3_server: S3Server
) -> None:
    content = some_bytes(32 * _MIB)
    upload = stored(patient, content)
    chunks = patient.read(upload.key)
    first = next(chunks)
    s3_server.pause()
    time.sleep(0.5)
    s3_server.resume()

    assert first + b"".join(chunks) == content


def test_a_closing_step_that_hung_is_finished_by_the_next(
    patient: S3Store, hasty: S3Store, s3_server: S3Server
) -> None:
    content = some_bytes(10_000)
    (piece,) = pieces(content, [10_000], placed=True)
    upload = opened(patient)
    upload.send(piece)
    s3_server.pause()
    with pytest.raises(ContentUnavailable):
        hasty.close(upload.key, upload.name, [piece.place])

    s3_server.resume()
    upload.close([piece])

    assert upload.content() == content
