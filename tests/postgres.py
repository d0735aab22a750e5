"""A PostgreSQL of the tests' own: real, throwaway, started only when a test asks for it.

It belongs to an ordinary user even when root runs the tests, because PostgreSQL refuses
root. It listens on loopback behind a random password, keeps nothing durable, and dies
with the tests even when these are killed.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

_ATTEMPTS = 5
_READY_WITHIN = 30  # seconds
_STOPPED_WITHIN = 20  # seconds
_NAMED = "sealift-postgres"
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a name of its own is made in it
_ROOM_NEEDED = 2 * 1024**3  # bytes, of which few are used
_PORTS = range(20_000, 32_000)  # below those that the kernel hands out by itself
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "synchronous_commit": "off",
}


class PostgresFailed(Exception):
    """PostgreSQL is not installed or did not start; carries what it said."""


class FreshDatabase(Protocol):
    """Makes databases that are dropped after the test: see `Postgres.database`."""

    def __call__(self, template: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, whose databases are named by URLs for SQLAlchemy."""

    port: int
    password: str
    _numbers: Iterator[int] = field(default_factory=count)

    def database(self, template: str | None = None) -> str:
        """A new database: empty, or a copy of the one that the URL `template` names.

        PostgreSQL refuses to copy a database while anybody is connected to it.
        """
        name = f"test_{next(self._numbers)}"
        source = "template0" if template is None else _name_in(template)
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, source)
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Forget a database and cut off whoever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name_in(url))

    def answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: LiteralString, *names: str) -> None:
        address = make_conninfo(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.password,
            dbname="postgres",
        )
        identifiers = [sql.Identifier(name) for name in names]
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*identifiers))


@contextmanager
def running_postgres() -> Generator[Postgres]:
    """A server in a folder of its own; both are gone afterwards."""
    with stoppable_postgres() as server:
        yield server.postgres


@dataclass
class Stoppable:
    """A server that goes away and comes back, as when its machine is started again."""

    postgres: Postgres
    _programs: Path
    _folder: Path
    _process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        if self._process is not None:
            _stop(self._process)
        self._process = None

    def start(self) -> None:
        self._process = _begun(self._programs, self._folder, self.postgres)
        if not _is_ready(self._process, self.postgres):
            raise PostgresFailed((self._folder / "log").read_text())


@contextmanager
def stoppable_postgres() -> Generator[Stoppable]:
    """A server of one's own, in a folder of its own; both are gone afterwards."""
    _remove_what_was_left()
    folder = Path(tempfile.mkdtemp(prefix=f"{_NAMED}-{os.getpid()}-", dir=_in_memory()))
    try:
        programs, password = _programs(), secrets.token_hex(16)
        _initialize(programs, folder, password)
        process, postgres = _start(programs, folder, password)
        server = Stoppable(postgres, programs, folder, process)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _in_memory() -> Path | None:
    """Where a database is made and dropped in a third of the time; None if there is no room."""
    is_roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_NEEDED
    return _MEMORY if is_roomy else None


def _remove_what_was_left() -> None:
    """By tests that were killed: memory is too dear to be left to the next start."""
    for folder in _MEMORY.glob(f"{_NAMED}-*-*"):
        if not Path("/proc", folder.name.split("-")[2]).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder with the newest `postgres` on this machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise PostgresFailed("no PostgreSQL in /usr/lib/postgresql: `make test` installs it")
    return max(found, key=lambda path: int(path.parts[-3])).parent


def _initialize(programs: Path, folder: Path, password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    for path in (folder, password_file):
        _give_to_owner(path)
    options = [
        f"--pgdata={folder / 'data'}",
        f"--pwfile={password_file}",
        "--username=postgres",
        "--auth=password",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    finished = subprocess.run(
        [*_as_owner(), programs / "initdb", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        text=True,
        check=False,
        timeout=_READY_WITHIN,
    )
    if finished.returncode != 0:
        raise PostgresFailed(finished.stdout)


def _start(programs: Path, folder: Path, password: str) -> tuple[subprocess.Popen[bytes], Postgres]:
    for _ in range(_ATTEMPTS):  # the port may be somebody else's
        postgres = Postgres(secrets.choice(_PORTS), password)
        process = _begun(programs, folder, postgres)
        if _is_ready(process, postgres):
            return process, postgres
        _stop(process)
    raise PostgresFailed((folder / "log").read_text())


def _begun(programs: Path, folder: Path, postgres: Postgres) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    places = ["-D", folder / "data", "-k", folder, "-p", str(postgres.port)]
    with (folder / "log").open("wb") as output:
        return subprocess.Popen(
            [*_as_owner(), programs / "postgres", *places, *settings],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )


def _is_ready(process: subprocess.Popen[bytes], postgres: Postgres) -> bool:
    deadline = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if postgres.answers():
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast way: cut everyone off, then end
    try:
        process.wait(_STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _as_owner() -> list[str]:
    """The start of a command that is to run as the server's user and end with the tests."""
    command = ["setpriv", "--pdeathsig=INT"]
    owner = _owner()
    if owner is None:
        return command
    return [*command, f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


def _give_to_owner(path: Path) -> None:
    owner = _owner()
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _owner() -> pwd.struct_passwd | None:
    """Root's stand-in, or none: whoever else runs the tests may own the server too."""
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]


def _name_in(url: str) -> str:
    return url.rpartition("/")[2]
