"""Whatever is asked of a channel, it stays one: each refusal leaves it as it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.channel import accepted, changed, healed, placed
from sealift.domain.errors import Refusal
from sealift.domain.release import PhaseMode, Release
from tests.domain.channels import NOW, release, releases


@dataclass(frozen=True)
class _Step:
    what: str
    of: int
    following: int | None
    previous: int | None
    changes: Mapping[str, Any]


_BEGUN: Final = ("", "a b", "a b c d", "a b c, x b", "a d, b d, c d", "a b c%", "a b!-, x b@")
_PLACES = st.none() | st.integers(0, 5)  # in the channel as it is then
_VALUES = st.sampled_from([Decimal(text) for text in ("0", "0.5", "1", "1", "1", "3")])
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "phase_mode": st.sampled_from(PhaseMode),
        "phase_value": _VALUES,
        "phase_tags": st.just(("beta",)),
        "schedule_date": st.integers(-3, 1).map(lambda hours: NOW + timedelta(hours=hours)),
        "required": st.booleans(),
        "disabled": st.booleans(),
    },
)
_STEPS = st.lists(
    st.builds(
        _Step,
        what=st.sampled_from(["make", "change", "lead", "archive"]),
        of=st.integers(0, 5),
        following=_PLACES,
        previous=_PLACES,
        changes=_CHANGES,
    ),
    min_size=1,
    max_size=20,
)


def _at(channel: Sequence[Release], place: int | None) -> str | None:
    """The id at that place, or of a stranger behind the end."""
    if place is None:
        return None
    return channel[place].id if place < len(channel) else "stranger"


def _linked(channel: Sequence[Release], written: Mapping[str, str | None]) -> list[Release]:
    return [
        replace(each, next_release_id=written[each.id]) if each.id in written else each
        for each in channel
    ]


def _after(channel: Sequence[Release], step: _Step, new_id: str) -> Sequence[Release]:
    following = _at(channel, step.following)
    if step.what == "make":
        new = accepted(release(new_id, following, **step.changes))
        return [*_linked(channel, placed(channel, new, _at(channel, step.previous), NOW)), new]
    if step.of >= len(channel):
        return channel
    found = channel[step.of]
    if step.what == "archive":
        left = _linked(channel, healed(channel, found))
        return [each for each in left if each.id != found.id]
    asked = {"next_release_id": following} if step.what == "lead" else step.changes
    after = changed(channel, found, replace(found, **asked), NOW)
    return [after if each is found else each for each in channel]


def _life(begun: str, steps: Sequence[_Step]) -> Iterator[Sequence[Release]]:
    """The channel as it begins, and after each step that was not refused."""
    channel = releases(begun)
    yield channel
    for number, step in enumerate(steps):
        try:
            channel = _after(channel, step, f"n{number}")
        except Refusal:
            continue
        yield channel


def assert_is_a_channel(channel: Sequence[Release]) -> None:
    by_id = {each.id: each for each in channel}
    assert len(by_id) == len(channel)
    for each in channel:
        if each.next_release_id is not None:
            assert each.next_release_id in by_id
            assert each.is_complete
            assert not each.is_scheduled(NOW)
    latest = [each for each in channel if each.next_release_id is None]
    assert len(latest) == min(len(channel), 1)
    for each in channel:
        steps, reached = 0, each
        while reached.next_release_id is not None and steps <= len(channel):
            steps, reached = steps + 1, by_id[reached.next_release_id]
        assert reached is latest[0]


@given(st.sampled_from(_BEGUN), _STEPS)
def test_a_channel_always_leads_to_one_latest_release_and_only_that_is_limited(
    begun: str, steps: Sequence[_Step]
) -> None:
    for channel in _life(begun, steps):
        assert_is_a_channel(channel)


@given(st.sampled_from(_BEGUN), _STEPS)
def test_what_is_complete_stays_complete(begun: str, steps: Sequence[_Step]) -> None:
    complete: set[str] = set()
    for channel in _life(begun, steps):
        assert complete.isdisjoint(each.id for each in channel if not each.is_complete)
        complete |= {each.id for each in channel if each.is_complete}
