"""How long a body is waited for, how much of it is read, and what is said of the rest."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from sealift.domain.errors import SenderSilent, TooLarge
from sealift.web.limits import CloseUnread, limited
from tests.web.asking import a_request, asked

LENGTH = {"content-length": "10"}


def a_body(*pieces: bytes, pause: float = 0.0, ends: bool = True) -> Receive:
    """The pieces with a pause before each; a body that does not end falls silent."""
    left = list(pieces)

    async def receive() -> Message:
        await asyncio.sleep(pause)
        if not left:
            await asyncio.Event().wait()
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left) or not ends}

    return receive


def read(receive: Receive, silence: float = 5.0, largest: int | None = None) -> bytes:
    request = Request(a_request("PUT", "/"), receive)
    return asyncio.run(limited(request, silence, largest).body())


def test_a_sender_that_falls_silent_is_given_up() -> None:
    for pieces in ([], [b"half"]):
        with pytest.raises(SenderSilent, match=r"no byte of the body came for 0\.01 s"):
            read(a_body(*pieces, ends=False), silence=0.01)


def test_slow_is_not_silent() -> None:
    pieces = [b"a", b"b", b"c", b"d"]

    assert read(a_body(*pieces, pause=0.1), silence=0.3) == b"abcd"


def test_a_body_is_read_up_to_the_limit_and_no_further() -> None:
    assert read(a_body(b"12345", b"67890"), largest=10) == b"1234567890"

    with pytest.raises(TooLarge):
        read(a_body(b"12345", b"67890", b"1", ends=False), largest=10)


def test_without_a_limit_anything_is_read() -> None:
    assert len(read(a_body(*[bytes(1024)] * 64))) == 65_536


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    await Request(scope, receive).body()
    await PlainTextResponse("read")(scope, receive, send)


async def reads_one_piece(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await PlainTextResponse("enough")(scope, receive, send)


async def reads_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("no")(scope, receive, send)


@pytest.mark.parametrize("app", [reads_one_piece, reads_nothing])
@pytest.mark.parametrize("headers", [LENGTH, {"transfer-encoding": "chunked"}])
def test_a_client_is_told_that_the_rest_of_its_body_ends_the_connection(
    app: CloseUnread, headers: dict[str, str]
) -> None:
    request = a_request("POST", "/", headers)

    answer = asyncio.run(asked(CloseUnread(app), request, a_body(b"12345", b"67890")))

    assert answer.headers["connection"] == "close"


def test_a_connection_whose_body_was_read_goes_on() -> None:
    request = a_request("POST", "/", LENGTH)

    answer = asyncio.run(asked(CloseUnread(reads_all), request, a_body(b"12345", b"67890")))

    assert "connection" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}])
def test_a_connection_of_a_request_without_a_body_goes_on(headers: dict[str, str]) -> None:
    request = a_request("GET", "/", headers)

    answer = asyncio.run(asked(CloseUnread(reads_nothing), request, a_body(b"")))

    assert "connection" not in answer.headers
