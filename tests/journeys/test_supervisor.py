"""The supervisor and its doors, as real processes that get real signals."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_READY = re.compile(r"sealift is ready at http://127\.0\.0\.1:(\d+)")
_WITHIN = 30  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    process: subprocess.Popen[str]
    port: int

    def children(self) -> list[int]:
        """Process ids of the doors, by their place in the kernel's own list."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text().split()]

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_WITHIN)
        with closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status


@contextmanager
def a_server(folder: Path, *options: str) -> Generator[Running]:
    command = [sys.executable, "-m", "sealift.main", "serve", "--data-dir", str(folder)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--without-device-door", *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        found = next(found for line in process.stderr if (found := _READY.search(line)))
        yield Running(process, int(found[1]))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def is_running(process_id: int) -> bool:
    """False for what has ended, though nobody may have asked for its status yet."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(tmp_path: Path, number: signal.Signals) -> None:
    with a_server(tmp_path) as server:
        doors = server.children()
        assert len(doors) == 2

        server.process.send_signal(number)

        assert server.process.wait(_WITHIN) == 0
        assert not any(is_running(door) for door in doors)


def test_the_doors_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        doors = server.children()

        server.process.kill()

        assert eventually(lambda: not any(is_running(door) for door in doors))


def test_a_dead_door_is_started_again_on_the_same_port(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        http_door = server.children()[0]

        os.kill(http_door, signal.SIGKILL)

        assert server.get("/healthz") == 200  # waited in the socket that the supervisor holds
        assert http_door not in server.children()


def test_three_deaths_in_a_minute_end_everything_with_status_one(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        for _ in range(3):
            assert eventually(lambda: len(server.children()) == 2)
            os.kill(server.children()[0], signal.SIGKILL)
            victims = server.children()
            assert eventually(lambda seen=victims: server.children() != seen or ended(server))

        assert server.process.wait(_WITHIN) == 1


def ended(server: Running) -> bool:
    return server.process.poll() is not None


def test_a_port_that_is_taken_is_refused_and_not_shared(tmp_path: Path) -> None:
    with a_server(tmp_path / "first") as first:
        second = subprocess.run(
            [
                *(sys.executable, "-m", "sealift.main", "serve"),
                *("--data-dir", str(tmp_path / "second"), "--port", str(first.port)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN,
        )

        assert second.returncode == 1
        assert f"port {first.port}" in second.stderr


def test_others_cannot_reach_it_without_tls_unless_that_is_said(tmp_path: Path) -> None:
    refused = subprocess.run(
        [
            *(sys.executable, "-m", "sealift.main", "serve"),
            *("--data-dir", str(tmp_path), "--host", "::", "--port", "0"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN,
    )

    assert refused.returncode == 1
    assert "--insecure" in refused.stderr


def test_without_a_worker_there_is_one_door(tmp_path: Path) -> None:
    with a_server(tmp_path, "--without-worker") as server:
        assert len(server.children()) == 1
