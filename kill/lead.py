"""One client that leads its binaries through their lives, by steps chosen at random.

Most steps are legal; an illegal one has to be refused. A step that a deletion crosses may be
refused or not, and then there is no such binary.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Event
from time import monotonic, sleep
from typing import Final, TypeVar
from uuid import UUID

from kill.ledger import MIB, Account, Content, Ledger, Step
from kill.steps import Gone, Hand
from sealift.domain.binary import State

T = TypeVar("T")

_MOST: Final = 4  # binaries of one lead at a time
_NAP: Final = 0.02  # seconds between two looks at a binary that is being verified
_LATEST: Final = 0.01  # seconds after a step until the deletion that crosses it
_TO_THE_END: Final = 60.0  # seconds
_WRONG: Final = 0.05  # share of steps that are not legal
_CROSSED: Final = 0.03  # share of steps that a deletion crosses
_AIMED: Final = 0.7  # share of steps that serve the kill's aim, where one can
_AGAIN: Final = 0.1  # share of steps that send a part once more
_SPOILT: Final = 0.08  # share of contents that are not what was declared

# What comes next, by weight.
_USUAL: Final[dict[State, dict[Step, int]]] = {
    State.HASHABLE: {Step.HASH: 80, Step.RESET: 15, Step.DELETE: 5},
    State.HASHING: {Step.LOOK: 75, Step.RESET: 20, Step.DELETE: 5},
    State.SIGNABLE: {Step.SIGN: 60, Step.DOWNLOAD: 15, Step.RESET: 20, Step.DELETE: 5},
    State.SIGNED: {Step.DESTROY: 50, Step.DOWNLOAD: 25, Step.SIGN: 10, Step.DELETE: 15},
    State.DESTROYED: {Step.DELETE: 60, Step.DESTROY: 40},
}
_REFUSED: Final[dict[State, tuple[Step, ...]]] = {
    State.UPLOADABLE: (Step.HASH, Step.DESTROY, Step.SIGN),
    State.HASHABLE: (Step.DESTROY, Step.SIGN),
    State.HASHING: (Step.DESTROY,),
    State.SIGNABLE: (Step.DESTROY, Step.FINISH),
    State.SIGNED: (Step.RESET, Step.HASH),
    State.DESTROYED: (Step.RESET, Step.SIGN, Step.HASH),
}
_CROSSING: Final[dict[State, tuple[Step, ...]]] = {
    State.HASHABLE: (Step.HASH, Step.RESET),
    State.HASHING: (Step.RESET,),
    State.SIGNABLE: (Step.SIGN, Step.RESET),
    State.SIGNED: (Step.SIGN, Step.DESTROY),
    State.DESTROYED: (Step.DESTROY,),
}
_SIZES: Final[dict[tuple[int, ...], int]] = {
    (): 4,  # no content at all
    (100,): 20,
    (40_000,): 20,
    (300_000,): 30,
    (3 * MIB,): 10,
    (5 * MIB, 70_000): 8,
    (6 * MIB, 5 * MIB, 900): 2,  # no even cut: the parts have to be joined by copying
}


@dataclass(slots=True)
class Lead:
    random: Random
    ledger: Ledger
    accounts: list[Account] = field(default_factory=list[Account])

    def work(self, hand: Hand, stop: Event) -> None:
        """Until the server is gone or `stop` is set."""
        try:
            while not stop.is_set():
                self._step(hand)
        except Gone:
            pass

    def _step(self, hand: Hand) -> None:
        self.accounts = [each for each in self.accounts if _goes_on(each)]
        aimed = [each for each in self.accounts if self._serves_the_aim(each)]
        if aimed and self.random.random() < _AIMED:
            self._onward(hand, self.random.choice(aimed), self.ledger.wanted)
        elif len(self.accounts) < _MOST and self.random.random() < 1 / (1 + len(self.accounts)):
            hand.take(self._new(), Step.CREATE)
        elif self.accounts:
            self._onward(hand, self.random.choice(self.accounts), None)

    def _new(self) -> Account:
        made = str(UUID(int=self.random.getrandbits(128), version=4))
        sizes = self._chosen(_SIZES)
        account = Account(made, Content(made, sizes, self.random.random() < _SPOILT))
        self.ledger.accounts[made] = account
        self.accounts.append(account)
        return account

    def _serves_the_aim(self, account: Account) -> bool:
        wanted, state = self.ledger.wanted, account.state
        if state is State.UPLOADABLE:
            return wanted is Step.FINISH or (wanted is Step.UPLOAD and bool(account.missing))
        return wanted is not None and state is not None and wanted in _USUAL[state]

    def _onward(self, hand: Hand, account: Account, wanted: Step | None) -> None:
        state = account.state
        if state is None:
            raise ValueError(f"{account.id} is not there")
        if wanted is None and self.random.random() < _WRONG:
            hand.take(account, self.random.choice(_REFUSED[state]))
        elif wanted is None and self.random.random() < _CROSSED:
            self._crossed(hand, account, state)
        elif state is State.UPLOADABLE:
            self._send(hand, account)
        elif wanted is not None:
            hand.take(account, wanted)
        else:
            self._take_usual(hand, account, state)

    def _take_usual(self, hand: Hand, account: Account, state: State) -> None:
        step = self._chosen(_USUAL[state])
        if account.is_refused and step is Step.HASH:
            step = Step.RESET  # once is enough
        if step is Step.SIGN and len(account.signatures) == len(hand.grounds.signers):
            step = Step.DESTROY
        if state is State.DESTROYED and self.random.random() < 0.2:
            account.is_retired = True
        else:
            hand.take(account, step)
        if step is Step.LOOK and account.state is State.HASHING:
            sleep(_NAP)

    def _send(self, hand: Hand, account: Account, *, crossed: bool = False) -> None:
        """The upload's next request: any part may come first, and again."""
        missing = account.missing
        if not missing and (not account.content.sizes or self.random.random() > _AGAIN):
            hand.take(account, Step.FINISH, crossed=crossed)
            return
        index = self.random.choice(missing or account.content.indexes)
        if index in account.declared and self.random.random() > _AGAIN:
            hand.upload(account, index, crossed=crossed)
        else:
            hand.declare(account, index, crossed=crossed)

    def _crossed(self, hand: Hand, account: Account, state: State) -> None:
        """Another step and a deletion at the same moment; the step is the first on the ledger."""
        asked = len(account.entries)
        with ThreadPoolExecutor(1) as other:
            if state is State.UPLOADABLE:
                running = other.submit(self._send, hand, account, crossed=True)
            else:
                step = self.random.choice(_CROSSING[state])
                running = other.submit(hand.take, account, step, crossed=True)
            while len(account.entries) == asked and not running.done():
                sleep(0)
            sleep(self.random.uniform(0, _LATEST))
            hand.take(account, Step.DELETE)
            running.result()
        account.state = None

    def _chosen(self, weights: Mapping[T, int]) -> T:
        return self.random.choices(list(weights), list(weights.values()))[0]


def comes_to_its_end(hand: Hand, account: Account) -> bool:
    """Takes every step that is left, by the shortest way. A claim that a kill has left runs out."""
    deadline = monotonic() + _TO_THE_END
    while account.state is not None and monotonic() < deadline:
        before = len(account.arrived), len(account.declared), account.state
        _shortest(hand, account, account.state)
        if before == (len(account.arrived), len(account.declared), account.state):
            sleep(_NAP)
    return account.state is None


def comes_to_be_signed(hand: Hand, account: Account) -> None:
    deadline = monotonic() + _TO_THE_END
    while account.state is not State.SIGNED and monotonic() < deadline:
        if account.state is None:
            hand.take(account, Step.CREATE)
        else:
            _shortest(hand, account, account.state)
        sleep(_NAP)


def _shortest(hand: Hand, account: Account, state: State) -> None:
    if state is not State.UPLOADABLE:
        is_over = state is State.HASHABLE and account.is_refused
        hand.take(account, Step.DELETE if is_over else next(iter(_USUAL[state])))
    elif not account.missing:
        hand.take(account, Step.FINISH)
    elif account.missing[0] in account.declared:
        hand.upload(account, account.missing[0])
    else:
        hand.declare(account, account.missing[0])


def _goes_on(account: Account) -> bool:
    return account.state is not None and not account.is_retired
