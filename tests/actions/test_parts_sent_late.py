"""A part that is sent once more, just while somebody finishes the upload, spoils nothing."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from httpx2 import Response

from tests.faults import once
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    declare_part,
    part_headers,
    patch,
    see,
    send_part,
)

pytestmark = pytest.mark.on_disk

WITHIN = 20  # seconds


@pytest.fixture
def threads() -> Generator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def send(yard: Yard, link: str) -> Response:
    return yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))


class Late:
    """A second sending of the part, stopped after it looked at the records."""

    def __init__(self, yard: Yard, threads: ThreadPoolExecutor, link: str) -> None:
        self._may_go_on = Event()
        is_there = Event()

        def stop() -> None:
            is_there.set()
            self._may_go_on.wait(WITHIN)

        once(yard, "receive", stop)
        self._answer: Future[Response] = threads.submit(send, yard, link)
        assert is_there.wait(WITHIN)

    def go_on(self, _answer: object = None) -> None:
        """To its end. Fits before a call of the store, and after it."""
        self._may_go_on.set()
        self.answer()

    def answer(self) -> Response:
        return self._answer.result(WITHIN)


def becomes_signable(yard: Yard, binary: dict[str, Any]) -> bool:
    patch(yard.api, binary, state="hashing")
    yard.work()
    return see(yard.api, binary)["state"] == "signable"


def test_what_was_joined_is_not_taken_for_lost(yard: Yard, threads: ThreadPoolExecutor) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    assert send(yard, link).status_code == 200
    late = Late(yard, threads, link)
    yard.store.after["close"] = late.go_on

    finished = patch(yard.api, binary, state="hashable")

    assert finished.status_code == 200
    assert late.answer().status_code == 409
    assert becomes_signable(yard, binary)


def test_what_is_being_joined_is_not_cut_short(yard: Yard, threads: ThreadPoolExecutor) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    send_part(yard.api, binary, 1, CONTENT[:5])
    link = declare_part(yard.api, binary, 1, CONTENT)  # does not fit the cut: a file of its own
    assert send(yard, link).status_code == 200
    late = Late(yard, threads, link)
    yard.store.before["close"] = late.go_on

    finished = patch(yard.api, binary, state="hashable")

    assert finished.status_code == 200
    assert late.answer().status_code == 409
    assert becomes_signable(yard, binary)
