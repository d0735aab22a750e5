import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.errors import RangeUnsatisfiable
from sealift.domain.ranges import MOST_RANGES, requested

_SIZE = 100


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        pytest.param("bytes=0-9", [range(10)], id="first and last"),
        pytest.param("bytes=0-0", [range(1)], id="one byte"),
        pytest.param("bytes=90-", [range(90, 100)], id="an open end"),
        pytest.param("bytes=0-", [range(100)], id="all of it"),
        pytest.param("bytes=-10", [range(90, 100)], id="the last bytes"),
        pytest.param("bytes=-100", [range(100)], id="as many last bytes as there are"),
        pytest.param("bytes=-101", [range(100)], id="more last bytes than there are"),
        pytest.param("bytes=50-1000", [range(50, 100)], id="an end behind the end"),
        pytest.param("bytes=99-99", [range(99, 100)], id="the last byte"),
        pytest.param("bytes=0-0,-1", [range(1), range(99, 100)], id="two"),
        pytest.param("bytes=50-59,0-9", [range(50, 60), range(10)], id="in the order asked"),
        pytest.param("bytes=0-50,40-60", [range(51), range(40, 61)], id="overlapping"),
        pytest.param("bytes= 0-9 ,\t20-29", [range(10), range(20, 30)], id="blanks in the list"),
        pytest.param("bytes=,0-9,,", [range(10)], id="empty members of the list"),
        pytest.param("bytes=0-9,100-", [range(10)], id="one of them behind the end"),
        pytest.param("bytes=-0,5-5", [range(5, 6)], id="one of them without bytes"),
        pytest.param("Bytes=0-9", [range(10)], id="units have no case"),
        pytest.param("bytes=00-09", [range(10)], id="leading zeros"),
        pytest.param("bytes=0-9999999999999999999", [range(100)], id="a very far end"),
    ],
)
def test_ranges_that_can_be_sent(header: str, wanted: list[range]) -> None:
    assert requested(header, _SIZE) == wanted


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="nothing"),
        pytest.param("bytes", id="only the unit"),
        pytest.param("bytes=", id="no ranges"),
        pytest.param("bytes= , ,", id="only empty members"),
        pytest.param("items=0-9", id="another unit"),
        pytest.param("bytes 0-9", id="no equals sign"),
        pytest.param("bytes=9-0", id="backwards"),
        pytest.param("bytes=0-9,9-0", id="one of them backwards"),
        pytest.param("bytes=-", id="neither end"),
        pytest.param("bytes=5", id="no hyphen"),
        pytest.param("bytes=a-b", id="no numbers"),
        pytest.param("bytes=1.5-2", id="no whole numbers"),
        pytest.param("bytes=--5", id="two hyphens"),
        pytest.param("bytes=+0-5", id="a sign"),
        pytest.param("bytes=0 - 9", id="blanks in a range"),
        pytest.param("bytes=\N{ARABIC-INDIC DIGIT ZERO}-", id="digits of another script"),
        pytest.param("bytes=0-" + "9" * 20, id="a number too long to be meant"),
        pytest.param("bytes=" + ",".join(["0-0"] * (MOST_RANGES + 1)), id="too many"),
        pytest.param("bytes=0-,0-0", id="more bytes than there are"),
    ],
)
def test_a_header_that_is_not_understood_is_ignored(header: str) -> None:
    assert requested(header, _SIZE) is None


def test_the_most_ranges_are_still_taken() -> None:
    header = "bytes=" + ",".join(["0-0"] * MOST_RANGES)

    assert requested(header, _SIZE) == [range(1)] * MOST_RANGES


@pytest.mark.parametrize(
    ("header", "size"),
    [
        pytest.param("bytes=100-", 100, id="just behind the end"),
        pytest.param("bytes=100-200", 100, id="all of it behind the end"),
        pytest.param("bytes=-0", 100, id="no bytes from the end"),
        pytest.param("bytes=200-300,400-", 100, id="several behind the end"),
        pytest.param("bytes=0-", 0, id="anything of nothing"),
        pytest.param("bytes=0-0", 0, id="the first byte of nothing"),
        pytest.param("bytes=-0", 0, id="no bytes of nothing"),
    ],
)
def test_ranges_that_have_no_bytes_are_refused_with_the_size(header: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiable) as refused:
        requested(header, size)

    assert refused.value.facts == {"size": size}


def test_the_last_bytes_of_nothing_are_the_whole_of_it() -> None:
    assert requested("bytes=-5", 0) is None


_SPECS = st.from_regex(r"\A(\d{0,21}-\d{0,21}|[0-9,=\- ]{0,8})\Z")
_HEADERS = st.one_of(
    st.text(),
    st.lists(_SPECS, max_size=5).map(lambda specs: "bytes=" + ",".join(specs)),
)


@given(header=_HEADERS, size=st.one_of(st.integers(0, 30), st.integers(0, 2**60)))
def test_no_header_asks_for_bytes_that_are_not_there(header: str, size: int) -> None:
    try:
        wanted = requested(header, size)
    except RangeUnsatisfiable:
        wanted = None

    # Not by the length of a range: Python has none for the longest.
    assert wanted is None or wanted
    assert all(0 <= each.start < each.stop <= size for each in wanted or [])


@given(first=st.integers(0, 120), last=st.integers(0, 120), size=st.integers(1, 100))
def test_a_range_is_the_slice_that_python_would_cut(first: int, last: int, size: int) -> None:
    content = list(range(size))
    expected = content[first : last + 1]

    try:
        wanted = requested(f"bytes={first}-{last}", size)
    except RangeUnsatisfiable:
        wanted = [range(0)]

    if last < first:
        assert wanted is None
    else:
        assert [list(each) for each in wanted or []] == [expected]
