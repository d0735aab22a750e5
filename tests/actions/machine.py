"""Random calls on the real API, in any order, each compared with the model.

The machine plays every client at once: the polite one that goes through an upload step by
step, the one that asks for anything in any state, and strangers. Meanwhile the store goes
away and comes back, jobs are lost, time passes.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import fixed_dictionaries, integers, none, sampled_from

from tests.actions import polite, strangers
from tests.actions.agreement import lines_in_audit, records_agree, store_agrees
from tests.actions.compared import Compared
from tests.actions.expected import WORDS, DownloadLink, PartLink
from tests.actions.supplies import (
    BY_DIGEST,
    CONTENTS,
    PAIRS,
    PIECES,
    SHORT,
    delivered,
    digest,
    public_value,
    signature,
)
from tests.actions.weights import Calls, Step
from tests.yard import Yard, a_binary, a_version

# Which of those that are there: counted from the newest, and round, so that it names one.
numbers = integers(0, 5)
contents = sampled_from([*SHORT, *CONTENTS])
deliveries = sampled_from(["right", "right", "other", "short", "spoilt", "cut", "silent"])
minutes = sampled_from([0, 0, 0, 65, 25 * 60, 8 * 24 * 60])

_calls = Calls()
call = _calls.call


class Machine(RuleBasedStateMachine):
    """Each example has a yard of its own, which a subclass provides."""

    def new_yard(self) -> AbstractContextManager[Yard]:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self._opened = self.new_yard()
        self.yard = self._opened.__enter__()
        self.both = Compared(self.yard)
        self.model = self.both.model
        self.theirs = a_binary(self.yard.other, a_version(self.yard.other))["prn"]
        self.nobody = self.both.prn("binary", "00000000-0000-4000-8000-000000000000")
        self.names = 0
        self.pairs: dict[str, int] = {}  # by key, deleted ones included
        self.deleted: list[str] = []  # binaries; each may be there again
        self.part_links: list[tuple[str, PartLink]] = []
        self.download_links: list[tuple[str, DownloadLink]] = []
        self.registers_a_key(0)
        self.registers_a_key(1)
        self.away_for = 0  # steps
        self.seen = (0, 0)  # changes of the model, lines of the audit

    def teardown(self) -> None:
        strangers.see_nothing_else(self.yard)
        self._opened.__exit__(None, None, None)

    def _which(self, known: Iterable[str], number: int) -> str:
        names = [*known] or [self.nobody]
        return names[-1 - number % len(names)]

    def _binary(self, number: int) -> str:
        return self._which(self.model.binaries, number)

    # --- records ---------------------------------------------------------------------------------

    @call(10, number=numbers, steps=integers(1, 6), way=sampled_from(polite.WAYS))
    def goes_on(self, number: int, steps: int, way: str) -> None:
        if not self.model.binaries:
            self._create(0, "arm", "hello", None, is_true=True)
        polite.go_on(self.both, self._binary(number), steps, way)

    @call(
        2,
        version=sampled_from([0, 1]),
        triplet=sampled_from(["arm", "x86"]),
        content=contents,
        is_true=sampled_from([True, True, False]),
        steps=integers(0, 6),
    )
    def creates(
        self, version: int, triplet: str, content: str, steps: int, *, is_true: bool
    ) -> None:
        self._create(version, triplet, content, None, is_true=is_true)
        polite.go_on(self.both, self._binary(0), steps)

    def _create(
        self, version: int, triplet: str, content: str, own_id: str | None, *, is_true: bool
    ) -> None:
        meant = CONTENTS[content]
        body = {
            "artifact_version_prn": self.both.versions[version],
            "target": triplet,
            "hash": digest(meant if is_true else meant + b"!"),
            "size": len(meant),
            "id": own_id,
        }
        self.both.create(body)

    @call(3, number=numbers, content=contents, steps=integers(0, 4))
    def creates_again(self, number: int, content: str, steps: int) -> None:
        """With the id of a binary that was deleted; perhaps it was done before."""
        prn = self._which(self.deleted, number)
        self._create(1, "riscv", content, prn.rpartition(":")[2], is_true=True)
        polite.go_on(self.both, prn, steps)

    @call(5, number=numbers, state=sampled_from([*WORDS, "destroyed", "sealed"]))
    def asks_for_a_state(self, number: int, state: str) -> None:
        self.both.patch(self._binary(number), {"state": state})

    @call(1, number=numbers, content=contents)
    def asks_for_other_content(self, number: int, content: str) -> None:
        meant = CONTENTS[content]
        self.both.patch(self._binary(number), {"hash": digest(meant), "size": len(meant)})

    @call(
        2,
        number=numbers,
        asked=fixed_dictionaries(
            {},
            optional={
                "state": sampled_from(WORDS),
                "description": sampled_from(["one", "two", None, ""]),
                "hash": sampled_from([*map(digest, CONTENTS.values()), None, "ABC"]),
                "size": sampled_from([14, 20, None, -1]),
            },
        ),
    )
    def asks_for_anything(self, number: int, asked: dict[str, Any]) -> None:
        self.both.patch(self._binary(number), asked)

    @call(2, number=numbers)
    def deletes(self, number: int) -> None:
        prn = self._binary(number)
        self.both.delete(prn)
        self.deleted.append(prn)

    @call(1, number=numbers, which=integers(0, 4))
    def asks_for_what_was_deleted(self, number: int, which: int) -> None:
        prn = self._which(self.deleted, number)
        calls: list[Callable[[], object]] = [
            lambda: self.both.delete(prn),
            lambda: self.both.patch(prn, {"state": "uploadable"}),
            lambda: self.both.declare(prn, 1, PIECES["hello"], 14),
            lambda: self.both.download_url(prn),
            lambda: self.both.sign(prn, next(iter(self.pairs)), "0" * 128, is_good=False),
        ]
        calls[which]()

    # --- content ---------------------------------------------------------------------------------

    @call(
        4,
        number=numbers,
        index=sampled_from([1, 1, 2, 3]),
        piece=sampled_from([*PIECES]),
        too_much=sampled_from([0, 0, 0, 1]),
        how=none() | deliveries,
    )
    def sends_a_part(
        self, number: int, index: int, piece: str, too_much: int, how: str | None
    ) -> None:
        prn = self._binary(number)
        known = self.model.binaries.get(prn)
        size = known.size if known else 14
        made = self.both.declare(prn, index, PIECES[piece], size + too_much)
        if made is not None:
            self.part_links.append(made)
            if how is not None:
                self.both.send(*made, delivered(PIECES[piece], how))

    @call(3, number=numbers, how=deliveries, later=minutes)
    def sends_to_an_old_link(self, number: int, how: str, later: int) -> None:
        self._pass_time(later)
        for url, link in self.part_links[-1 - number :][:1]:
            self.both.send(url, link, delivered(BY_DIGEST[link.part.hash], how))

    @call(2, number=numbers)
    def asks_for_a_download(self, number: int) -> None:
        made = self.both.download_url(self._binary(number))
        if made is not None:
            self.both.download(*made)
            self.download_links.append(made)

    @call(1, number=numbers, later=minutes)
    def downloads_by_an_old_link(self, number: int, later: int) -> None:
        self._pass_time(later)
        for url, link in self.download_links[-1 - number :][:1]:
            self.both.download(url, link)

    # --- keys and signatures ---------------------------------------------------------------------

    @call(1, pair=sampled_from(range(len(PAIRS))))
    def registers_a_key(self, pair: int) -> None:
        self.names += 1
        made = self.both.register_key(f"key {self.names}", pair, public_value(pair))
        if made is not None:
            self.pairs[made] = pair

    @call(1, number=numbers)
    def deletes_a_key(self, number: int) -> None:
        self.both.delete_key(self._which(self.pairs, number))

    @call(
        3,
        number=numbers,
        key_number=numbers,
        how=sampled_from(["text", "text", "raw", "upper", "other key", "other text"]),
    )
    def signs(self, number: int, key_number: int, how: str) -> None:
        prn, key = self._binary(number), self._which(self.pairs, key_number)
        binary, pair = self.model.binaries.get(prn), self.pairs[key]
        declared = binary.hash if binary else digest(b"")
        made = signature(pair, declared, how)
        self.both.sign(prn, key, made, is_good=not how.startswith("other"))

    @call(3, number=numbers)
    def deletes_a_signature(self, number: int) -> None:
        self.both.delete_signature(self._which(self.model.signatures, number))

    # --- the server, its store, time --------------------------------------------------------------

    @call(3, what=sampled_from(["work", "sweep", "lose jobs", "start again"]), later=minutes)
    def server_does(self, what: str, later: int) -> None:
        self._pass_time(later)
        deeds = {
            "work": [self.both.work],
            "sweep": [self.both.sweep],
            "lose jobs": [self.both.lose_jobs],
            "start again": [self.both.lose_jobs, self.both.sweep, self.both.work],
        }
        for deed in deeds[what]:
            deed()

    @call(
        3,
        number=numbers,
        steps=integers(1, 4),
        asked=sampled_from(["destroyed", "destroyed", "uploadable", "deleted", "hashable", "none"]),
    )
    def store_goes_away(self, number: int, steps: int, asked: str) -> None:
        self.away_for = steps
        self.both.store_goes_away()
        if asked == "deleted":
            self.deletes(number)
        elif asked != "none":
            self.asks_for_a_state(number, asked)

    def _pass_time(self, later: int) -> None:
        self.yard.clock.pass_time(timedelta(minutes=later))

    # --- strangers --------------------------------------------------------------------------------

    @call(1, number=numbers, which=integers(0, 7))
    def a_stranger_calls(self, number: int, which: int) -> None:
        """All of it is there, but not for the other organization, and for nobody without a key."""
        prn, key = self._binary(number), self._which(self.pairs, number)
        attached = self._which(self.model.signatures, number)
        strangers.are_refused(self.yard, prn, key, attached, which)

    # --- one step, and what always holds ----------------------------------------------------------

    @rule(step=_calls.steps)
    def happens(self, step: Step) -> None:
        name, arguments = step
        getattr(self, name)(**arguments)

    def look_around(self) -> None:
        """What has to be asked for before records and model can agree."""

    @invariant()
    def everything_agrees(self) -> None:
        self.look_around()
        records_agree(self.yard, self.model)
        store_agrees(self.yard, self.model)
        changes, lines = self.seen
        self.seen = self.model.changes, lines_in_audit(self.yard)
        assert self.seen[1] - lines >= self.seen[0] - changes, "a change is not in the audit"
        if self.seen[0] > changes:
            strangers.see_nothing(self.yard, self.theirs)
        self.away_for -= 1
        if self.away_for == 0:
            self.both.store_comes_back()
