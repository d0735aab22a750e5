"""B4: lists, searches and single records, among a thousand binaries and among a million.

The same question is asked of a small and of a large fleet in turns, with other values each
time. Its time is taken twice: of the action alone, which is SQL and little else, so that the
constant cost of HTTP does not make the ratio look better than it is; and over HTTP from a real
server, which is what a user waits for. PostgreSQL is the throwaway one of the tests, which does
not wait for the disk; SQLite waits.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from httpx import Client

from bench import fleet
from bench.figures import Figure, at_most, compared, plain
from bench.fleet import Fleet
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

Chooses = Callable[[Fleet, Random], str]

_SIZES: Final = (1_000, 1_000_000)
_QUICK_SIZES: Final = (200, 5_000)
_INDEXED: Final = at_most(1.5)
_PATIENCE: Final = at_most(100)


@dataclass(frozen=True, slots=True)
class Question:
    """`search` is its text, with values of the fleet; empty: the whole list."""

    name: str
    search: Chooses = lambda _fleet, _random: ""
    of: str = "binaries"
    descending: bool = True
    is_deep: bool = False  # a page in the middle of the list

    @property
    def is_for_texts(self) -> bool:
        return "~" in self.name


def _said(text: str) -> Chooses:
    return lambda _fleet, _random: text


def _version_and_target(fleet: Fleet, random: Random) -> str:
    version, target = random.choice(fleet.version_targets)
    name = fleet.name(Kind.ARTIFACT_VERSION, _dashed(version))
    return f"artifact_version_prn:'{name}' and target:'{target}'"


def _version(fleet: Fleet, random: Random) -> str:
    return _version_and_target(fleet, random).partition(" and ")[0]


def _target(fleet: Fleet, random: Random) -> str:
    return f"target:'{random.choice(fleet.version_targets)[1]}'"


def _hash(fleet: Fleet, random: Random) -> str:
    return f"hash:'{random.choice(fleet.binaries)[1]}'"


def _words(fleet: Fleet, random: Random) -> str:
    return f"description~'{random.choice(fleet.phrases)}'"


def _keyid(number: int) -> Chooses:
    return lambda fleet, _random: f"signature.signing_key.keyid:'{fleet.keyids[number]}'"


def _dashed(row_id: str) -> str:
    return str(UUID(row_id))


QUESTIONS: Final = (
    Question("newest page"),
    Question("oldest page", descending=False),
    Question("deep page", is_deep=True),
    Question("deep page, oldest first", is_deep=True, descending=False),
    Question("version and target", _version_and_target),
    Question("version", _version),
    Question("state, frequent", _said("state:'signable'")),
    Question("state, frequent, deep", _said("state:'signable'"), is_deep=True),
    Question("state, rare", _said("state:'hashing'")),
    Question("state, rare, oldest first", _said("state:'hashing'"), descending=False),
    Question("state, rare, deep", _said("state:'hashing'"), is_deep=True),
    Question("hash", _hash),
    Question("target", _target),
    Question("target, oldest first", _target, descending=False),
    Question("signatures by a frequent keyid", _keyid(0), of="binary_signatures"),
    Question("signatures by a rare keyid", _keyid(1), of="binary_signatures"),
    Question("signatures by an unused keyid", _keyid(2), of="binary_signatures"),
    Question("target~ frequent", _said("target~'linux'")),
    Question("target~ of the past only", _said(f"target~'{fleet.OLD}'")),
    Question("target~ absent", _said("target~'armv6'")),
    Question("target~ absent, of frequent parts", _said("target~'linux-aarch64'")),
    Question("description~ three words", _words),
    Question("description~ three words, oldest first", _words, descending=False),
    Question("description~ rare", _said(f"description~'{fleet.RARE}'")),
    Question("description~ absent", _said("description~'qzxvkj'")),
    Question(
        "description~ rare, and a state",
        _said(f"description~'{fleet.RARE}' and state:'signed'"),
    ),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A stocked database, the actions on it in this process, and a server on it in another."""

    fleet: Fleet
    system: System
    actor: Actor
    pages: Pages
    client: Client


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
        yield Ground(made, system, actor, pages, client)
    records.close()


# --- questions -----------------------------------------------------------------------------------


def _compared(
    stage: Stage, kind: str, question: Question, small: Ground, large: Ground
) -> Iterator[Figure]:
    random = Random(question.name)  # noqa: S311 - the same values every time
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
    yield compared("B4", what, "ms", *action, aim)
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
        after = (moment, _dashed(row_id))
    clauses = parse_search(search, known) if search else []
    return Listing(clauses, question.descending, 10, after)


def _by_action(ground: Ground, question: Question, listing: Listing, _search: str) -> float:
    system, actor = ground.system, ground.actor
    if question.of == "binaries":
        return 1000 * seconds(lambda: binaries.search(system, actor, listing))
    return 1000 * seconds(lambda: catalog.search(system, actor, keys.BINARY_SIGNATURES, listing))


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
    random = Random(0)  # noqa: S311
    for name, way in (("one binary", _look), ("create a binary", _create)):
        found: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(_turns(stage) * 2):
            for ground in (small, large):
                found[ground is large].append(1000 * seconds(way(ground, random)))
        yield compared("B4", f"{kind}, {name}", "ms", found[True], found[False], _INDEXED)
        yield plain("B4", f"{kind}, {name}, p95", "ms", _p95(found[True]))


def _look(ground: Ground, random: Random) -> Callable[[], object]:
    row_id = _dashed(random.choice(ground.fleet.binaries)[0])
    return lambda: binaries.look(ground.system, ground.actor, row_id)


def _create(ground: Ground, random: Random) -> Callable[[], object]:
    version, target = random.choice(ground.fleet.version_targets)
    fields = {
        "target": f"{target}-{random.getrandbits(40):x}",
        "hash": f"{random.getrandbits(256):064x}",
        "size": 1,
        "description": f"{random.choice(ground.fleet.phrases)} built again for a new board",
    }
    prn = str(ground.fleet.name(Kind.ARTIFACT_VERSION, _dashed(version)))
    return lambda: binaries.create(ground.system, ground.actor, prn, fields)


def _short_needles(stage: Stage, kind: str, large: Ground) -> Iterator[Figure]:
    """Two characters: the whole list is read. Nothing is promised but an end."""
    question = Question("description~ absent, two characters")
    search = "description~'QZ'"
    listing = Listing(parse_search(search, BINARIES), descending=True, limit=10)
    times = [_by_action(large, question, listing, search) for _ in range(1 if stage.quick else 3)]
    yield plain("B4", f"{kind}, {question.name}", "ms", max(times))
