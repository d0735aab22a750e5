"""What those who distribute asked for and were told, and what devices were.

The channel of a cohort is led by one client, which waits for each answer, and so is what one
device asks. So after a kill a channel is as it was or as the one request without an answer would
have made it, whole: what lies between the two is a violation. Channels are known by the names of
their releases, since who gets no answer learns no PRN.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Final

from kill.ledger import Answer, Entry

EVERYBODY: Final = Decimal(1)
_FOREVER: Final = math.inf
_moments = count()


@dataclass(frozen=True, slots=True)
class Place:
    """Of one release in its channel. `disabled` is None where its devices may bring that about."""

    next: str | None  # a name
    phase: Decimal = EVERYBODY
    disabled: bool | None = False


State = Mapping[str, Place]


@dataclass(slots=True)
class Plan:
    """What was asked for one release: how many devices may have claimed it, and till when."""

    phase: Decimal
    bundle: str  # its id
    most: Decimal | int = 0  # claims
    most_failures: int | None = None
    for_everybody: float = _FOREVER  # when that was first asked for

    def ask_for(self, phase: Decimal, devices: int) -> None:
        if phase == EVERYBODY:
            self.for_everybody = min(self.for_everybody, next(_moments))
        else:
            self.most = max(self.most, phase if phase > 1 else math.ceil(phase * devices))

    def counts(self, moment: float) -> bool:
        """Whether a device that was given it then has claimed it."""
        return self.most > 0 and moment < self.for_everybody


@dataclass(slots=True)
class Course:
    """One channel. `state` is what it was when its last request was answered."""

    cohort: str  # its id
    state: State = field(default_factory=dict[str, Place])
    wanted: State | None = None  # by a request that was not answered
    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])  # by name
    ids: dict[str, str] = field(default_factory=dict[str, str])  # by name
    entries: list[Entry] = field(default_factory=list[Entry])

    def settle(self, entry: Entry, wanted: State) -> None:
        """What the answer to a request for a change tells."""
        if entry.answer is Answer.YES:
            self.state = wanted
        if entry.answer is Answer.NONE:
            self.wanted = wanted


@dataclass(slots=True)
class Check(Entry):
    said: str | None = None  # the id of a release
    given: str | None = None
    answered: float = 0.0  # when


@dataclass(slots=True)
class Told(Entry):
    """A report on an update."""

    id: str = ""
    release: str = ""
    outcome: str = ""


@dataclass(slots=True)
class Device:
    """One device, what it asked since the last kill, and whatever it reported."""

    prn: str
    cohort: str  # its id
    said: str | None = None  # the id of a release, before the checks
    claims: frozenset[str] = frozenset()  # likewise
    given: str | None = None  # the last release it was given
    checks: list[Check] = field(default_factory=list[Check])
    reports: list[Told] = field(default_factory=list[Told])

    @property
    def id(self) -> str:
        return self.prn.rpartition(":")[2]


@dataclass(slots=True)
class Distributed:
    """All of it. Bundles have ids of their own; with each the entry of the request for it."""

    courses: list[Course] = field(default_factory=list[Course])
    devices: list[Device] = field(default_factory=list[Device])
    bundles: dict[str, Entry] = field(default_factory=dict[str, Entry])
    is_over: bool = False  # taken away, so that nothing is left


def now() -> int:
    """A moment that is later than all before; times of day would not be."""
    return next(_moments)
