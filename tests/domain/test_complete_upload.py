import pytest

from sealift.domain.errors import PartsIncomplete
from sealift.domain.parts import SMALLEST, Part, PartState, check_complete

_TAIL = 100
_HASH = "0" * 64


def _valid(*sizes: int) -> list[Part]:
    return [Part(index, size, _HASH, PartState.VALID) for index, size in enumerate(sizes, start=1)]


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([], id="empty content"),
        pytest.param([14], id="one small part"),
        pytest.param([SMALLEST, SMALLEST], id="equal parts"),
        pytest.param([SMALLEST, SMALLEST, _TAIL], id="a shorter last part"),
        pytest.param([SMALLEST + 1, 2 * SMALLEST, SMALLEST, 1], id="parts of any sizes"),
        pytest.param([SMALLEST, 3 * SMALLEST], id="a longer last part"),
    ],
)
def test_valid_parts_that_add_up_are_a_whole(sizes: list[int]) -> None:
    parts = _valid(*sizes)

    check_complete(parts, sum(sizes))

    assert all(part.state is PartState.VALID for part in parts)


def test_missing_parts_are_named() -> None:
    first, _, third, _, fifth = _valid(*[SMALLEST] * 5)

    with pytest.raises(PartsIncomplete) as refused:
        check_complete([first, third, fifth], 5 * SMALLEST)

    assert refused.value.facts["parts"] == [2, 4]


def test_a_missing_first_part_is_named() -> None:
    parts = _valid(SMALLEST, SMALLEST)[1:]

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, 2 * SMALLEST)

    assert refused.value.facts["parts"] == [1]


@pytest.mark.parametrize("state", [each for each in PartState if each is not PartState.VALID])
def test_a_part_that_is_not_valid_is_named(state: PartState) -> None:
    parts = [*_valid(SMALLEST), Part(2, _TAIL, _HASH, state)]

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, SMALLEST + _TAIL)

    assert refused.value.facts["parts"] == [2]


def test_a_part_is_not_valid_unless_somebody_says_so() -> None:
    parts = [Part(1, _TAIL, _HASH)]

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, _TAIL)

    assert refused.value.facts["parts"] == [1]


def test_parts_before_the_last_that_are_too_small_are_named() -> None:
    parts = _valid(SMALLEST - 1, SMALLEST, 1, _TAIL)

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, sum(part.size for part in parts))

    assert refused.value.facts["parts"] == [1, 3]


@pytest.mark.parametrize("difference", [-1, 1])
def test_parts_that_do_not_add_up_are_refused_with_both_sizes(difference: int) -> None:
    parts, size = _valid(SMALLEST, _TAIL), SMALLEST + _TAIL + difference

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, size)

    assert refused.value.facts == {"total": SMALLEST + _TAIL, "size": size, "parts": [1, 2]}


def test_no_parts_are_not_enough_for_content() -> None:
    with pytest.raises(PartsIncomplete) as refused:
        check_complete([], 14)

    assert refused.value.facts == {"total": 0, "size": 14, "parts": []}


def test_all_refusals_are_about_the_state_that_was_asked_for() -> None:
    uploads = [[], _valid(1, 1), _valid(1, 1)[1:], [Part(1, 2, _HASH)]]

    for parts in uploads:
        with pytest.raises(PartsIncomplete) as refused:
            check_complete(parts, 2)

        assert refused.value.field == "state"


def test_a_message_names_twenty_parts_and_counts_the_others() -> None:
    parts = _valid(*[SMALLEST] * 100)[99:]

    with pytest.raises(PartsIncomplete) as refused:
        check_complete(parts, 100 * SMALLEST)

    assert refused.value.facts["parts"] == list(range(1, 100))
    assert "19, 20 and 79 more" in refused.value.message
