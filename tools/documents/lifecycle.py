"""docs/lifecycle.md: the table of moves, in four views."""

from typing import Final

from documents.markdown import code, document, table
from sealift.domain.binary import LIFECYCLE, Duty, Event, Move, State

# Exhaustive on purpose: a state, an event or a duty without words stops the generator.
_STATES: Final = {
    State.UPLOADABLE: "It waits for content. Parts can be declared, sent and replaced; hash and"
    " size can still be corrected.",
    State.HASHABLE: "All bytes have arrived and are one piece. Nobody has compared them with"
    " the record yet.",
    State.HASHING: "The worker reads the stored bytes. The state is the order for that work,"
    " so it outlives every process.",
    State.SIGNABLE: "The stored bytes have the hash and the size that the record declares."
    " They can be downloaded.",
    State.SIGNED: "At least one signature over the hash was verified. The content is final.",
    State.DESTROYED: "The content is erased for good. Record and signatures stay, and the"
    " target is free for another binary.",
}
_EVENTS: Final = {
    Event.FINISH: "Every part is valid, none is missing, and together they have the size of"
    " the binary; the store joins them.",
    Event.HASH: "A client asks for verification, also again after it failed.",
    Event.ACCEPT: "The verifying worker found what the record declares.",
    Event.REJECT: "It found something else. `verification_error` says what; the content is kept.",
    Event.SIGN: "A client attaches the first good signature, and the server moves the binary.",
    Event.RESET: "Parts and content are discarded, so that other content can be sent.",
    Event.DESTROY: "The content is erased, the record kept. There is no way back.",
    Event.STAY: "Asking for the state it is in changes nothing and is no mistake.",
}
_DUTIES: Final = {
    Duty.VERIFY: "a worker has to verify the content",
    Duty.ERASE: "the content has to be erased",
}
_ABOUT: Final = """\
# The life of a binary

A binary is a record in the database and, apart from it, content in a store. Its state says
what is true of the content and what may happen next. Clients move it with `PATCH` and a
`state`; some moves belong to the server alone. What is not listed here is refused with
`binary.wrong_state` or `binary.not_yours`, and the refusal names the states that are allowed.

This page is made from the table `LIFECYCLE` in `src/sealift/domain/binary.py`.
"""
_AFTER: Final = """\
Each move is stored together with its line of history, and only if the binary is still in the
state that it was seen in. Two requests at once therefore end as one move and one refusal.
What has to follow a move is noted in the same transaction: a process that stops right after
it leaves nothing undone, because the sweep of any worker finds the note.
"""


def text() -> str:
    return document(
        _ABOUT,
        "## States",
        table(["State", "What it means"], [[code(state), _STATES[state]] for state in State]),
        "## Diagram",
        _diagram(),
        "## Moves",
        _moves(),
        _AFTER,
        "## Every pair of states",
        "Rows are where a binary is, columns where it is asked to go, cells who may do that.",
        _matrix(),
    )


def _moves() -> str:
    rows = [
        [
            code(move.source),
            code(move.target),
            str(move.by),
            f"**{move.on}**: {_EVENTS[move.on]}",
            _DUTIES[move.then] if move.then else "",
        ]
        for move in LIFECYCLE
        if not move.stays
    ]
    stay = ["any", "the same", "client", f"**{Event.STAY}**: {_EVENTS[Event.STAY]}", ""]
    return table(["From", "To", "By", "What happens", "Left to do"], [*rows, stay])


def _matrix() -> str:
    by_pair = {(move.source, move.target): move for move in LIFECYCLE}
    rows = [
        [f"**{source}**", *(_permission(by_pair.get((source, target))) for target in State)]
        for source in State
    ]
    return table(["from \\ to", *State], rows)


def _permission(move: Move | None) -> str:
    if move is None:
        return "-"
    return "stays" if move.stays else str(move.by)


def _diagram() -> str:
    arrows = [
        f"    {move.source} --> {move.target}: {move.on} ({move.by})"
        for move in LIFECYCLE
        if not move.stays
    ]
    begin = f"    [*] --> {State.UPLOADABLE}: create (client)"
    end = f"    {State.DESTROYED} --> [*]"
    return "\n".join(["```mermaid", "stateDiagram-v2", begin, *arrows, end, "```"])
