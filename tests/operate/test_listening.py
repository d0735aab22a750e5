"""What becomes of those who do not take what they asked for, on the sockets of our ports."""

import errno
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from sealift.operate.supervisor import listen

pytestmark = pytest.mark.enable_socket

_STALL = 1.0  # seconds that the listeners here have patience for
_AMPLE = 10.0


@contextmanager
def connected() -> Generator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection: the reader's, and ours."""
    with (
        listen("127.0.0.1", 0, _STALL) as listening,
        socket.create_connection(listening.getsockname(), _AMPLE) as reader,
        listening.accept()[0] as ours,
    ):
        ours.settimeout(_AMPLE)
        yield reader, ours


def fill(ours: socket.socket) -> None:
    """Send until nothing more is taken at once."""
    ours.setblocking(False)
    try:
        while True:
            ours.send(bytes(1024 * 1024))
    except BlockingIOError:
        ours.settimeout(_AMPLE)


def test_a_reader_that_takes_nothing_is_cut_off() -> None:
    with connected() as (_reader, ours):
        fill(ours)

        with pytest.raises(OSError, match="timed out") as cut:
            ours.sendall(bytes(16 * 1024 * 1024))

    assert cut.value.errno == errno.ETIMEDOUT


def test_a_slow_reader_is_not_cut_off() -> None:
    with connected() as (reader, ours):
        fill(ours)
        begun, taken = time.monotonic(), 0

        while time.monotonic() - begun < 3 * _STALL:
            time.sleep(_STALL / 4)
            taken += len(reader.recv(256 * 1024))

        ours.send(b"still there")
        assert taken > 0


def test_who_is_idle_is_not_cut_off() -> None:
    with connected() as (reader, ours):
        time.sleep(2 * _STALL)

        ours.send(b"still there")

        assert reader.recv(100) == b"still there"
