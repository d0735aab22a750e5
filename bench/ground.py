"""A stocked database to ask: the actions on it in this process, and a server on it in another."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import thread_time

from httpx import Client
from sqlalchemy import text

from bench import fleet
from bench.fleet import Fleet, Writes
from sealift.actions.system import System, keyring
from sealift.content.disk import DiskStore
from sealift.content.links import Links
from sealift.content.store import Stores
from sealift.domain.rights import Actor, Role
from sealift.records.secrets import Purpose
from sealift.records.transaction import Records
from sealift.web.paging import Pages
from tests.postgres import running_postgres
from tests.server import a_server


@dataclass(frozen=True, slots=True)
class Ground:
    fleet: Fleet
    system: System
    actor: Actor
    pages: Pages
    client: Client
    backend: int | None = None  # PostgreSQL's process, if it is PostgreSQL

    def spent(self) -> float:
        """Processor time so far, in milliseconds."""
        own = 1000 * thread_time()
        if self.backend is None:
            return own
        schedule = Path(f"/proc/{self.backend}/schedstat").read_text()
        return own + int(schedule.split()[0]) / 1_000_000


@contextmanager
def databases(kind: str, folder: Path) -> Generator[Callable[[int], str]]:
    if kind == "SQLite":
        yield lambda size: f"sqlite:///{folder / f'records-{size}.sqlite3'}"
        return
    with running_postgres() as postgres:
        yield lambda _size: postgres.database()


@contextmanager
def a_ground(folder: Path, url: str, size: int, write: Writes) -> Generator[Ground]:
    with a_server(folder, database=url, without_worker=True):
        pass  # the first start, which makes the schema and the first organization
    records = Records(url)
    made = fleet.stock(records, size, write)
    store = DiskStore(folder / "content")
    system = System(
        records=records,
        stores=Stores("disk", {"disk": store}),
        links=Links("http://localhost", keyring(records, Purpose.LINKS)),
        enqueue=lambda _duty, _binary_id, _attempt: None,
        now=lambda: datetime.now(UTC),
    )
    actor = Actor(made.organization_id, "system:bench", Role.ADMIN)
    pages = Pages(keyring(records, Purpose.CURSORS)).of(made.organization_id)
    # Its worker would set to work on what only looks as if it had content.
    with a_server(folder, database=url, without_worker=True) as server, server.client() as client:
        yield Ground(made, system, actor, pages, client, _backend(records))
    records.close()


def _backend(records: Records) -> int | None:
    """One connection is all that one thread takes from the pool, and always the same."""
    if records.engine.dialect.name != "postgresql":
        return None
    with records.read(None) as tx:
        return tx.connection.scalar(text("SELECT pg_backend_pid()"))
