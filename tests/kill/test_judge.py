"""Every kind of violation is found, and a life in which nothing went wrong has none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kill.judge import Fault, judge
from kill.ledger import Account, Answer, Content, Entry, Step
from kill.observed import Line, Link, Observed, SeenBinary, SeenPart, Tried
from sealift.domain.binary import State

ID = "0b0e7a0c-3f0a-4a55-9d3c-7a52a6b3a001"
KEY = f"{ID}-20260101000000000000.1"
CONTENT = Content(ID, (100,))
SPOILT = Content(ID, (100,), is_spoilt=True)

CREATED = Line("binary.created")
FINISHED = Line("binary.finish", State.UPLOADABLE, State.HASHABLE, 1)
HASHED = Line("binary.hash", State.HASHABLE, State.HASHING, 1)
ACCEPTED = Line("binary.accept", State.HASHING, State.SIGNABLE, 1)
REJECTED = Line("binary.reject", State.HASHING, State.HASHABLE, 1)
SIGNED = Line("binary.signed", State.SIGNABLE, State.SIGNED)
RESET = Line("binary.reset", State.SIGNABLE, State.UPLOADABLE, 1)
DESTROYED = Line("binary.destroy", State.SIGNED, State.DESTROYED, 1)
DELETED = Line("binary.deleted")

TO_SIGNABLE = (CREATED, FINISHED, HASHED, ACCEPTED)
TO_SIGNED = (*TO_SIGNABLE, SIGNED)
TO_DESTROYED = (*TO_SIGNED, DESTROYED)


def done(*steps: Step) -> list[Entry]:
    return [Entry(step, answer=Answer.YES) for step in steps]


def unanswered(step: Step) -> Entry:
    return Entry(step)


def an_account(*entries: Entry, content: Content = CONTENT) -> Account:
    return Account(ID, content, entries=[*done(Step.CREATE), *entries])


def a_record(state: State, attempt: int = 1, **seen: object) -> SeenBinary:
    has_content = state not in {State.UPLOADABLE, State.DESTROYED}
    usual: dict[str, object] = {
        "key": f"{KEY[:-1]}{attempt}",
        "has_store": has_content,
        "stored": CONTENT.sent if has_content else None,
        "signatures": {"a signature": "a key"} if state in {State.SIGNED, State.DESTROYED} else {},
    }
    return SeenBinary(ID, state, attempt, **{**usual, **seen})  # pyright: ignore[reportArgumentType]


def observed(record: SeenBinary | None, lines: Sequence[Line], **seen: object) -> Observed:
    there = {} if record is None else {ID: record}
    usual: dict[str, object] = {
        "kept": frozenset({record.key} if record is not None and record.has_store else ()),
        "to_erase": frozenset[str](),
        "shown": {name: each.state for name, each in there.items()},
        "served": {},
    }
    return Observed(there, {ID: lines}, **{**usual, **seen})  # pyright: ignore[reportArgumentType]


def faults(account: Account, seen: Observed) -> set[Fault]:
    return {Fault(each.fault) for each in judge({ID: account}, seen)}


SIGNED_FOR = done(Step.FINISH, Step.HASH, Step.SIGN)
DESTROYED_FOR = [*SIGNED_FOR, *done(Step.DESTROY)]


# --- nothing went wrong --------------------------------------------------------------------------


def test_a_whole_life_violates_nothing() -> None:
    account = an_account(*DESTROYED_FOR, *done(Step.DELETE))

    assert faults(account, observed(None, (*TO_DESTROYED, DELETED))) == set()


def test_what_was_not_answered_may_have_happened_or_not() -> None:
    account = an_account(*SIGNED_FOR, unanswered(Step.DESTROY))

    assert faults(account, observed(a_record(State.SIGNED), TO_SIGNED)) == set()
    assert faults(account, observed(a_record(State.DESTROYED), TO_DESTROYED)) == set()


def test_an_unanswered_request_leaves_the_line_to_its_repetition() -> None:
    account = an_account(*SIGNED_FOR, unanswered(Step.DESTROY), *done(Step.DESTROY))

    assert faults(account, observed(a_record(State.DESTROYED), TO_DESTROYED)) == set()


def test_asking_for_the_state_it_is_in_leaves_no_line() -> None:
    stay = Entry(Step.DESTROY, answer=Answer.YES, may_stay=True)

    account = an_account(*DESTROYED_FOR, stay)

    assert faults(account, observed(a_record(State.DESTROYED), TO_DESTROYED)) == set()


def test_the_verification_may_go_on_between_two_looks() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH))
    record = a_record(State.HASHING)

    seen = observed(record, TO_SIGNABLE[:-1], shown={ID: State.SIGNABLE})

    assert faults(account, seen) == set()


def test_what_is_noted_to_be_erased_is_no_orphan() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH, Step.RESET))
    record = a_record(State.UPLOADABLE, attempt=2)
    still = frozenset({KEY})

    assert (
        faults(account, observed(record, (*TO_SIGNABLE, RESET), kept=still, to_erase=still))
        == set()
    )


# --- answers -------------------------------------------------------------------------------------


def test_a_surprising_answer_is_a_violation() -> None:
    account = an_account(Entry(Step.FINISH, answer=Answer.NO, surprise="500"))

    seen = observed(a_record(State.UPLOADABLE), (CREATED,))

    assert faults(account, seen) == {Fault.SURPRISING_ANSWER}


# --- records and moves ---------------------------------------------------------------------------


def test_a_created_record_that_is_gone_is_found() -> None:
    assert faults(an_account(), observed(None, (CREATED,))) == {Fault.RECORD_LOST}


def test_a_deleted_record_that_is_there_is_found() -> None:
    account = an_account(*done(Step.DELETE))

    seen = observed(a_record(State.UPLOADABLE), (CREATED, DELETED))

    assert faults(account, seen) == {Fault.RECORD_BACK}


def test_a_record_that_nobody_created_is_found() -> None:
    seen = observed(a_record(State.UPLOADABLE), (CREATED,))

    assert {each.fault for each in judge({}, seen)} == {Fault.UNASKED_CHANGE}


def test_a_change_that_nobody_asked_for_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH))

    assert faults(account, observed(a_record(State.SIGNED), TO_SIGNED)) == {Fault.UNASKED_CHANGE}


def test_a_refused_change_that_happened_is_found() -> None:
    account = an_account(*SIGNED_FOR, Entry(Step.DESTROY, answer=Answer.NO))

    seen = observed(a_record(State.DESTROYED), TO_DESTROYED)

    assert faults(account, seen) == {Fault.UNASKED_CHANGE}


def test_an_acknowledged_change_that_is_undone_is_found() -> None:
    account = an_account(*SIGNED_FOR)

    seen = observed(a_record(State.SIGNABLE), TO_SIGNABLE)

    assert faults(account, seen) == {Fault.CHANGE_UNDONE}


def test_an_acknowledged_change_that_later_ones_pass_over_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.RESET, Step.FINISH, Step.HASH))

    seen = observed(a_record(State.SIGNABLE), TO_SIGNABLE)

    assert faults(account, seen) == {Fault.CHANGE_UNDONE}


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((CREATED, HASHED, ACCEPTED), id="skips a state"),
        pytest.param((CREATED, FINISHED, HASHED, RESET, ACCEPTED), id="a verdict after a reset"),
        pytest.param(
            (CREATED, FINISHED, HASHED, replace(ACCEPTED, attempt=2)), id="of another attempt"
        ),
        pytest.param(
            (CREATED, FINISHED, replace(HASHED, target=State.SIGNABLE)), id="no such move"
        ),
    ],
)
def test_a_move_that_the_lifecycle_does_not_know_is_found(lines: Sequence[Line]) -> None:
    account = an_account(unanswered(Step.FINISH), unanswered(Step.HASH), unanswered(Step.RESET))

    assert Fault.ILLEGAL_MOVE in faults(account, observed(a_record(State.SIGNABLE), lines))


def test_a_record_in_another_state_than_its_audit_tells_is_found() -> None:
    account = an_account(*SIGNED_FOR)

    seen = observed(a_record(State.HASHABLE), TO_SIGNED)

    assert faults(account, seen) == {Fault.AUDIT_DISAGREES}


def test_a_record_in_another_attempt_than_its_audit_tells_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH, Step.RESET))

    seen = observed(a_record(State.UPLOADABLE, attempt=1), (*TO_SIGNABLE, RESET))

    assert faults(account, seen) == {Fault.AUDIT_DISAGREES}


# --- parts and content ---------------------------------------------------------------------------


def an_upload(*parts: SeenPart) -> Observed:
    return observed(a_record(State.UPLOADABLE, has_store=True, parts=parts), (CREATED,))


def test_an_acknowledged_part_that_is_not_valid_is_found() -> None:
    account = an_account()
    account.arrived.add(1)

    seen = an_upload(SeenPart(1, is_valid=False, is_stored=False))

    assert faults(account, seen) == {Fault.PART_LOST}


def test_an_acknowledged_part_without_a_record_is_found() -> None:
    account = an_account()
    account.arrived.add(1)

    assert faults(account, an_upload()) == {Fault.PART_LOST}


def test_a_part_whose_bytes_are_gone_is_found_though_nobody_was_told_of_it() -> None:
    seen = an_upload(SeenPart(1, is_valid=True, is_stored=False))

    assert faults(an_account(), seen) == {Fault.BYTES_LOST}


def test_parts_of_an_attempt_that_was_given_up_need_not_be_there() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH), unanswered(Step.RESET))
    account.arrived.add(1)

    seen = observed(a_record(State.UPLOADABLE, attempt=2), (*TO_SIGNABLE, RESET))

    assert faults(account, seen) == set()


def test_an_upload_that_its_store_has_lost_is_found() -> None:
    lines = (CREATED, Line("binary.upload_lost", attempt=1))

    seen = observed(a_record(State.UPLOADABLE, attempt=2), lines)

    assert faults(an_account(), seen) == {Fault.UPLOAD_LOST}


@pytest.mark.parametrize("stored", [None, SPOILT.declared])
def test_content_that_is_not_what_was_sent_is_found(stored: str | None) -> None:
    account = an_account(*done(Step.FINISH))

    seen = observed(a_record(State.HASHABLE, stored=stored), (CREATED, FINISHED))

    assert faults(account, seen) == {Fault.CONTENT_WRONG}


def test_spoilt_content_that_was_accepted_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH), content=SPOILT)

    seen = observed(a_record(State.SIGNABLE, stored=SPOILT.sent), TO_SIGNABLE)

    assert faults(account, seen) == {Fault.VERDICT_WRONG}


def test_good_content_that_was_refused_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH))

    seen = observed(a_record(State.HASHABLE), (CREATED, FINISHED, HASHED, REJECTED))

    assert faults(account, seen) == {Fault.VERDICT_WRONG}


def test_a_download_of_other_bytes_is_found() -> None:
    seen = observed(a_record(State.SIGNED), TO_SIGNED, served={ID: "answers 404"})

    assert faults(an_account(*SIGNED_FOR), seen) == {Fault.DOWNLOAD_WRONG}


# --- signatures ----------------------------------------------------------------------------------


def test_an_acknowledged_signature_that_is_gone_is_found() -> None:
    account = an_account(*SIGNED_FOR)
    account.signatures["another"] = "a key"

    assert faults(account, observed(a_record(State.SIGNED), TO_SIGNED)) == {Fault.SIGNATURE_LOST}


def test_a_signed_binary_without_a_signature_is_found() -> None:
    seen = observed(a_record(State.SIGNED, signatures={}), TO_SIGNED)

    assert faults(an_account(*SIGNED_FOR), seen) == {Fault.SIGNATURES_WRONG}


# --- store and links -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, "0b0e7a0c-ffff-4a55-9d3c-7a52a6b3a001-2026.1"])
def test_what_nobody_has_any_more_is_found_in_the_store(key: str) -> None:
    account = an_account(*done(Step.FINISH, Step.HASH, Step.RESET))

    seen = observed(
        a_record(State.UPLOADABLE, attempt=2), (*TO_SIGNABLE, RESET), kept=frozenset({key})
    )

    assert faults(account, seen) == {Fault.ORPHAN}


def test_content_that_is_left_after_an_acknowledged_destruction_is_found() -> None:
    left = frozenset({KEY})

    seen = observed(a_record(State.DESTROYED), TO_DESTROYED, kept=left, to_erase=left)

    assert faults(an_account(*DESTROYED_FOR), seen) == {Fault.NOT_ERASED}


@pytest.mark.parametrize("index", [0, 1])
def test_a_link_to_what_was_given_up_that_works_is_found(index: int) -> None:
    account = an_account(*done(Step.FINISH, Step.HASH, Step.RESET))
    tried = Tried(ID, Link(1, index, "/content/a link"), 200)

    seen = observed(a_record(State.UPLOADABLE, attempt=2), (*TO_SIGNABLE, RESET), tried=[tried])

    assert faults(account, seen) == {Fault.LINK_ALIVE}
    assert faults(account, replace(seen, tried=[replace(tried, status=404)])) == set()


def test_a_link_to_what_is_there_may_work() -> None:
    tried = Tried(ID, Link(1, 0, "/content/a link"), 200)

    seen = observed(a_record(State.SIGNED), TO_SIGNED, tried=[tried])

    assert faults(an_account(*SIGNED_FOR), seen) == set()


# --- what is shown, and what goes on by itself ---------------------------------------------------


@pytest.mark.parametrize("shown", [{}, {ID: State.HASHABLE}])
def test_a_list_that_shows_something_else_is_found(shown: dict[str, State]) -> None:
    seen = observed(a_record(State.SIGNED), TO_SIGNED, shown=shown)

    assert faults(an_account(*SIGNED_FOR), seen) == {Fault.SHOWN_OTHERWISE}


def test_a_verification_that_does_not_finish_is_found() -> None:
    account = an_account(*done(Step.FINISH, Step.HASH))

    seen = observed(a_record(State.HASHING), TO_SIGNABLE[:-1])

    assert faults(account, seen) == set()
    assert faults(account, replace(seen, is_settled=True)) == {Fault.UNFINISHED}


def test_an_erasure_that_does_not_finish_is_found() -> None:
    account = an_account(*done(Step.DELETE))

    seen = observed(None, (CREATED, DELETED), to_erase=frozenset({KEY}), is_settled=True)

    assert faults(account, seen) == {Fault.UNFINISHED}
