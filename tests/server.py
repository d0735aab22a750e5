"""A real Sealift for tests: `sealift serve` in processes of its own, on a free port.

    with a_server(tmp_path) as server, server.client() as client:
        client.get("/binaries")

When the block begins the server takes requests. When it ends the server is told to (SIGTERM),
and must do so by itself, soon, and with status 0, unless the test has killed it.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

KEY: Final = "key-of-the-tests"

_READY: Final = re.compile(r"sealift is ready at (\S+)")
_DEVICES: Final = re.compile(r"devices are served at ([^\s,]+)")
_READY_WITHIN: Final = 60  # seconds
_ENDED_WITHIN: Final = 40  # seconds
_KILLED: Final = -9  # the status of who was killed


class ServerFailed(Exception):
    """It did not start, or not end as it should; carries what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    base_url: str
    key: str  # of an admin of the organization `default`
    data_dir: Path
    process: subprocess.Popen[bytes]  # the supervisor; its doors end with it
    device_url: str | None = None  # of a server with a door for devices

    @property
    def device_authority(self) -> Path:
        """What devices trust its door by, if it was given no certificate."""
        return self.data_dir / "device-tls" / "ca.pem"

    def client(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=30)

    def kill(self) -> None:
        """As a loss of power would; the block may go on without the server."""
        self.process.kill()
        self.process.wait()


@contextmanager
def a_server(
    data_dir: Path,
    *,
    database: str | None = None,
    environment: Mapping[str, str] | None = None,
    without_worker: bool = False,
    for_devices: bool = False,
    under: Sequence[str] = (),
) -> Generator[Server]:
    """`database` is a URL; none: SQLite in `data_dir`. `environment` has further settings.

    `for_devices` opens the door for devices, too.

    `under` is the beginning of a command that goes on as the server, such as a tracer's.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "log"
    settings = {"SEALIFT_BOOTSTRAP_API_KEY": KEY, **(environment or {})}
    if database is not None:
        settings["SEALIFT_DATABASE"] = database
    command = [*under, sys.executable, "-m", "sealift.main", "serve", "--data-dir", str(data_dir)]
    command += ["--port", "0", *(["--without-worker"] if without_worker else [])]
    command += ["--device-port", "0"] if for_devices else ["--without-device-door"]
    with log.open("ab") as output:
        begins = output.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment() | settings,
        )
    try:
        said = _when_ready(process, log, begins)
        key, devices = settings["SEALIFT_BOOTSTRAP_API_KEY"], _DEVICES.search(said)
        device_url = devices[1] if devices else None
        yield Server(_READY.findall(said)[0], key, data_dir, process, device_url)
    finally:
        status = _ended(process)
    if status not in {0, _KILLED}:
        raise ServerFailed(f"ended with status {status}:\n{log.read_text()}")


def _environment() -> dict[str, str]:
    """What the tests were started with, but for settings that somebody has for himself."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEALIFT_")}


def _when_ready(process: subprocess.Popen[bytes], log: Path, begins: int) -> str:
    deadline = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        said = log.read_text()[begins:]
        if _READY.search(said) is not None:
            return said
        time.sleep(0.05)
    raise ServerFailed(f"is not ready:\n{log.read_text()[begins:]}")


def _ended(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    try:
        return process.wait(_ENDED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ServerFailed(f"did not end within {_ENDED_WITHIN} seconds") from None
