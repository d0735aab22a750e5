"""Whether what is seen after a kill agrees with what clients were told before it.

Pure: a ledger and what was observed in, violations out.

    records   what was created is there, what was deleted is not
    moves     the audit tells a legal life, which ends in the state of the record; it has every
              change that was acknowledged and none that nobody asked for
    parts     what was acknowledged is valid, and of what is valid the store has the bytes
    content   from `hashable` on it is what was sent, and the verdict on it is right
    store     nothing is kept but of the current attempt, or with a note that it must be erased
    links     what is given up cannot be reached any more
    work      what was left unfinished finishes by itself
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kill.ledger import Account, Answer, Entry, Step
from kill.observed import Line, Observed, SeenBinary, Tried
from sealift.domain.binary import HAS_VERIFIED_CONTENT, LIFECYCLE, Event, Mover, State


class Fault(StrEnum):
    SURPRISING_ANSWER = "surprising answer"
    RECORD_LOST = "record lost"
    RECORD_BACK = "deleted record is back"
    UNASKED_CHANGE = "change that nobody asked for"
    CHANGE_UNDONE = "acknowledged change undone"
    ILLEGAL_MOVE = "illegal move"
    AUDIT_DISAGREES = "audit disagrees with the record"
    UPLOAD_LOST = "upload lost by its store"
    PART_LOST = "acknowledged part lost"
    BYTES_LOST = "bytes of a valid part lost"
    CONTENT_WRONG = "content missing or other than sent"
    VERDICT_WRONG = "wrong verdict"
    SIGNATURE_LOST = "acknowledged signature lost"
    SIGNATURES_WRONG = "signatures do not fit the state"
    ORPHAN = "orphan in the store"
    NOT_ERASED = "not erased, though acknowledged"
    LINK_ALIVE = "link to what is given up works"
    DOWNLOAD_WRONG = "download is not what was sent"
    SHOWN_OTHERWISE = "API shows another state"
    UNFINISHED = "work does not finish"


@dataclass(frozen=True, slots=True)
class Violation:
    fault: StrEnum
    about: str  # an id: of a binary, where nothing else is said
    detail: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.detail} ({self.about})"


_STEPS: Final = {
    "binary.created": Step.CREATE,
    "binary.finish": Step.FINISH,
    "binary.hash": Step.HASH,
    "binary.signed": Step.SIGN,
    "binary.signature_added": Step.SIGN,
    "binary.reset": Step.RESET,
    "binary.destroy": Step.DESTROY,
    "binary.deleted": Step.DELETE,
}
_EVENTS: Final = {"binary.signed": Event.SIGN}
_UPLOAD_LOST: Final = {"binary.upload_lost", "binary.upload_abandoned"}
_HAS_CONTENT: Final = {State.HASHABLE, State.HASHING, State.SIGNABLE, State.SIGNED}
_DONE_BY_US: Final = {(each.source, each.target) for each in LIFECYCLE if each.by is Mover.SERVER}
_TAKEN: Final = 400  # the first status of those that refuse


def judge(accounts: Mapping[str, Account], seen: Observed) -> list[Violation]:
    found = [Violation(*each) for each in _of_all(accounts, seen)]
    for account in accounts.values():
        lines = seen.lines.get(account.id, ())
        record = seen.binaries.get(account.id)
        found += [Violation(*each) for each in _of_answers(account)]
        found += [Violation(*each) for each in _of_changes(account, lines)]
        found += [Violation(*each) for each in _of_presence(account, record, seen)]
        found += [Violation(*each) for each in _of_life(account, record, lines)]
        if record is not None:
            found += [Violation(*each) for each in _of_record(account, record, seen)]
    return found


_Found = Iterator[tuple[Fault, str, str]]


def _of_all(accounts: Mapping[str, Account], seen: Observed) -> _Found:
    for unknown in seen.binaries.keys() - accounts.keys():
        yield Fault.UNASKED_CHANGE, unknown, "a record that nobody created"
    claimed = {each.key for each in seen.binaries.values() if each.has_store} | seen.to_erase
    for key in seen.kept - claimed:
        yield Fault.ORPHAN, key, "no record has it, and no note says to erase it"
    for binary_id in seen.binaries.keys() ^ seen.shown.keys():
        yield Fault.SHOWN_OTHERWISE, binary_id, "the list and the records differ"
    if seen.is_settled:
        for key in seen.to_erase:
            yield Fault.UNFINISHED, key, "is still to be erased"
    for tried in seen.tried:
        if tried.status < _TAKEN and _is_dead(tried, seen):
            kind = f"part {tried.link.index}" if tried.link.index else "download"
            detail = f"{kind} of attempt {tried.link.attempt} answers {tried.status}"
            yield Fault.LINK_ALIVE, tried.binary_id, detail


def _is_dead(tried: Tried, seen: Observed) -> bool:
    record, link = seen.binaries.get(tried.binary_id), tried.link
    if any(key.startswith(f"{tried.binary_id}-") for key in seen.to_erase):
        return False  # it is being erased
    if record is None or record.attempt != link.attempt:
        return True
    if link.index:
        return record.state is not State.UPLOADABLE
    return record.state not in HAS_VERIFIED_CONTENT


def _of_answers(account: Account) -> _Found:
    for entry in account.entries:
        if entry.surprise is not None:
            yield Fault.SURPRISING_ANSWER, account.id, f"{entry.step}: {entry.surprise}"


def _of_changes(account: Account, lines: Sequence[Line]) -> _Found:
    """Each line answers to one request, in their order, and no acknowledged one is left out."""
    asked = [each for each in account.entries if each.answer is not Answer.NO]
    asked = [each for each in asked if each.step in _STEPS.values()]
    places = {0}  # in `asked`, up to which the lines so far may have come
    for line in lines:
        step = _STEPS.get(line.action)
        if step is None:
            continue
        onward = {after for place in places for after in _places_after(asked, place, step)}
        if not onward:
            is_due = any(each.step is step for each in asked[min(places) :])
            fault = Fault.CHANGE_UNDONE if is_due else Fault.UNASKED_CHANGE
            yield fault, account.id, f"{line.action}, where the requests were {_told(asked)}"
            return
        places = onward
    if not any(all(_may_be_left_out(each) for each in asked[place:]) for place in places):
        left = [each for each in asked[min(places) :] if not _may_be_left_out(each)]
        yield Fault.CHANGE_UNDONE, account.id, f"no line in the audit for {_told(left)}"


def _places_after(asked: Sequence[Entry], place: int, step: Step) -> Iterator[int]:
    for number, entry in enumerate(asked[place:], start=place):
        if entry.step is step:
            yield number + 1
        if not _may_be_left_out(entry):
            return


def _may_be_left_out(entry: Entry) -> bool:
    return entry.answer is Answer.NONE or entry.may_stay


def _told(entries: Sequence[Entry]) -> str:
    return ", ".join(f"{each.step} ({each.answer})" for each in entries)


def _of_presence(account: Account, record: SeenBinary | None, seen: Observed) -> _Found:
    if record is None and account.was_told(Step.CREATE) and not account.asked(Step.DELETE):
        yield Fault.RECORD_LOST, account.id, "it was created and never deleted"
    if record is not None and account.was_told(Step.DELETE):
        yield Fault.RECORD_BACK, account.id, f"it is {record.state}"
    if account.was_told(Step.DESTROY):
        for key in (*seen.kept, *seen.to_erase):
            if key.startswith(f"{account.id}-"):
                yield Fault.NOT_ERASED, account.id, f"it was destroyed; there is still {key}"


def _of_life(account: Account, record: SeenBinary | None, lines: Sequence[Line]) -> _Found:
    """The life of a deleted binary was a legal one, too."""
    state, attempt = State.UPLOADABLE, 1
    for line in lines:
        if line.action in _UPLOAD_LOST:
            yield Fault.UPLOAD_LOST, account.id, f"attempt {line.attempt}: {line.action}"
            state, attempt = State.UPLOADABLE, attempt + 1
        if line.source is None or line.target is None:
            continue
        event = _EVENTS.get(line.action) or line.action.removeprefix("binary.")
        legal = {(each.source, each.target) for each in LIFECYCLE if each.on == event}
        told = f"{line.action} from {line.source} to {line.target}"
        if line.source is not state or (line.source, line.target) not in legal:
            yield Fault.ILLEGAL_MOVE, account.id, f"{told}, when it was {state}"
        if line.attempt not in {None, attempt}:
            yield Fault.ILLEGAL_MOVE, account.id, f"{told} of attempt {line.attempt} in {attempt}"
        state = line.target
        attempt += line.action == "binary.reset"
    if record is not None and (state, attempt) != (record.state, record.attempt):
        told = f"{state} in attempt {attempt}, the record {record.state} in {record.attempt}"
        yield Fault.AUDIT_DISAGREES, account.id, f"the audit tells {told}"


def _of_record(account: Account, record: SeenBinary, seen: Observed) -> _Found:
    yield from _of_parts(account, record)
    yield from _of_content(account, record, seen)
    yield from _of_signatures(account, record)
    shown = seen.shown.get(record.id, record.state)
    if shown is not record.state and (record.state, shown) not in _DONE_BY_US:
        yield Fault.SHOWN_OTHERWISE, record.id, f"{shown}; on record it is {record.state}"
    if seen.is_settled and record.state is State.HASHING:
        yield Fault.UNFINISHED, record.id, "it is still being verified"


def _of_parts(account: Account, record: SeenBinary) -> _Found:
    if record.state is not State.UPLOADABLE:
        return  # whether the content is right tells more
    valid = {part.index for part in record.parts if part.is_valid}
    if account.attempt == record.attempt:
        for index in account.arrived - valid:
            yield Fault.PART_LOST, record.id, f"part {index} of attempt {record.attempt}"
    for part in record.parts:
        if part.is_valid and not part.is_stored:
            yield Fault.BYTES_LOST, record.id, f"part {part.index} of attempt {record.attempt}"


def _of_content(account: Account, record: SeenBinary, seen: Observed) -> _Found:
    if record.state in _HAS_CONTENT and record.stored != account.content.sent:
        what = "other bytes are" if record.stored else "nothing is"
        yield Fault.CONTENT_WRONG, record.id, f"it is {record.state} and {what} in the store"
    if record.state in HAS_VERIFIED_CONTENT:
        if account.content.is_spoilt:
            yield Fault.VERDICT_WRONG, record.id, f"it is {record.state} with wrong bytes"
        got = seen.served.get(record.id, account.content.sent)
        if got != account.content.sent:
            yield Fault.DOWNLOAD_WRONG, record.id, got
    refused = [line for line in seen.lines.get(record.id, ()) if line.action == "binary.reject"]
    if refused and not account.content.is_spoilt:
        yield Fault.VERDICT_WRONG, record.id, "good content was refused"


def _of_signatures(account: Account, record: SeenBinary) -> _Found:
    for signature, key in account.signatures.items():
        if record.signatures.get(signature) != key:
            yield Fault.SIGNATURE_LOST, record.id, signature
    is_signed = record.state in {State.SIGNED, State.DESTROYED}
    if is_signed is not bool(record.signatures):
        detail = f"it is {record.state} and has {len(record.signatures)}"
        yield Fault.SIGNATURES_WRONG, record.id, detail
