"""What clients asked for and what they were told.

A request is on the ledger before it is sent, and its answer when it has come whole. What was
never answered may have happened or not; what was acknowledged has to stay true. Whatever a
request may undo is taken off the facts before it is sent.
"""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kill.observed import Link, SeenBinary
from sealift.domain.binary import State

MIB: Final = 1024**2
_BYTES: Final = random.Random(0).randbytes(8 * MIB)


class Step(StrEnum):
    CREATE = "create"
    DECLARE = "declare"
    UPLOAD = "upload"
    FINISH = "finish"
    HASH = "hash"
    SIGN = "sign"
    LOOK = "look"
    DOWNLOAD = "download"
    RESET = "reset"
    DESTROY = "destroy"
    DELETE = "delete"
    # Of those who distribute, and of devices.
    BUNDLE = "make a bundle"
    RELEASE = "release"
    PHASE = "raise a phase"
    ARCHIVE = "archive a release"
    ROLL_BACK = "roll back"
    CHECK = "check"
    REPORT = "report"


class Answer(StrEnum):
    NONE = "none"  # nobody knows whether it happened
    YES = "yes"
    NO = "no"  # refused: it did not happen


@dataclass(slots=True)
class Entry:
    step: Step
    index: int = 0  # of a part; of a bundle, how many binaries are in it
    may_stay: bool = False  # a move that changes nothing, if the binary is there already
    answer: Answer = Answer.NONE
    surprise: str | None = None  # an answer that nobody may ever get


@dataclass(frozen=True, slots=True)
class Content:
    """`sizes` are of the parts, in order. A spoilt one is not what its record declares."""

    name: str
    sizes: tuple[int, ...]
    is_spoilt: bool = False

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @property
    def indexes(self) -> range:
        return range(1, len(self.sizes) + 1)

    def part(self, index: int) -> bytes:
        """No two parts are alike, so that bytes in a wrong place are seen."""
        size = self.sizes[index - 1]
        own = f"{index} of {self.name};".encode()[:size]
        return own + _BYTES[: size - len(own)]

    @property
    def sent(self) -> str:
        """The digest of what is sent."""
        digest = hashlib.sha256()
        for index in self.indexes:
            digest.update(self.part(index))
        return digest.hexdigest()

    @property
    def declared(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest() if self.is_spoilt else self.sent


@dataclass(slots=True)
class Account:
    """One binary: all requests about it, and the facts that were acknowledged.

    One client at a time leads it. `state` is what that client believes, None of a binary that
    is not there; it is unsure after a request that was not answered.
    """

    id: str
    content: Content
    prn: str = ""
    state: State | None = None
    attempt: int = 1
    is_unsure: bool = False
    is_refused: bool = False  # the verification has said no
    may_be_joined: bool = False  # a closing step of this attempt was asked for
    is_retired: bool = False  # destroyed, and left like that
    entries: list[Entry] = field(default_factory=list[Entry])
    declared: dict[int, str] = field(default_factory=dict[int, str])  # links of this attempt
    arrived: set[int] = field(default_factory=set[int])  # parts of this attempt
    signatures: dict[str, str] = field(default_factory=dict[str, str])  # → signing key
    links: list[Link] = field(default_factory=list[Link])

    @property
    def missing(self) -> list[int]:
        return [index for index in self.content.indexes if index not in self.arrived]

    def asked(self, step: Step) -> bool:
        """Whether it may have happened."""
        return any(each.step is step and each.answer is not Answer.NO for each in self.entries)

    def was_told(self, step: Step) -> bool:
        return any(each.step is step and each.answer is Answer.YES for each in self.entries)

    def adopt(self, seen: SeenBinary | None) -> None:
        """Go on from what is so, where it was not known."""
        if seen is None:
            self.state = None
        else:
            self.state = seen.state
            self.signatures |= seen.signatures
            if seen.attempt != self.attempt:
                self.begin_attempt(seen.attempt)
        self.is_unsure = False

    def begin_attempt(self, attempt: int) -> None:
        self.attempt = attempt
        self.may_be_joined = False
        self.declared.clear()
        self.arrived.clear()


class Ledger:
    """All accounts. Shared by the clients and by whoever kills the server under them."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.wanted: Step | None = None  # what the next kill is aimed at
        self.is_killed = False
        self._in_flight: Counter[Step] = Counter()
        self._seconds: dict[Step, float] = {}
        self._changed = threading.Condition()

    @contextmanager
    def asking(
        self, account: Account, step: Step, index: int = 0, *, may_stay: bool = False
    ) -> Generator[Entry]:
        """A request while it is under way. Left by an exception, it was not answered."""
        entry = Entry(step, index, may_stay)
        account.entries.append(entry)
        try:
            with self.under_way(step):
                yield entry
        finally:
            account.is_unsure |= entry.answer is Answer.NONE

    @contextmanager
    def under_way(self, step: Step) -> Generator[None]:
        with self._changed:
            self._in_flight[step] += 1
            self._changed.notify_all()
        begun = time.monotonic()
        try:
            yield
            self._seconds[step] = (self.usual_seconds(step) + time.monotonic() - begun) / 2
        finally:
            with self._changed:
                # Those that the kill has cut off leave one by one, and stay counted.
                self._in_flight[step] -= not self.is_killed

    def wait_for(self, step: Step, patience: float) -> bool:
        """Until a request of this kind is under way."""
        with self._changed:
            return self._changed.wait_for(lambda: self._in_flight[step] > 0, patience)

    def usual_seconds(self, step: Step) -> float:
        return self._seconds.get(step, 0.02)

    def begin_round(self, wanted: Step | None) -> None:
        with self._changed:
            self._in_flight.clear()
            self.wanted, self.is_killed = wanted, False

    def cut(self) -> Counter[Step]:
        """The server is about to be killed: what is under way now."""
        with self._changed:
            self.is_killed = True
            return +self._in_flight
