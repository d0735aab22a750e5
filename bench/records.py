"""B4: lists, searches and single records, among a thousand binaries and among a million, and
among a thousand devices and among a hundred thousand.

The same question is asked of a small and of a large fleet in turns, with other values each
time. Its time is taken twice. Of the action alone, which is SQL and little else, so that the
constant cost of HTTP does not make the ratio look better than it is: there it is processor
time, of this thread and of PostgreSQL's process behind it, because the rest of the machine is
not at rest. And over HTTP from a real server, by the clock, which is what a user waits for.
PostgreSQL is the throwaway one of the tests, which does not wait for the disk; SQLite waits.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from statistics import quantiles
from typing import Any, Final, TypeAlias

from bench import binaries as of_binaries
from bench import devices as of_devices
from bench.figures import Figure, at_most, compared, plain
from bench.fleet import Writes, dashed
from bench.ground import Ground, a_ground, databases
from bench.questions import BINARY_QUESTIONS, DEVICE_QUESTIONS, Question
from bench.stage import Stage, seconds
from sealift.actions import binaries, catalog, checks, fleet, impact, statements
from sealift.domain import search as keys_of
from sealift.domain.names import Kind
from sealift.domain.search import parse_search
from sealift.records import keys
from sealift.records.certificates import DEVICE_CERTIFICATES
from sealift.records.fleet import DEVICES
from sealift.records.pages import Listing, Page
from sealift.records.rows import Noun

Look: TypeAlias = Callable[[Ground, Random], Callable[[], object]]

_INDEXED: Final = at_most(1.5)
_PATIENCE: Final = at_most(100)
_KEYS: Final = {
    "binaries": keys_of.BINARIES,
    "binary_signatures": keys_of.BINARY_SIGNATURES,
    "devices": keys_of.DEVICES,
    "device_certificates": keys_of.DEVICE_CERTIFICATES,
}
_NOUNS: Final[dict[str, Noun[Any]]] = {
    "binary_signatures": keys.BINARY_SIGNATURES,
    "devices": DEVICES,
    "device_certificates": DEVICE_CERTIFICATES,
}


@dataclass(frozen=True, slots=True)
class Half:
    """What is asked of two databases that differ only in size. `singles` cost as much in the
    large one as in the small; `wholes` read all that they are about, and are told as they are.
    """

    name: str
    sizes: tuple[int, int]
    quick_sizes: tuple[int, int]
    write: Writes
    questions: Sequence[Question]
    singles: dict[str, Look]
    wholes: dict[str, Look]
    short: Question


def measure(stage: Stage) -> Iterator[Figure]:
    for half in _HALVES:
        for kind in ("SQLite", "PostgreSQL"):
            yield from _of_half(stage, half, kind)


def _of_half(stage: Stage, half: Half, kind: str) -> Iterator[Figure]:
    folder = stage.folder / half.name
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        make = stack.enter_context(databases(kind, folder))
        small, large = (
            stack.enter_context(a_ground(folder / f"{kind}-{size}", make(size), size, half.write))
            for size in (half.quick_sizes if stage.quick else half.sizes)
        )
        for question in half.questions:
            yield from _compared(stage, kind, question, small, large)
        for name, look in half.singles.items():
            yield from _looked(stage, f"{kind}, {name}", look, small, large, _INDEXED)
        for name, look in half.wholes.items():
            yield from _looked(stage, f"{kind}, {name}", look, small, large, None)
        yield from _short_needles(stage, kind, half.short, large)


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
    aim = _INDEXED if question.has_index else None
    yield compared("B4", f"{what}, processor", "ms", *action, aim)
    limit = None if question.has_index else _PATIENCE
    yield plain("B4", f"{what}, over HTTP, p95", "ms", _p95(http[0]), limit)


def _turns(stage: Stage) -> int:
    return 8 if stage.quick else 40


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _listing(question: Question, ground: Ground, random: Random, search: str) -> Listing:
    after = None
    if question.is_deep and question.of == "devices":
        row, moment = random.choice(ground.fleet.devices)
        after = (moment, dashed(row["id"]))
    elif question.is_deep:
        row_id, _, moment = random.choice(ground.fleet.binaries)
        after = (moment, dashed(row_id))
    clauses = parse_search(search, _KEYS[question.of]) if search else []
    return Listing(clauses, question.descending, 10, after)


def _by_action(ground: Ground, question: Question, listing: Listing, _search: str) -> float:
    before = ground.spent()
    if question.of == "binaries":
        binaries.search(ground.system, ground.actor, listing)
    else:
        catalog.search(ground.system, ground.actor, _NOUNS[question.of], listing)
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


def _looked(
    stage: Stage,
    what: str,
    look: Look,
    small: Ground,
    large: Ground,
    aim: tuple[str, Callable[[float], bool]] | None,
) -> Iterator[Figure]:
    random = Random(0)
    spent: dict[bool, list[float]] = {False: [], True: []}
    waited: list[float] = []
    for turn in range(_turns(stage) * 2 + 1):
        for ground in (small, large):
            work, before = look(ground, random), ground.spent()
            took = 1000 * seconds(work)
            if turn == 0:  # the first warms up
                continue
            spent[ground is large].append(ground.spent() - before)
            if ground is large:
                waited.append(took)
    yield compared("B4", f"{what}, processor", "ms", spent[True], spent[False], aim)
    yield plain("B4", f"{what}, p95", "ms", _p95(waited))


def _look_at_a_binary(ground: Ground, random: Random) -> Callable[[], object]:
    row_id = dashed(random.choice(ground.fleet.binaries)[0])
    return lambda: binaries.look(ground.system, ground.actor, row_id)


def _create_a_binary(ground: Ground, random: Random) -> Callable[[], object]:
    version, target = random.choice(ground.fleet.version_targets)
    fields = {
        "target": f"{target}-{random.getrandbits(40):x}",
        "hash": f"{random.getrandbits(256):064x}",
        "size": 1,
        "description": f"{random.choice(ground.fleet.phrases)} built again for a new board",
    }
    prn = str(ground.fleet.name(Kind.ARTIFACT_VERSION, dashed(version)))
    return lambda: binaries.create(ground.system, ground.actor, prn, fields)


def _look_at_a_device(ground: Ground, random: Random) -> Callable[[], object]:
    row_id = dashed(random.choice(ground.fleet.devices)[0]["id"])
    return lambda: catalog.look(ground.system, ground.actor, DEVICES, row_id)


def _create_a_device(ground: Ground, random: Random) -> Callable[[], object]:
    like, _ = random.choice(ground.fleet.devices)
    fields = {
        "product_prn": str(ground.fleet.name(Kind.PRODUCT, dashed(like["product_id"]))),
        "cohort_prn": str(ground.fleet.name(Kind.COHORT, dashed(like["cohort_id"]))),
        "identifier": f"gw-new-{random.getrandbits(64):016x}",
        "description": f"{random.choice(ground.fleet.phrases)} at the back door",
        "quarantined": False,
        "tags": ["beta"],
        "target": like["target"],
    }
    return lambda: fleet.create_device(ground.system, ground.actor, fields)


def _check_a_device(place: int) -> Look:
    """Of the cohort at this place. Nothing is kept in mind, as in a door, and nothing written."""

    def look(ground: Ground, random: Random) -> Callable[[], object]:
        cohort = ground.fleet.cohorts[place]
        there = [each for each, _ in ground.fleet.devices if each["cohort_id"] == cohort]
        row_id = dashed(random.choice(there)["id"])
        device = catalog.look(ground.system, ground.actor, DEVICES, row_id)
        says = statements.remembered(device)
        return lambda: checks.ask_for(ground.system, ground.actor, row_id, says, write=False)

    return look


def _tell_the_impact(ground: Ground, _random: Random) -> Callable[[], object]:
    row_id = dashed(ground.fleet.binaries[0][0])
    return lambda: impact.of_binary(ground.system, ground.actor, row_id)


def _short_needles(stage: Stage, kind: str, question: Question, large: Ground) -> Iterator[Figure]:
    """Two characters: the whole list is read. Nothing is promised but an end."""
    search = question.search(large.fleet, Random(0))
    listing = _listing(question, large, Random(0), search)
    times = [_over_http(large, question, listing, search) for _ in range(1 if stage.quick else 3)]
    yield plain("B4", f"{kind}, {question.name}, over HTTP", "ms", max(times))


_HALVES: Final = (
    Half(
        "binaries",
        (1_000, 1_000_000),
        (200, 5_000),
        of_binaries.write,
        BINARY_QUESTIONS,
        {"one binary": _look_at_a_binary, "create a binary": _create_a_binary},
        {},
        Question("description~ absent, two characters", lambda _fleet, _random: "description~'QZ'"),
    ),
    Half(
        "devices",
        (1_000, 100_000),
        (300, 3_000),
        of_devices.write,
        DEVICE_QUESTIONS,
        {
            "one device": _look_at_a_device,
            "create a device": _create_a_device,
            "a check": _check_a_device(1),
        },
        {
            "a check, counted": _check_a_device(0),
            "what a destruction interrupts": _tell_the_impact,
        },
        Question(
            "identifier~ absent, two characters",
            lambda _fleet, _random: "identifier~'QZ'",
            of="devices",
        ),
    ),
)
