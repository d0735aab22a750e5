"""One request and its answer, from a server that may be anybody's.

An answer has to be whole in time, and small. A limit on each silence alone would let a server
that sends a byte now and then keep the agent for ever; asyncio can give up at any point, from
the name of the server to the last byte. Such a request has a line of its own.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)  # seconds without a byte


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one answer. The largest bundle has 10 MB of metadata."""

    size: int = 16 * 1024**2  # bytes
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, Sequence[str]] | None = None
    json: Mapping[str, object] | None = None


class Unusable(Exception):
    """The answer is not one that is read to its end."""


def ask(question: Question, trust: ssl.SSLContext, limits: Limits) -> httpx.Response:
    """The answer, whole. Raises Unusable, OSError, and what httpx raises."""
    try:
        return asyncio.run(_asked(question, trust, limits))
    except TimeoutError as error:
        raise Unusable(f"no whole answer within {limits.seconds:g} seconds") from error


async def _asked(question: Question, trust: ssl.SSLContext, limits: Limits) -> httpx.Response:
    headers = {**question.headers, "accept-encoding": "identity"}
    async with (
        asyncio.timeout(limits.seconds),
        httpx.AsyncClient(verify=trust, timeout=_TIMEOUT) as client,
        client.stream(
            question.method,
            question.url,
            headers=headers,
            params=question.params,
            json=question.json,
        ) as answer,
    ):
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise Unusable("the answer is packed, which was not asked for")
        content = bytearray()
        async for piece in answer.aiter_raw():
            content += piece
            if len(content) > limits.size:
                raise Unusable(f"the answer is longer than {limits.size} bytes")
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            content=bytes(content),
            request=answer.request,
        )
