from dataclasses import FrozenInstanceError
from itertools import product
from typing import cast

import pytest

from sealift.domain.binary import (
    HAS_VERIFIED_CONTENT,
    LIFECYCLE,
    Duty,
    Mover,
    State,
    move,
    must_be,
    next_states,
)
from sealift.domain.errors import NotYours, WrongState

# Written out a second time and in another form, so that a changed row shows in two places.
# A dot is a move that is always refused.
_CLIENT = """
    from       | uploadable  hashable  hashing  signable  signed  destroyed
    uploadable | stay        finish    .        .         .       .
    hashable   | reset       stay      hash     .         .       .
    hashing    | reset       .         stay     .         .       .
    signable   | reset       .         .        stay      .       .
    signed     | .           .         .        .         stay    destroy
    destroyed  | .           .         .        .         .       stay
"""
_SERVER = """
    from       | uploadable  hashable  hashing  signable  signed  destroyed
    uploadable | .           .         .        .         .       .
    hashable   | .           .         .        .         .       .
    hashing    | .           reject    .        accept    .       .
    signable   | .           .         .        .         sign    .
    signed     | .           .         .        .         .       .
    destroyed  | .           .         .        .         .       .
"""
_DUTIES = {"hash": Duty.VERIFY, "reset": Duty.ERASE, "destroy": Duty.ERASE}


def _events(table: str, by: Mover) -> dict[tuple[State, State, Mover], str]:
    head, *rows = (line.partition("|") for line in table.strip().splitlines())
    targets = [State(word) for word in head[2].split()]
    return {
        (State(source.strip()), target, by): event
        for source, _, events in rows
        for target, event in zip(targets, events.split(), strict=True)
    }


_EVENTS = _events(_CLIENT, Mover.CLIENT) | _events(_SERVER, Mover.SERVER)
_LISTED = [(*asked, event) for asked, event in _EVENTS.items() if event != "."]
_UNLISTED = [asked for asked, event in _EVENTS.items() if event == "."]


def _other(mover: Mover) -> Mover:
    return Mover.SERVER if mover is Mover.CLIENT else Mover.CLIENT


def test_the_two_tables_speak_of_every_pair_of_states_and_of_both_movers() -> None:
    assert set(_EVENTS) == set(product(State, State, Mover))
    assert len(_EVENTS) == 72


@pytest.mark.parametrize(("source", "target", "by", "event"), _LISTED)
def test_a_listed_move_is_made(source: State, target: State, by: Mover, event: str) -> None:
    found = move(source, target, by)

    assert (found.source, found.target, found.by) == (source, target, by)
    assert (found.on, found.then) == (event, _DUTIES.get(event))


@pytest.mark.parametrize(("source", "target", "by"), _UNLISTED)
def test_an_unlisted_move_is_refused(source: State, target: State, by: Mover) -> None:
    is_the_others = _EVENTS[source, target, _other(by)] != "."

    with pytest.raises(NotYours if is_the_others else WrongState) as refused:
        move(source, target, by)

    assert refused.value.field == "state"


@pytest.mark.parametrize(("source", "target", "by"), _UNLISTED)
def test_a_refusal_names_both_states_and_the_legal_next_ones(
    source: State, target: State, by: Mover
) -> None:
    legal = sorted(
        str(each) for each in State if each is not source and _EVENTS[source, each, by] != "."
    )

    with pytest.raises((NotYours, WrongState)) as refused:
        move(source, target, by)

    facts = dict(refused.value.facts)
    allowed = cast("list[str]", facts.pop("allowed"))
    assert facts == {"state": source, "asked": target}
    assert sorted(allowed) == legal
    assert all(word in refused.value.message for word in [source, target, *legal])


def test_every_state_is_reached_from_a_new_binary() -> None:
    reached = {State.UPLOADABLE}

    for _ in State:
        reached |= {each.target for each in LIFECYCLE if each.source in reached}

    assert reached == set(State)


def test_nothing_leaves_destroyed() -> None:
    targets = {each.target for each in LIFECYCLE if each.source is State.DESTROYED}

    assert targets == {State.DESTROYED}
    assert [next_states(State.DESTROYED, by) for by in Mover] == [[], []]


def test_signed_is_entered_from_signable_only() -> None:
    sources = {each.source for each in LIFECYCLE if each.target is State.SIGNED and not each.stays}

    assert sources == {State.SIGNABLE}


def test_signable_is_entered_from_hashing_by_the_server_only() -> None:
    ways = {
        (each.source, each.by)
        for each in LIFECYCLE
        if each.target is State.SIGNABLE and not each.stays
    }

    assert ways == {(State.HASHING, Mover.SERVER)}


def test_destroyed_is_entered_from_signed_only() -> None:
    ways = {each.source for each in LIFECYCLE if each.target is State.DESTROYED and not each.stays}

    assert ways == {State.SIGNED}


def test_no_pair_of_states_has_two_moves() -> None:
    pairs = [(each.source, each.target) for each in LIFECYCLE]

    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("state", State)
def test_staying_leaves_nothing_to_do(state: State) -> None:
    found = move(state, state, Mover.CLIENT)

    assert found.stays
    assert found.then is None


def test_a_move_cannot_be_rewritten() -> None:
    with pytest.raises(FrozenInstanceError):
        LIFECYCLE[0].target = State.SIGNED  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("state", [State.SIGNABLE, State.SIGNED])
def test_verified_content_is_enough_where_it_is_needed(state: State) -> None:
    must_be(state, HAS_VERIFIED_CONTENT, "a download")

    assert state in HAS_VERIFIED_CONTENT


@pytest.mark.parametrize(
    "state", [State.UPLOADABLE, State.HASHABLE, State.HASHING, State.DESTROYED]
)
def test_content_that_is_not_verified_is_refused_where_it_must_be(state: State) -> None:
    with pytest.raises(WrongState) as refused:
        must_be(state, HAS_VERIFIED_CONTENT, "a download")

    assert refused.value.field == "state"
    assert refused.value.facts == {"state": state, "allowed": ["signable", "signed"]}
