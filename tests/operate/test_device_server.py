"""How the device door treats those who say nothing, too much, or not what they should."""

import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.certificates import issue
from tests.device_door import DeviceDoor, a_device_door, a_line, answer_on

pytestmark = pytest.mark.enable_socket

_DEVICE: Final = issue("device-1")
_SHORT: Final = {"handshake": 0.8, "head": 0.8, "between": 1, "close": 0.2}
_ASK: Final = b"GET /echo HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeviceDoor]:
    """It loses its patience soon."""
    with a_device_door(tmp_path_factory.mktemp("door"), _DEVICE, patience=_SHORT) as made:
        yield made


def _said_on(door: DeviceDoor, *pieces: bytes, every: float = 0.0) -> bytes:
    """What comes back on a line of a device until the door closes it."""
    with a_line(door, door.context(_DEVICE)) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(every)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer


def test_a_line_without_a_handshake_is_closed(door: DeviceDoor) -> None:
    with socket.create_connection(("127.0.0.1", door.port), 5) as line:
        assert line.recv(1) == b""


def test_a_line_without_a_request_is_closed(door: DeviceDoor) -> None:
    assert _said_on(door) == b""


def test_a_head_that_does_not_end_is_not_waited_for(door: DeviceDoor) -> None:
    begun = time.monotonic()

    with a_line(door, door.context(_DEVICE)) as line:
        line.sendall(b"GET /echo HTTP/1.1\r\n")
        with pytest.raises(OSError, match=r".*"):  # noqa: PT012 - it has to be tried on and on
            while time.monotonic() - begun < 10:
                line.sendall(b"x: y\r\n")
                time.sleep(0.05)

    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("piece", [b"x" * 1000, b"x: y\r\n" * 170], ids=["one", "many"])
def test_a_head_that_is_too_large_is_refused(door: DeviceDoor, piece: bytes) -> None:
    said = _said_on(door, b"GET /echo HTTP/1.1\r\nx: ", *[piece] * 70)

    assert said.startswith(b"HTTP/1.1 431 ")


def test_a_line_is_kept_between_requests_and_closed_when_none_comes(door: DeviceDoor) -> None:
    with a_line(door, door.context(_DEVICE)) as line:
        answers: list[bytes] = []
        for _ in range(3):
            line.sendall(_ASK)
            answers.append(answer_on(line))
        begun = time.monotonic()
        end = line.recv(1)

    assert all(each.startswith(b"HTTP/1.1 200 ") for each in answers)
    assert end == b""
    assert time.monotonic() - begun < 5


def test_a_body_may_be_larger_than_a_head(door: DeviceDoor) -> None:
    with door.client(_DEVICE) as client:
        assert client.post("/echo", content=bytes(1_000_000)).json()["size"] == 1_000_000


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n\r\nnothing\r\n\r\n",
        b"GET http://elsewhere:port/ HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(door: DeviceDoor, said: bytes) -> None:
    answer = _said_on(door, said)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert door.lets_in(_DEVICE)


def test_a_websocket_is_not_spoken(door: DeviceDoor) -> None:
    with door.client(_DEVICE) as client:
        headers = {"connection": "upgrade", "upgrade": "websocket"}
        answer = client.get("/echo", headers=headers)

    assert answer.status_code == 200


def test_many_may_wait_at_once(door: DeviceDoor) -> None:
    context = door.context(_DEVICE)

    def ask(_number: int) -> bool:
        with a_line(door, context) as line:
            line.sendall(_ASK)
            return answer_on(line).startswith(b"HTTP/1.1 200 ")

    with ThreadPoolExecutor(32) as crowd:
        assert all(crowd.map(ask, range(200)))


def test_a_line_that_waits_costs_little(tmp_path: Path) -> None:
    with a_device_door(tmp_path, _DEVICE) as door, ExitStack() as lines:
        context, before = door.context(_DEVICE), _resident(door.process.pid)
        for _ in range(100):
            lines.enter_context(a_line(door, context))
        each = (_resident(door.process.pid) - before) / 100

    assert each < 100 * 1024


def _resident(process_id: int) -> int:
    """Bytes of memory."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_requests_in_hand_are_finished_and_those_who_wait_are_let_go(tmp_path: Path) -> None:
    with a_device_door(tmp_path, _DEVICE) as door, door.client(_DEVICE) as idle:
        idle.get("/echo").raise_for_status()
        with a_line(door, door.context(_DEVICE)) as busy:
            busy.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab")
            time.sleep(0.1)
            door.process.terminate()
            time.sleep(0.2)
            with pytest.raises(httpx.TransportError):
                door.ask(_DEVICE)
            busy.sendall(b"cd")
            answer = answer_on(busy)
        begun = time.monotonic()
        door.process.wait(10)

    assert b'"size":4' in answer
    assert time.monotonic() - begun < 5
