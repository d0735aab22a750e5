"""A server of its own in a temporary folder, and the command line that talks to it.

Whatever the caller's environment says about Sealift is left out, so the story is the same on
every machine. The server is ended by its process id and the folder removed, also after a
failure, Ctrl-C or SIGTERM.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sealift.client.client import Client
from sealift.content.files import MARK
from teller import Unexpected, expect

_PROGRAM: Final = Path(sys.executable).with_name("sealift")
_READY: Final = re.compile(r"sealift is ready at (\S+)")
_DEVICES: Final = re.compile(r"devices are served at ([^,\s]+)")
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 40.0
_COMMAND_SECONDS: Final = 120.0
_MOST_AT_ONCE: Final = 8
_SLOWEST: Final = 10_000_000  # bytes a second, for files that take longer


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    output: str
    said: str  # on standard error

    def answer(self) -> dict[str, Any]:
        """What it printed, if it succeeded."""
        expect("the command's exit status", self._ending(), "0")
        return json.loads(self.output)

    def refusal(self, part: str) -> str:
        """The line that says why it was refused; `part` must be in it."""
        line = next((each for each in self.said.splitlines() if each.startswith("error:")), "")
        if self.status != 1 or part not in line:
            raise Unexpected("a refusal", expected=f"exit status 1, {part}", came=self._ending())
        return line.removeprefix("error: ")

    def _ending(self) -> str:
        return f"{self.status}, {self.said.strip()}" if self.status else "0"


@dataclass(frozen=True, slots=True)
class Stage:
    """`names` shortens values where commands are shown."""

    folder: Path
    server: "subprocess.Popen[bytes]"
    base_url: str
    device_url: str
    api_key: str
    environment: Mapping[str, str]
    patience: float  # seconds for one command
    names: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def device_ca(self) -> Path:
        """What devices trust the server by."""
        return self.data / "device-tls" / "ca.pem"

    def shown(self, words: Sequence[str]) -> str:
        """As it would be typed."""
        return f"$ sealift {shlex.join(self.names.get(word, word) for word in words)}"

    def run(self, words: Sequence[str]) -> Done:
        try:
            done = subprocess.run(
                [_PROGRAM, *words],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            limit = f"an end within {self.patience:.0f} seconds"
            raise Unexpected("a command", expected=limit, came="none") from error
        return Done(done.returncode, done.stdout, done.stderr)

    def run_all(self, commands: Iterable[Sequence[str]]) -> list[Done]:
        """All at once; how each ended, in their order."""
        with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
            return list(pool.map(self.run, commands))

    def client(self) -> Client:
        return Client(self.base_url, self.api_key)

    def content_files(self) -> list[Path]:
        """Whatever the store has of anything; the mark that makes the folder a store is not."""
        files = (path for path in (self.data / "content").rglob("*") if path.is_file())
        return [path for path in files if path.name != MARK]


@contextmanager
def staged(size: int) -> Generator[Stage]:
    """A running server that has nothing in it yet; `size` is of the file to come."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SEALIFT_")
    }
    with tempfile.TemporaryDirectory(prefix="sealift-demo-") as made:
        folder = Path(made)
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [_PROGRAM, "serve", "--data-dir", "data", "--port", "0", "--device-port", "0"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            base_url, device_url = _addresses(server, folder / "server.log")
            api_key = (folder / "data" / "admin-api-key").read_text().strip()
            own = {
                "SEALIFT_BASE_URL": base_url,
                "SEALIFT_API_KEY": api_key,
                "SEALIFT_CONFIG_DIRECTORY": str(folder / "config"),
            }
            patience = _COMMAND_SECONDS + size / _SLOWEST
            yield Stage(folder, server, base_url, device_url, api_key, environment | own, patience)
        finally:
            _end(server)


def _addresses(server: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str]:
    """Of the Admin API, and of the door for devices, which is told of first."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        said = log.read_text(errors="replace")
        if (ready := _READY.search(said)) and (devices := _DEVICES.search(said)):
            return ready[1], devices[1]
        time.sleep(0.05)
    said = log.read_text(errors="replace").strip() or "nothing"
    raise Unexpected("the server", expected="that it is ready", came=said[-1000:])


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def troubles(stage: Stage, most: int = 5) -> list[str]:
    """What the server's log has above the ordinary, for a story that went wrong."""
    found: list[str] = []
    for line in (stage.folder / "server.log").read_text(errors="replace").splitlines():
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if entry.get("level") in {"warning", "error", "critical"}:
            found.append(f"{entry['level']}: {entry.get('event')}")
    return found[-most:]
