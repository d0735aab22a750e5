from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.errors import PartInvalid
from sealift.domain.parts import (
    LARGEST,
    LARGEST_BINARY,
    MOST,
    SMALLEST,
    Cut,
    check_declared,
    cuts,
    offset,
    stride,
)

_MIB = 1024**2
_PART_SIZES = st.one_of(
    st.integers(1, 4 * SMALLEST),
    st.integers(SMALLEST // _MIB, 64).map(lambda count: count * _MIB),
)


def _places(declared: Sequence[tuple[int, int]], binary_size: int) -> dict[int, int | None]:
    """Where parts are put that are declared one after the other."""
    cut_by, found = None, dict[int, int | None]()
    for index, size in declared:
        cut_by = cut_by or stride(index, size, binary_size)
        found[index] = offset(index, size, binary_size, cut_by)
    return found


def _offsets(sizes: Sequence[int]) -> list[int]:
    """Where each part of these sizes begins in the joined content."""
    return [0, *accumulate(sizes)][:-1]


@st.composite
def _even_cuts(draw: st.DrawFn) -> list[int]:
    part_size = draw(_PART_SIZES)
    return [part_size] * draw(st.integers(0, 40)) + [draw(st.integers(1, part_size))]


def _uneven_cuts() -> st.SearchStrategy[list[int]]:
    """Few different sizes, so that some neighbours are equal."""
    sizes = st.sampled_from([1, 2, 3, 6, SMALLEST, SMALLEST + 1, 2 * SMALLEST])
    return st.lists(sizes, min_size=1, max_size=8)


@st.composite
def _shuffled(draw: st.DrawFn, sizes: st.SearchStrategy[list[int]]) -> list[tuple[int, int]]:
    return draw(st.permutations(list(enumerate(draw(sizes), start=1))))


# --- cutting -------------------------------------------------------------------------------------


def test_no_bytes_are_no_parts() -> None:
    assert cuts(0, SMALLEST) == []


def test_the_last_part_is_the_shorter_one() -> None:
    assert cuts(25, 10) == [Cut(1, 0, 10), Cut(2, 10, 10), Cut(3, 20, 5)]


def test_an_even_division_has_no_shorter_part() -> None:
    assert cuts(20, 10) == [Cut(1, 0, 10), Cut(2, 10, 10)]


@given(size=st.integers(0, 10**6), part_size=st.integers(1, 10**6).map(lambda n: max(n, 1000)))
def test_cuts_are_the_whole_in_order(size: int, part_size: int) -> None:
    pieces = cuts(size, part_size)

    assert [piece.index for piece in pieces] == list(range(1, len(pieces) + 1))
    assert [piece.offset for piece in pieces] == _offsets([piece.size for piece in pieces])
    assert sum(piece.size for piece in pieces) == size
    assert all(1 <= piece.size <= part_size for piece in pieces)


def test_the_largest_binary_is_the_most_parts_of_the_largest_size() -> None:
    assert LARGEST_BINARY == 53_687_091_200_000
    assert len(cuts(LARGEST_BINARY, LARGEST)) == MOST


# --- places --------------------------------------------------------------------------------------


@given(sizes=_even_cuts())
def test_an_even_cut_declared_in_order_has_all_places(sizes: list[int]) -> None:
    places = _places(list(enumerate(sizes, start=1)), sum(sizes))

    assert list(places.values()) == _offsets(sizes)


@given(
    mebibytes=st.integers(SMALLEST // _MIB, 100),
    whole_parts=st.integers(0, 60),
    last=st.integers(1, 100 * _MIB).filter(lambda size: size % _MIB != 0),
    data=st.data(),
)
def test_an_even_cut_in_whole_mebibytes_has_all_places_whichever_part_comes_first(
    mebibytes: int, whole_parts: int, last: int, data: st.DataObject
) -> None:
    part_size = mebibytes * _MIB
    sizes = [part_size] * whole_parts + [min(last, part_size)]
    declared = data.draw(st.permutations(list(enumerate(sizes, start=1))))

    places = _places(declared, sum(sizes))

    assert [place for _, place in sorted(places.items())] == _offsets(sizes)


@given(declared=_shuffled(st.one_of(_even_cuts(), _uneven_cuts())))
def test_parts_never_overlap_whatever_their_sizes_and_order(
    declared: list[tuple[int, int]],
) -> None:
    size_of = dict(declared)
    binary_size = sum(size_of.values())

    places = _places(declared, binary_size)

    taken = sorted(
        (begin, begin + size_of[index]) for index, begin in places.items() if begin is not None
    )
    assert all(end <= begin for (_, end), (begin, _) in pairwise(taken))
    assert all(0 <= begin < end <= binary_size for begin, end in taken)


@given(declared=_shuffled(st.one_of(_even_cuts(), _uneven_cuts())))
def test_parts_that_all_have_places_are_the_whole(declared: list[tuple[int, int]]) -> None:
    sizes = [size for _, size in sorted(declared)]

    places = [place for _, place in sorted(_places(declared, sum(sizes)).items())]

    assert None in places or places == _offsets(sizes)


@pytest.mark.parametrize(
    ("index", "size", "binary_size", "cut_by"),
    [
        pytest.param(1, 14, 14, 14, id="the only part"),
        pytest.param(1, 3, 14, 3, id="the first part says it, however small"),
        pytest.param(2, 5 * _MIB, 100 * _MIB, 5 * _MIB, id="a round one is one of the equal ones"),
        pytest.param(3, 7 * _MIB, 30 * _MIB + 1, 7 * _MIB, id="it cannot be the last"),
        pytest.param(11, 100, 50 * _MIB + 100, 5 * _MIB, id="a small one is the last"),
        pytest.param(3, 6 * _MIB + 1, 22 * _MIB + 1, 8 * _MIB, id="an odd one closes a round cut"),
        pytest.param(3, 6_000_000, 24_000_000, 6_000_000, id="an odd one in an odd cut is regular"),
        pytest.param(4, SMALLEST, 4 * SMALLEST, SMALLEST, id="the last may be as long as all"),
        pytest.param(2, 100, 150, None, id="longer than all before it"),
        pytest.param(3, 100, 100, None, id="nothing is left for those before it"),
        pytest.param(3, 100, 201, None, id="those before it cannot be equal"),
        pytest.param(4, SMALLEST, 3 * SMALLEST, None, id="those before it would be smaller"),
    ],
)
def test_the_cut_is_guessed_from_one_part(
    index: int, size: int, binary_size: int, cut_by: int | None
) -> None:
    assert stride(index, size, binary_size) == cut_by


@pytest.mark.parametrize(
    ("index", "size", "cut_by", "place"),
    [
        pytest.param(1, 10, 10, 0, id="the first"),
        pytest.param(2, 10, 10, 10, id="one between"),
        pytest.param(3, 5, 10, 20, id="the shorter last"),
        pytest.param(2, 9, 10, None, id="a shorter one that is not the last"),
        pytest.param(3, 10, 10, None, id="beyond the end"),
        pytest.param(4, 5, 10, None, id="behind the end"),
        pytest.param(2, 15, 10, None, id="longer than the cut"),
        pytest.param(2, 10, None, None, id="the cut is not known"),
    ],
)
def test_a_part_has_a_place_where_the_cut_has_one(
    index: int, size: int, cut_by: int | None, place: int | None
) -> None:
    assert offset(index, size, 25, cut_by) == place


# --- declaring -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "size", "binary_size"),
    [
        pytest.param(1, 1, 1, id="the smallest"),
        pytest.param(1, 14, 14, id="the whole in one, below the minimum of others"),
        pytest.param(MOST, LARGEST, LARGEST_BINARY, id="the largest"),
        pytest.param(2, SMALLEST - 1, 10**9, id="a small one that may turn out to be the last"),
    ],
)
def test_a_part_that_can_belong_to_the_binary_may_be_declared(
    index: int, size: int, binary_size: int
) -> None:
    check_declared(index, size, expected_binary_size=binary_size, binary_size=binary_size)

    assert size <= binary_size


@pytest.mark.parametrize(
    ("index", "size", "expected", "binary_size", "field"),
    [
        pytest.param(0, 10, 100, 100, "index", id="before the first"),
        pytest.param(MOST + 1, 10, 100, 100, "index", id="after the last"),
        pytest.param(1, 0, 100, 100, "size", id="no bytes"),
        pytest.param(1, -1, 100, 100, "size", id="less than no bytes"),
        pytest.param(1, LARGEST + 1, LARGEST_BINARY, LARGEST_BINARY, "size", id="too large"),
        pytest.param(1, 101, 100, 100, "size", id="larger than the binary"),
        pytest.param(1, 1, 0, 0, "size", id="of a binary without bytes"),
        pytest.param(1, 10, 99, 100, "expected_binary_size", id="of another binary"),
    ],
)
def test_a_part_that_cannot_belong_to_the_binary_is_refused(
    index: int, size: int, expected: int, binary_size: int, field: str
) -> None:
    with pytest.raises(PartInvalid) as refused:
        check_declared(index, size, expected, binary_size)

    assert refused.value.field == field
