"""The figures of a real server: those of the worker too, which is a process of its own."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.journeys.racing import CONTENT
from tests.journeys.test_logs import Life
from tests.server import a_server

_WITHIN = 30  # seconds


def eventually(client: httpx.Client, is_told: Callable[[str], bool]) -> str:
    """The figures once they tell this."""
    deadline = time.monotonic() + _WITHIN
    while not is_told(text := client.get("/metrics").text):
        assert time.monotonic() < deadline, text
        time.sleep(0.2)
    return text


def test_what_the_worker_did_is_told_and_outlives_it(tmp_path: Path) -> None:
    accepted = 'sealift_verifications_total{outcome="accepted"} 1.0'
    read = f'sealift_verifications_bytes_total{{outcome="accepted"}} {float(len(CONTENT))}'
    with a_server(tmp_path) as server, server.client() as client:
        life = Life(client)
        life.move(life.uploaded(), "hashing")

        first = eventually(client, lambda text: accepted in text)
        os.kill(_worker(server.process.pid), signal.SIGKILL)
        second = eventually(client, lambda text: 'door="worker"' in text)

    assert read in first
    assert accepted in second


def test_memory_and_descriptors_of_each_door_are_told(tmp_path: Path) -> None:
    with a_server(tmp_path) as server, server.client() as client:
        text = client.get("/metrics").text

    for name in ("resident_memory_bytes", "cpu_seconds_total", "open_fds", "start_time_seconds"):
        assert f'process_{name}{{door="http"}}' in text
        assert f'process_{name}{{door="worker"}}' in text


def _worker(supervisor: int) -> int:
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    commands = {int(each): Path(f"/proc/{each}/cmdline").read_text() for each in children}
    return next(number for number, command in commands.items() if "door-worker" in command)
