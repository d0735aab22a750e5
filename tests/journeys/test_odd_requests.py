"""Requests that no client would send, to a real server: it refuses them and goes on.

What comes in this form never reaches the tests that call the application in their own process.
"""

import json
import re
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.document import Case, ask, for_every_operation
from tests.fuzz.promises import Answer, assert_kept, tries
from tests.server import KEY, Server, a_server

_ALIVE: Final = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
_PATIENCE: Final = 0.3  # seconds; some requests wait for more of a body, which never comes
_TARGETS: Final = [
    b"/artifacts", b"/users/me", b"/healthz", b"/content/disk/key", b"/content/disk/key/parts/1",
    b"/artifacts/%00", b"/artifacts/%ff%fe", b"/artifacts/\xff", b"/artifacts/\xc3\xa9", b"*", b"",
    b"/artifacts/\0", b"/artifacts/%ed%a0%80", b"/artifacts/%zz", b"//artifacts", b"/../artifacts",
    b"/content/%2e%2e/%2e%2e/etc/passwd", b"http://elsewhere/users/me", b"/artifacts?search=\xff",
    b"/artifacts?search=%00&page=%ff", b"/artifacts?" + b"&" * 5000, b"/" + b"a" * 70_000, b"/#x",
]  # fmt: skip
_METHODS: Final = [
    b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT",
    b"LOCK", b"get", b"G@T", b"", b"\xff", b"A" * 5000, b"PRI",
]  # fmt: skip
_VERSIONS: Final = [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"", b"\xff"]
_HEADERS: Final = [
    b"host: x", b"host: x", b"authorization: Bearer " + KEY.encode(),
    b"authorization: Bearer " + KEY.encode(), b"content-type: application/json",
    b"content-length: 2", b"content-length: 5", b"content-length: -1", b"content-length: +2",
    b"content-length: 2.0", b"content-length: " + b"9" * 30, b"content-length: 9223372036854775807",
    b"transfer-encoding: chunked", b"transfer-encoding: gzip", b"transfer-encoding: \xff",
    b"expect: 100-continue", b"expect: more", b"x-api-version: 2", b"x-api-version: \xff",
    b"authorization: \xff\xfe", b"authorization: Bearer", b"x: a\0b", b"x: \xff\xfe", b"x y: z",
    b"no colon", b"x: folded\r\n again", b"x: " + b"b" * 70_000, b"x: " + b"b" * 1_000_000,
    b"range: bytes=0-", b"if-none-match: \xff", b"upgrade: websocket\r\nconnection: upgrade",
    b"content-encoding: gzip", b"content-type: \xff/\xfe", b"peridio-request-id: \xff", b": x",
]  # fmt: skip
_BODIES: Final = [
    b"", b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"zz\r\n{}\r\n", b"ffffffffffffffffff\r\n", b"\xff" * 100,
    b"2\r\n{}\r\n0\r\nx: y\r\n\r\n", b"{}GET /healthz HTTP/1.1\r\n\r\n", b"\r\n" * 20,
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("odd-requests")
    with a_server(folder) as made:
        yield made
    log = (folder / "log").read_text(errors="replace")
    assert "Traceback" not in log
    assert "a bug answered" not in log


def _answered(server: Server, sent: bytes, patience: float = 30) -> bytes:
    """The first answer, whole, or what came of it before `patience` ended."""
    address = urlsplit(server.base_url)
    place = (str(address.hostname), address.port or 80)
    received = b""
    with socket.create_connection(place, timeout=patience) as connection:
        try:
            connection.sendall(sent)
            while not _is_whole(received) and (piece := connection.recv(65_536)):
                received = (received + piece).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        except (TimeoutError, ConnectionError):
            pass
    return received


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
    return end != b"" and len(body) >= (int(length[1]) if length else 0)


def _read(answer: bytes, method: str) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    headers = dict(field.decode("latin-1").lower().split(": ", 1) for field in fields)
    length = int(headers.get("content-length", "0"))
    return Answer(int(line.split()[1]), headers, body[:length], method)


@tries(250)
@given(
    method=st.sampled_from(_METHODS),
    target=st.sampled_from(_TARGETS),
    version=st.sampled_from(_VERSIONS),
    headers=st.lists(st.sampled_from(_HEADERS), max_size=6),
    body=st.sampled_from(_BODIES),
)
def test_no_request_breaks_the_server(
    server: Server, method: bytes, target: bytes, version: bytes, headers: list[bytes], body: bytes
) -> None:
    line = b" ".join([method, target, version])

    answer = _answered(server, b"\r\n".join([line, *headers, b"", body]), _PATIENCE)

    if not _is_whole(answer):
        return
    if b"\r\nperidio-request-id: " in answer:
        assert_kept(_read(answer, method.decode("latin-1")))
    else:
        # Refused before it was a request: by the server, which says no more than a status.
        assert _read(answer, "HEAD").status in {400, 408, 413, 414, 431, 501, 505}, answer


@tries(60)
@given(noise=st.binary(min_size=1, max_size=200), tail=st.sampled_from([b"", b"\r\n\r\n", b"\n\n"]))
def test_noise_is_no_request(server: Server, noise: bytes, tail: bytes) -> None:
    answer = _answered(server, noise + tail, _PATIENCE)

    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert _answered(server, _ALIVE).startswith(b"HTTP/1.1 200")


def test_who_sends_broken_chunks_is_told(server: Server) -> None:
    head = b"POST /artifacts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + KEY.encode()

    answer = _answered(server, head + b"\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n")

    found = _read(answer, "POST")
    assert (found.status, json.loads(found.content)["code"]) == (400, "request.incomplete")


@for_every_operation()
@tries(2)
def test_a_real_server_answers_as_documented(case: Case, server: Server) -> None:
    answer = ask(case, {"authorization": f"Bearer {KEY}"}, server.base_url)

    assert_kept(answer)
