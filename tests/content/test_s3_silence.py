"""When a store that does not answer is asked again, and by how many. The clock is a test's."""

from dataclasses import dataclass

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sealift.content.s3_silence import Silence
from sealift.domain.errors import ContentUnavailable

_LATE = ReadTimeoutError(endpoint_url="http://store")
_ANSWER = object()


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silence(clock: Clock) -> Silence:
    return Silence(clock)


def _may_ask(silence: Silence) -> bool:
    try:
        silence.before(request="any")
    except ContentUnavailable:
        return False
    return True


def test_a_store_that_answered_nobody_is_left_alone(silence: Silence) -> None:
    silence.after(response=None, caught_exception=_LATE)

    assert not _may_ask(silence)


def test_one_request_finds_out_whether_it_is_back(silence: Silence, clock: Clock) -> None:
    silence.after(response=None, caught_exception=_LATE)
    clock.seconds += 6

    assert [_may_ask(silence) for _ in range(3)] == [True, False, False]


def test_an_answer_lets_everybody_ask_again(silence: Silence, clock: Clock) -> None:
    silence.after(response=None, caught_exception=_LATE)
    clock.seconds += 6
    assert _may_ask(silence)

    silence.after(response=_ANSWER, caught_exception=None)

    assert [_may_ask(silence) for _ in range(3)] == [True] * 3


def test_a_single_late_answer_means_nothing_while_others_come(
    silence: Silence, clock: Clock
) -> None:
    silence.after(response=_ANSWER, caught_exception=None)
    clock.seconds += 1

    silence.after(response=None, caught_exception=_LATE)

    assert _may_ask(silence)


def test_a_store_that_refuses_at_once_holds_up_nobody(silence: Silence) -> None:
    refused = EndpointConnectionError(endpoint_url="http://store")

    silence.after(response=None, caught_exception=refused)

    assert _may_ask(silence)
