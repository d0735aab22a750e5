"""B4: lists, searches and single records, among a thousand binaries and among a million.

The same question is asked of a small and of a large fleet in turns, with other values each
time. Its time is taken twice. Of the action alone, which is SQL and little else, so that the
constant cost of HTTP does not make the ratio look better than it is: there it is processor
time, of this thread and of PostgreSQL's process behind it, because the rest of the machine is
not at rest. And over HTTP from a real server, by the clock, which is what a user waits for.
PostgreSQL is the throwaway one of the tests, which does not wait for the disk; SQLite waits.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles
from time import thread_time
from typing import Any, Final

from httpx import Client
from sqlalchemy import text

from bench import fleet
from bench.figures import Figure, at_most, compared, plain
from bench.fleet import Fleet
from bench.questions import QUESTIONS, Question, dashed
from bench.stage import Stage, seconds
from sealift.actions import binaries, catalog
from sealift.actions.system import System, keyring
from sealift.content.disk import DiskStore
from sealift.content.links import Links
from sealift.content.store import Stores
from sealift.domain.names import Kind
from sealift.domain.rights import Actor, Role
from sealift.domain.search import BINARIES, BINARY_SIGNATURES, parse_search
from sealift.records import keys
from sealift.records.pages import Listing, Page
from sealift.records.secrets import Purpose
from sealift.records.transaction import Records
from sealift.web.paging import Pages
from tests.postgres import running_postgres
from tests.server import a_server

_SIZES: Final = (1_000, 1_000_000)
_QUICK_SIZES: Final = (200, 5_000)
_INDEXED: Final = at_most(1.5)
_PATIENCE: Final = at_most(100)


@dataclass(frozen=True, slots=True)
class Ground:
    """A stocked database, the actions on it in this process, and a server on it in another."""

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


def measure(stage: Stage) -> Iterator[Figure]:
    sizes = _QUICK_SIZES if stage.quick else _SIZES
    for kind in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            make = stack.enter_context(_databases(kind, stage.folder))
            small, large = (
                stack.enter_context(_a_ground(stage.folder / f"{kind}-{size}", make(size), size))
                for size in sizes
            )
            for question in QUESTIONS:
                yield from _compared(stage, kind, question, small, large)
            yield from _singles(stage, kind, small, large)
            yield from _short_needles(stage, kind, large)


@contextmanager
def _databases(kind: str, folder: Path) -> Generator[Callable[[int], str]]:
    if kind == "SQLite":
        yield lambda size: f"sqlite:///{folder / f'records-{size}.sqlite3'}"
        return
    with running_postgres() as postgres:
        yield lambda _size: postgres.database()


@contextmanager
def _a_ground(folder: Path, url: str, size: int) -> Generator[Ground]:
    with a_server(folder, database=url, without_worker=True):
        pass  # the first start, which makes the schema and the first organization
    records = Records(url)
    made = fleet.stock(records, size)
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


# --- questions -----------------------------------------------------------------------------------


def _compared(
    stage: Stage, kind: str, question: Question, small: Ground, large: Ground
) -> Iterator[Figure]:
    random = Random(question.name)  # the same values every time
    found: dict[Any, list[float]] = {}
    for turn in range(_turns(stage) + 1):
        for ground in (small, large):
            search = question.search(ground.fleet, random)
            listing = _listing(question, ground, random, search)
            for way in (_by_action, _over_http):
                took = way(ground, question, listing, search)
                if turn > 0:  # the first warms up
                    found.setdefault((way, ground is large), []).append(took)
    action, http = ((found[way, True], found[way, False]) for way in (_by_action, _over_http))
    what = f"{kind}, {question.name}"
    aim = None if question.is_for_texts else _INDEXED
    yield compared("B4", f"{what}, processor", "ms", *action, aim)
    limit = _PATIENCE if question.is_for_texts else None
    yield plain("B4", f"{what}, over HTTP, p95", "ms", _p95(http[0]), limit)


def _turns(stage: Stage) -> int:
    return 8 if stage.quick else 40


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _listing(question: Question, ground: Ground, random: Random, search: str) -> Listing:
    known = BINARIES if question.of == "binaries" else BINARY_SIGNATURES
    after = None
    if question.is_deep:
        row_id, _, moment = random.choice(ground.fleet.binaries)
        after = (moment, dashed(row_id))
    clauses = parse_search(search, known) if search else []
    return Listing(clauses, question.descending, 10, after)


def _by_action(ground: Ground, question: Question, listing: Listing, _search: str) -> float:
    before = ground.spent()
    if question.of == "binaries":
        binaries.search(ground.system, ground.actor, listing)
    else:
        catalog.search(ground.system, ground.actor, keys.BINARY_SIGNATURES, listing)
    return ground.spent() - before


def _over_http(ground: Ground, question: Question, listing: Listing, search: str) -> float:
    asked: dict[str, Any] = {"order": "desc" if question.descending else "asc"}
    if search:
        asked["search"] = search
    if listing.after is not None:
        asked["page"] = ground.pages.after(question.of, Page([], listing.after), listing)

    def ask() -> None:
        ground.client.get(f"/{question.of}", params=asked).raise_for_status()

    return 1000 * seconds(ask)


# --- single records, and what no index helps with ------------------------------------------------


def _singles(stage: Stage, kind: str, small: Ground, large: Ground) -> Iterator[Figure]:
    random = Random(0)
    for name, way in (("one binary", _look), ("create a binary", _create)):
        spent: dict[bool, list[float]] = {False: [], True: []}
        waited: list[float] = []
        for _ in range(_turns(stage) * 2):
            for ground in (small, large):
                work, before = way(ground, random), ground.spent()
                took = 1000 * seconds(work)
                spent[ground is large].append(ground.spent() - before)
                if ground is large:
                    waited.append(took)
        what = f"{kind}, {name}"
        yield compared("B4", f"{what}, processor", "ms", spent[True], spent[False], _INDEXED)
        yield plain("B4", f"{what}, p95", "ms", _p95(waited))


def _look(ground: Ground, random: Random) -> Callable[[], object]:
    row_id = dashed(random.choice(ground.fleet.binaries)[0])
    return lambda: binaries.look(ground.system, ground.actor, row_id)


def _create(ground: Ground, random: Random) -> Callable[[], object]:
    version, target = random.choice(ground.fleet.version_targets)
    fields = {
        "target": f"{target}-{random.getrandbits(40):x}",
        "hash": f"{random.getrandbits(256):064x}",
        "size": 1,
        "description": f"{random.choice(ground.fleet.phrases)} built again for a new board",
    }
    prn = str(ground.fleet.name(Kind.ARTIFACT_VERSION, dashed(version)))
    return lambda: binaries.create(ground.system, ground.actor, prn, fields)


def _short_needles(stage: Stage, kind: str, large: Ground) -> Iterator[Figure]:
    """Two characters: the whole list is read. Nothing is promised but an end."""
    question = Question("description~ absent, two characters")
    search = "description~'QZ'"
    listing = Listing(parse_search(search, BINARIES), descending=True, limit=10)
    times = [_over_http(large, question, listing, search) for _ in range(1 if stage.quick else 3)]
    yield plain("B4", f"{kind}, {question.name}, over HTTP", "ms", max(times))
