"""Where the server runs that gets killed: its folder, its database, its store.

Only Sealift is killed. The database and the store of the second corner go on, so they need
keep nothing through a loss of power, and rclone keeps the uploads that it would forget.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx

from kill.shelves import DiskShelf, S3Shelf, Shelf
from tests.postgres import running_postgres
from tests.s3_server import running_s3

_KEY: Final = "key-of-the-kills"
_READY: Final = re.compile(r"sealift is ready at (\S+)")
_DEVICES: Final = re.compile(r"devices are served at ([^\s,]+)")
_READY_WITHIN: Final = 90  # seconds; the machine may have other work
_ENDED_WITHIN: Final = 60
_SETTINGS: Final = {
    "SEALIFT_BOOTSTRAP_API_KEY": _KEY,
    "SEALIFT_WORKER__SWEEP_EVERY": "1s",  # what was lost is looked for before the next kill
}


class Corner(StrEnum):
    SQLITE_DISK = "sqlite-disk"
    POSTGRESQL_S3 = "postgresql-s3"


class ServerFailed(Exception):
    """It did not start, or ended by itself; carries what it said."""


@dataclass(frozen=True, slots=True)
class Stage:
    corner: Corner
    folder: Path
    database: str
    shelf: Shelf
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])  # not Sealift's

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def device_authority(self) -> Path:
        """By which devices trust their door."""
        return self.folder / "data" / "device-tls" / "ca.pem"

    def start(self, *, for_devices: bool = False) -> "Victim":
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("SEALIFT_")
        }
        command = [sys.executable, "-m", "sealift.main", "serve", "--port", "0"]
        command += ["--device-port", "0"] if for_devices else ["--without-device-door"]
        with self.log.open("ab") as log:
            begins = log.tell()
            process = subprocess.Popen(
                [*command, "--data-dir", str(self.folder / "data")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited, **_SETTINGS, **self.settings, **self.environment},
                start_new_session=True,  # its doors too are in the group that is killed
            )
        return Victim(process, self.log, begins)


@dataclass(frozen=True, slots=True)
class Clients:
    """With a key for the API, and without one for links, which may lead to another server.

    `devices` is the address of the door for devices, if it is open.
    """

    api: httpx.Client
    links: httpx.Client
    devices: str | None = None


@dataclass(frozen=True, slots=True)
class Victim:
    """A server that is starting or running."""

    process: "subprocess.Popen[bytes]"
    log: Path
    begins: int  # what it says, in the log

    @contextmanager
    def when_ready(self) -> Generator[Clients]:
        base_url = self._base_url()
        key = {"authorization": f"Bearer {_KEY}"}
        with (
            httpx.Client(base_url=base_url, headers=key, timeout=30) as api,
            httpx.Client(base_url=base_url, timeout=30, follow_redirects=True) as links,
        ):
            devices = _DEVICES.search(self.said())
            yield Clients(api, links, devices[1] if devices else None)

    def _base_url(self) -> str:
        deadline = time.monotonic() + _READY_WITHIN
        while self.process.poll() is None and time.monotonic() < deadline:
            found = _READY.search(self.said())
            if found is not None:
                return found[1]
            time.sleep(0.02)
        self.kill()
        raise ServerFailed(f"it does not start:\n{self.said()}")

    def said(self) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(self.begins)
            return log.read()

    def kill(self) -> None:
        """Supervisor, door and worker at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(_ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"it does not end:\n{self.said()}") from None


@contextmanager
def staged(corner: Corner, folder: Path, environment: Mapping[str, str]) -> Generator[Stage]:
    """`folder` is the caller's to keep or remove."""
    folder.mkdir(parents=True, exist_ok=True)
    if corner is Corner.SQLITE_DISK:
        data = folder / "data"
        shelf = DiskShelf(data / "content")
        yield Stage(corner, folder, f"sqlite:///{data}/sealift.sqlite3", shelf, {}, environment)
        return
    with running_postgres() as postgres, running_s3() as store, store.bucket() as bucket:
        database = postgres.database()
        settings = {"SEALIFT_DATABASE": database, **store.settings(bucket)}
        with closing(store.client()) as s3:
            yield Stage(corner, folder, database, S3Shelf(s3, bucket), settings, environment)
