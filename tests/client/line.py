"""The line between a client and a yard: it remembers what went over it, and can fail.

A fault is asked before a request is passed on; it may answer in the server's place or raise
what a broken line raises. After each request the worker does what was enqueued, unless it
is told to rest.
"""

import threading
from collections.abc import Callable
from typing import TypeAlias

import httpx

from sealift.client.client import Client
from sealift.client.patience import Patience
from tests.yard import BASE_URL, Yard

Fault: TypeAlias = Callable[[httpx.Request], httpx.Response | None]


class Line(httpx.BaseTransport):
    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        self.key = str(yard.api.headers["authorization"]).removeprefix("Bearer ")
        self.works = True
        self.faults: list[Fault] = []
        self.sent: list[httpx.Request] = []
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def client(self) -> Client:
        """A client that does not really wait, but says how long it would have."""
        return Client(
            BASE_URL,
            self.key,
            transport=self,
            patience=Patience(first=0.01, sleep=self.waits.append),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        with self._lock:
            self.sent.append(request)
        for fault in self.faults:
            if (answer := fault(request)) is not None:
                return _still_to_be_read(answer)
        answer = self.passed_on(request, content)
        if self.works:
            self.yard.work()
        return _still_to_be_read(answer)

    def passed_on(self, request: httpx.Request, content: bytes) -> httpx.Response:
        """What the yard answers to this request with this content."""
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        answer = self.yard.anybody.request(
            request.method, str(request.url), headers=headers, content=content
        )
        return httpx.Response(
            answer.status_code, headers=list(answer.headers.items()), content=answer.content
        )

    def parts_sent(self) -> list[int]:
        """Indexes of the parts whose bytes went over the line, in order."""
        return sorted(
            int(request.url.path.rpartition("/")[2])
            for request in self.sent
            if request.method == "PUT" and request.url.path.startswith("/content/")
        )


def _still_to_be_read(answer: httpx.Response) -> httpx.Response:
    """As it comes from a real line: an answer made from bytes counts as read already."""
    if not answer.is_stream_consumed:
        return answer
    body = httpx.ByteStream(answer.content)
    return httpx.Response(answer.status_code, headers=answer.headers, stream=body)


def once(fault: Fault) -> Fault:
    """`fault`, until it has done something."""
    done: list[bool] = []

    def guarded(request: httpx.Request) -> httpx.Response | None:
        if done:
            return None
        answer = fault(request)
        if answer is not None:
            done.append(True)
        return answer

    return guarded


def when(method: str, path_begins: str, answer: Callable[[httpx.Request], httpx.Response]) -> Fault:
    """`answer` in the server's place, for requests of this method and path."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        is_meant = request.method == method and request.url.path.startswith(path_begins)
        return answer(request) if is_meant else None

    return fault
