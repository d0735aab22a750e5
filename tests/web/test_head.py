"""What HEAD is answered with."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from sealift.web.head import NoBodyForHead


async def speaking(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    await PlainTextResponse(f"hello {request.url.path}")(scope, receive, send)


def answered(method: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "headers": [],
        "query_string": b"",
    }
    asyncio.run(NoBodyForHead(speaking)(scope, receive, send))
    return sent


def test_an_answer_to_head_says_how_long_it_would_be_and_sends_nothing() -> None:
    start, body = answered("HEAD")

    assert (b"content-length", b"7") in start["headers"]
    assert body["body"] == b""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_answers_keep_their_body(method: str) -> None:
    assert answered(method)[1]["body"] == b"hello /"
