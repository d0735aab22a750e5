"""The life of a binary, whole and on one screen.

Everything that decides whether a binary may change state is in this file, and
nothing else is. It reads no clock, disk, network or database. What must hold
besides the state (complete parts, a good signature) is asked by the action that
makes the move; what must follow a move stands in its last column.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealift.domain.errors import NotYours, WrongState


class State(StrEnum):
    UPLOADABLE = "uploadable"  # waiting for content
    HASHABLE = "hashable"  # all content received, none of it verified
    HASHING = "hashing"  # the server is reading the content
    SIGNABLE = "signable"  # the content is what its record says it is
    SIGNED = "signed"  # may be bundled, released and downloaded
    DESTROYED = "destroyed"  # content erased for good, record kept


class Event(StrEnum):
    FINISH = "finish"
    HASH = "hash"
    ACCEPT = "accept"
    REJECT = "reject"
    SIGN = "sign"
    RESET = "reset"
    DESTROY = "destroy"
    STAY = "stay"


class Mover(StrEnum):
    CLIENT = "client"
    SERVER = "server"


class Duty(StrEnum):
    """Work that a move leaves behind. The stored state asks for it; a job only makes it prompt."""

    VERIFY = "verify"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Move:
    source: State
    target: State
    on: Event
    by: Mover
    then: Duty | None = None

    @property
    def stays(self) -> bool:
        return self.source is self.target


# fmt: off
LIFECYCLE: Final = (
    #    from              to                on             by             then
    Move(State.UPLOADABLE, State.HASHABLE,   Event.FINISH,  Mover.CLIENT),
    Move(State.HASHABLE,   State.HASHING,    Event.HASH,    Mover.CLIENT, Duty.VERIFY),
    Move(State.HASHING,    State.SIGNABLE,   Event.ACCEPT,  Mover.SERVER),
    Move(State.HASHING,    State.HASHABLE,   Event.REJECT,  Mover.SERVER),
    Move(State.SIGNABLE,   State.SIGNED,     Event.SIGN,    Mover.SERVER),
    Move(State.SIGNED,     State.DESTROYED,  Event.DESTROY, Mover.CLIENT, Duty.ERASE),

    Move(State.HASHABLE,   State.UPLOADABLE, Event.RESET,   Mover.CLIENT, Duty.ERASE),
    Move(State.HASHING,    State.UPLOADABLE, Event.RESET,   Mover.CLIENT, Duty.ERASE),
    Move(State.SIGNABLE,   State.UPLOADABLE, Event.RESET,   Mover.CLIENT, Duty.ERASE),

    # Asking for the state a binary is in is no mistake: clients repeat themselves.
    Move(State.UPLOADABLE, State.UPLOADABLE, Event.STAY,    Mover.CLIENT),
    Move(State.HASHABLE,   State.HASHABLE,   Event.STAY,    Mover.CLIENT),
    Move(State.HASHING,    State.HASHING,    Event.STAY,    Mover.CLIENT),
    Move(State.SIGNABLE,   State.SIGNABLE,   Event.STAY,    Mover.CLIENT),
    Move(State.SIGNED,     State.SIGNED,     Event.STAY,    Mover.CLIENT),
    Move(State.DESTROYED,  State.DESTROYED,  Event.STAY,    Mover.CLIENT),
)
# fmt: on

_MOVES: Final = {(move.source, move.target): move for move in LIFECYCLE}

HAS_VERIFIED_CONTENT: Final = frozenset({State.SIGNABLE, State.SIGNED})


def next_states(state: State, by: Mover) -> list[State]:
    """Where `by` may take a binary from `state`, staying left out."""
    return [m.target for m in LIFECYCLE if m.source is state and m.by is by and not m.stays]


def move(source: State, target: State, by: Mover) -> Move:
    """The one way from `source` to `target`, or a refusal that names the legal ones."""
    found = _MOVES.get((source, target))
    if found is not None and found.by is by:
        return found
    allowed = next_states(source, by)
    legal = f"next it can be {' or '.join(allowed)}" if allowed else "no request changes its state"
    facts = {"state": source, "asked": target, "allowed": [str(state) for state in allowed]}
    if found is not None:
        message = f"cannot be moved from {source} to {target} by a {by}, only by a {found.by}"
        raise NotYours(f"{message}; {legal}", field="state", **facts)
    message = f"cannot go from {source} to {target}; {legal}"
    raise WrongState(message, field="state", **facts)


def must_be(state: State, allowed: frozenset[State], what: str) -> None:
    """Refuse `what` unless the binary is in one of the `allowed` states."""
    if state not in allowed:
        needed = [str(each) for each in State if each in allowed]
        message = f"{what} needs a binary that is {' or '.join(needed)}; this one is {state}"
        raise WrongState(message, field="state", state=state, allowed=needed)
