"""One process per door, watched by one that does nothing else.

The supervisor binds the ports itself and hands the sockets down, so a restarted door loses
no connection that waits. Each child holds one end of a socket pair: it says "ready" on it,
and when the other end closes because the supervisor is gone, however it went, the child
ends at once.

A dead child is started again with back-off; three deaths within a minute end everything.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

_DEATHS: Final = 3
_WITHIN_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 30.0
_BACK_OFF_SECONDS: Final = 0.25
_LONGEST_STALL: Final = 60.0  # seconds; as long as a sender's silence is waited for

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """How a child is started; `--lifeline` and its descriptor are appended."""

    name: str
    command: Sequence[str]
    sockets: Sequence[socket.socket] = ()


@dataclass(slots=True)
class _Child:
    door: Door
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    is_ready: bool = False
    wait: float = _BACK_OFF_SECONDS
    start_at: float = 0.0  # monotonic; when it runs, since when


def listen(host: str, port: int, longest_stall: float = _LONGEST_STALL) -> socket.socket:
    """Bind and listen. Refuses (OSError) a port that somebody else has: it is never shared.

    Who takes nothing of an answer for `longest_stall` seconds is cut off, and so is who is
    gone without a word. The kernel does it, since it alone knows what arrives: a limit on
    what we hand to it would cut slow readers, and leave it holding what it has of others.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Each connection inherits it.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(longest_stall * 1000))
        made.bind((host, port))
        made.listen(1024)
    except OSError:
        made.close()
        raise
    return made


def supervise(doors: Sequence[Door], ready: Callable[[], None]) -> int:
    """Run until SIGTERM, SIGINT or too many deaths; the exit status. `ready` is called once."""
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    children = [_Child(door) for door in doors]
    try:
        return _watch(children, stop, ready)
    finally:
        _end(children)


def _watch(children: list[_Child], stop: threading.Event, ready: Callable[[], None]) -> int:
    announced = False
    deaths: deque[float] = deque(maxlen=_DEATHS)
    while not stop.is_set():
        for child in children:
            if child.process is None and child.start_at <= time.monotonic():
                _start(child)
            elif child.process is not None and child.process.poll() is not None:
                deaths.append(time.monotonic())
                _bury(child)
        if len(deaths) == _DEATHS and deaths[-1] - deaths[0] < _WITHIN_SECONDS:
            _log.error("%d deaths within a minute; giving up", _DEATHS)
            return 1
        _hear(children)
        if not announced and all(child.is_ready for child in children):
            announced = True
            ready()
    return 0


def _start(child: _Child) -> None:
    ours, theirs = socket.socketpair()
    descriptors = [theirs.fileno(), *(each.fileno() for each in child.door.sockets)]
    command = [*child.door.command, "--lifeline", str(theirs.fileno())]
    child.process = subprocess.Popen(command, pass_fds=descriptors, stdin=subprocess.DEVNULL)
    theirs.close()
    child.lifeline = ours


def _bury(child: _Child) -> None:
    """Plan the next start of a dead child, later each time."""
    now, status = time.monotonic(), child.process.returncode if child.process else None
    if child.lifeline is not None:
        child.lifeline.close()
    child.process, child.lifeline, child.is_ready = None, None, False
    if now - child.start_at > _WITHIN_SECONDS:
        child.wait = _BACK_OFF_SECONDS
    child.start_at = now + child.wait
    _log.warning("%s died (%s); it starts again in %.2f s", child.door.name, status, child.wait)
    child.wait *= 2


def _hear(children: list[_Child]) -> None:
    """Wait a moment for a child to say that it is ready, or to die."""
    silent = [c.lifeline for c in children if c.lifeline is not None and not c.is_ready]
    heard, _, _ = select.select(silent, [], [], 0.1)
    for child in children:
        if child.lifeline is not None and child.lifeline in heard:
            child.is_ready = child.lifeline.recv(16) == b"ready"
    if heard and not any(child.is_ready for child in children):
        time.sleep(0.05)  # a child that dies while starting: do not spin until it is reaped


def _end(children: list[_Child]) -> None:
    """Let the children finish what they have in hand, and not outlive us."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _DRAIN_SECONDS
    for process in running:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            _log.warning("a door did not drain in time and is killed")
            process.kill()
            process.wait()


def hold(lifeline: int) -> Callable[[], None]:
    """In a child: end at once when the supervisor is gone. Returns what says "ready"."""
    # Ctrl-C reaches the whole group; the supervisor alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=lifeline)

    def watch() -> None:
        with contextlib.suppress(OSError):
            connection.recv(1)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    return lambda: connection.sendall(b"ready")
