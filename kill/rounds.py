"""The rounds of one corner: start, look, judge, load, kill, and so on; at last, settle.

The first violation ends them, since what comes after it follows from it. At the end the server
is left in peace until all its work is done, then every binary is led to its end, and nothing
may be left in the store.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from threading import Event
from typing import Final

from kill.distribution.courses import adopt
from kill.distribution.grounds import Grounds as Distribution
from kill.distribution.grounds import prepared, take_away
from kill.distribution.judge import judge as judge_distribution
from kill.distribution.lead import Devices, Distributor
from kill.distribution.looking import look as look_at_distribution
from kill.judge import Fault, Violation, judge
from kill.lead import Lead, comes_to_its_end
from kill.ledger import Account, Ledger, Step
from kill.looking import look
from kill.observed import Line, Link, Observed
from kill.phases import Phases, await_verification, work_left
from kill.stage import Clients, Stage
from kill.steps import Grounds, Hand, grounds
from sealift.domain.binary import State
from sealift.records.binaries import LEASE

_LEADS: Final = 5
_DEVICES: Final = 2  # clients that play them
_AIMS: Final = (
    *(Step.UPLOAD, Step.FINISH, Step.HASH, Step.SIGN),
    *(Step.RESET, Step.DESTROY, Step.DELETE, None),
    *(Step.RELEASE, Step.CHECK, Step.ROLL_BACK, Step.REPORT),
)
_AT_START: Final = 0.15  # share of rounds that kill it while it starts, too
_WARM_UP: Final = 0.5  # seconds of load before a kill takes aim, at most
_OF_VERIFICATION: Final = 0.8  # share of the kills aimed at hashing that await the worker
_VERIFIED_WITHIN: Final = 0.005  # seconds, of small content
_LINKS_TRIED: Final = 12
_TOLD: Final = 10  # requests about a channel that is not as it should be
_SMALL: Final = 1024**2  # bytes of a part that is sent only to be refused
# A lease runs out; what may still have been opened when it was given up is erased a minute later.
_SETTLED_WITHIN: Final = LEASE.total_seconds() + 60 + 20


class Violated(Exception):
    def __init__(self, found: list[Violation]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Those of the target, unless somebody wants a server that is not as it should be.

    `after_kill` is called before what was killed is started again.
    """

    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    after_kill: Callable[[], object] = lambda: None
    aims: Sequence[Step | None] = _AIMS
    longest_load: float = 2.0  # seconds


@dataclass(slots=True)
class Rounds:
    stage: Stage
    seed: int
    given: Circumstances = Circumstances()
    ledger: Ledger = field(default_factory=Ledger)
    phases: Phases = field(default_factory=Phases)
    grounds: Grounds | None = None
    leads: list[Lead] = field(default_factory=list[Lead])
    distribution: Distribution | None = None
    distributors: list[Distributor | Devices] = field(default_factory=list[Distributor | Devices])
    seen: Observed | None = None
    starts: list[float] = field(default_factory=list[float])  # seconds

    def run(self, rounds: int) -> Iterator[int]:
        """The number of each round that held; at last the end is put to the test, too."""
        self.leads = [Lead(self._random(f"lead {n}"), self.ledger) for n in range(_LEADS)]
        for number in range(rounds):
            self._round(number, self._random(f"round {number}"))
            yield number + 1
        self._last()

    def lines_of(self, binary_id: str) -> Sequence[Line]:
        """What the audit told of it when it was last looked at."""
        return self.seen.lines.get(binary_id, ()) if self.seen else ()

    def told_of_channel(self, about: str) -> Iterator[str]:
        """What was asked of it, if it is that of this cohort."""
        courses = self.distribution.distributed.courses if self.distribution else []
        for course in courses:
            if course.cohort == about:
                asked = [f"{each.step} {each.answer}" for each in course.entries[-_TOLD:]]
                yield f"    asked last: {'; '.join(asked)}"

    def _random(self, name: str) -> Random:
        """The same choices for the same seed; what the machine makes of them may differ."""
        return Random(f"{self.seed} {self.stage.corner} {name}")

    def _round(self, number: int, random: Random) -> None:
        if self.starts and random.random() < _AT_START:
            victim = self.stage.start()
            time.sleep(random.uniform(0.1, 1.2) * self.starts[-1])
            victim.kill()
            self.given.after_kill()
            self.phases.kills_at_start += 1
        begun, since = time.monotonic(), datetime.now(UTC)
        wanted = self.given.aims[number % len(self.given.aims)]
        # One more process takes a while to start: devices have their door when it matters.
        victim = self.stage.start(for_devices=wanted is Step.REPORT)
        with victim.when_ready() as clients:
            self.starts.append(time.monotonic() - begun)
            try:
                if self.grounds is None:
                    self.grounds = grounds(clients.api)
                    self._prepare_distribution(clients)
                self._check(clients, random)
                self._load(clients, random, wanted, victim.kill)
            finally:
                victim.kill()
            self.given.after_kill()
        self.phases.work.update(work_left(self.stage, since))

    def _prepare_distribution(self, clients: Clients) -> None:
        hand = Hand(clients, self.ledger, self._grounds())
        made = prepared(hand, self._random("grounds"), self.stage.folder)
        devices, authority = made.distributed.devices, str(self.stage.device_authority)
        self.distribution = made
        self.distributors = [
            Distributor(self._random("distributor"), self.ledger, made),
            *(
                Devices(
                    self._random(f"devices {n}"), self.ledger, made, devices[n::_DEVICES], authority
                )
                for n in range(_DEVICES)
            ),
        ]

    def _load(
        self,
        clients: Clients,
        random: Random,
        wanted: Step | None,
        kill: Callable[[], None],
    ) -> None:
        self.ledger.begin_round(wanted)
        stop = Event()
        hand = Hand(clients, self.ledger, self._grounds())
        with ThreadPoolExecutor(_LEADS + len(self.distributors)) as threads:
            working = [threads.submit(lead.work, hand, stop) for lead in self.leads]
            working += [threads.submit(each.work, clients, stop) for each in self.distributors]
            try:
                self._await_the_moment(random, wanted)
                self.phases.count(self.ledger.cut())
                kill()
            finally:
                stop.set()
        for each in working:
            each.result()

    def _await_the_moment(self, random: Random, wanted: Step | None) -> None:
        if wanted is None:
            time.sleep(random.uniform(0, self.given.longest_load))
            return
        time.sleep(random.uniform(0, _WARM_UP))
        self.ledger.wait_for(wanted, self.given.longest_load)
        if wanted is Step.HASH and random.random() < _OF_VERIFICATION:
            await_verification(self.stage, self.given.longest_load)
            time.sleep(random.uniform(0, _VERIFIED_WITHIN))
        else:
            time.sleep(random.uniform(0, 1.5 * self.ledger.usual_seconds(wanted)))

    def _grounds(self) -> Grounds:
        if self.grounds is None:
            raise ValueError("the first round has not begun")
        return self.grounds

    def _check(self, clients: Clients, random: Random, *, is_settled: bool = False) -> Observed:
        accounts = self.ledger.accounts
        links = _links(list(accounts.values()), random)
        seen = look(self.stage, clients, accounts, links, is_settled=is_settled)
        distributed = look_at_distribution(self.stage)
        self.seen, found = seen, judge(accounts, seen)
        if self.distribution is not None:
            found += judge_distribution(self.distribution.distributed, distributed)
        if found:
            raise Violated(found)
        if self.distribution is not None:
            adopt(self.distribution.distributed, distributed)
        for account in accounts.values():
            account.adopt(seen.binaries.get(account.id))
        return seen

    # --- the end ---------------------------------------------------------------------------------

    def _last(self) -> None:
        """Nobody kills it any more: what was left finishes, and all lives come to their end."""
        victim = self.stage.start()
        try:
            with victim.when_ready() as clients:
                self._settle(clients, self._random("the end"))
            victim.end()
        finally:
            victim.kill()

    def _settle(self, clients: Clients, random: Random) -> None:
        self.ledger.begin_round(None)
        self._check(clients, random)
        deadline = time.monotonic() + _SETTLED_WITHIN
        while time.monotonic() < deadline and not _is_quiet(self._check(clients, random)):
            time.sleep(0.5)
        self._check(clients, random, is_settled=True)
        if self.distribution is not None:
            take_away(clients.api, self.distribution)
        hand = Hand(clients, self.ledger, self._grounds())
        for account in self.ledger.accounts.values():
            if not comes_to_its_end(hand, account):
                detail = f"no way leads on from {account.state}"
                raise Violated([Violation(Fault.UNFINISHED, account.id, detail)])
        self._check(clients, random, is_settled=True)


def _is_quiet(seen: Observed) -> bool:
    return not seen.to_erase and all(
        each.state is not State.HASHING for each in seen.binaries.values()
    )


def _links(accounts: list[Account], random: Random) -> list[tuple[Account, Link]]:
    """Some of those that lead to what was given up, the newer the likelier."""
    dead = [
        (account, link)
        for account in accounts
        for link in account.links
        if link.attempt != account.attempt or account.state in {None, State.DESTROYED}
        if not link.index or account.content.sizes[link.index - 1] <= _SMALL
    ]
    some = random.sample(dead[:-_LINKS_TRIED], min(_LINKS_TRIED, len(dead[:-_LINKS_TRIED])))
    return [*some, *dead[-_LINKS_TRIED:]]
