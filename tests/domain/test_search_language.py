import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain import search
from sealift.domain.binary import State
from sealift.domain.errors import SearchMalformed
from sealift.domain.names import Kind, Name
from sealift.domain.search import LARGEST_NUMBER, Clause, Value, parse_search, quoted

_ID = "3f0c5b1e-9a51-4c7d-8e2b-0123456789ab"
_ORGANIZATION = "00000000-0000-4000-8000-000000000001"
_NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def _parse(text: str) -> list[Clause]:
    return parse_search(text, search.BINARIES)


def _value(text: str) -> Value:
    """The value of a search that has one clause."""
    (clause,) = _parse(text)
    return clause.value


def _refused(text: str) -> bool:
    try:
        _parse(text)
    except SearchMalformed as refusal:
        return refusal.field == "search"
    return False


# --- clauses -------------------------------------------------------------------------------------


def test_clauses_are_joined_by_and() -> None:
    found = _parse(f"description~'kernel' and size<1000 and hash:'{'0' * 64}'")

    assert found == [
        Clause("description", "~", "kernel"),
        Clause("size", "<", 1000),
        Clause("hash", ":", "0" * 64),
    ]


def test_several_spaces_may_stand_around_and() -> None:
    assert len(_parse("size>1   and  size<9")) == 2


def test_a_key_may_be_asked_twice() -> None:
    assert _parse("size>=1 and size<=9") == [Clause("size", ">=", 1), Clause("size", "<=", 9)]


def test_and_inside_a_text_joins_nothing() -> None:
    assert _value("description:'salt and pepper'") == "salt and pepper"


def test_five_clauses_are_the_most() -> None:
    five = " and ".join(["size>1"] * 5)

    assert len(_parse(five)) == 5
    assert _refused(f"{five} and size>1")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" ", id="a space"),
        pytest.param("size", id="a key alone"),
        pytest.param("size>", id="no value"),
        pytest.param(">5", id="no key"),
        pytest.param(" size>5", id="a space before"),
        pytest.param("size>5 ", id="a space after"),
        pytest.param("size >5", id="a space before the operator"),
        pytest.param("size> 5", id="a space after the operator"),
        pytest.param("size=5", id="an operator of other languages"),
        pytest.param("size!=5", id="no negation"),
        pytest.param("size>>5", id="two operators"),
        pytest.param("size=>5", id="an operator backwards"),
        pytest.param("SIZE>5", id="an uppercase key"),
        pytest.param("size>5 or size<3", id="or"),
        pytest.param("not size>5", id="not"),
        pytest.param("(size>5)", id="brackets"),
        pytest.param("size>5 AND size<9", id="an uppercase and"),
        pytest.param("size>5and size<9", id="no space before and"),
        pytest.param("size>5 andsize<9", id="no space after and"),
        pytest.param("size>5\tand\tsize<9", id="tabs"),
        pytest.param("size>5 and ", id="nothing after and"),
        pytest.param("size>5 and and size<9", id="and twice"),
        pytest.param("size>5, size<9", id="a comma"),
        pytest.param("size>5\n", id="a line end"),
        pytest.param("description:'open", id="an open quote"),
        pytest.param("description:'a'b'", id="a quote that is not escaped"),
        pytest.param("description:'a''b'", id="a quote escaped by another"),
        pytest.param("description:'\\'", id="the closing quote escaped"),
        pytest.param("description:'\\n'", id="an escape that is none"),
        pytest.param('description:"a"', id="double quotes"),
        pytest.param("description:a", id="text without quotes"),
        pytest.param("colour:'red'", id="an unknown key"),
        pytest.param("prn.id:'x'", id="a key below another"),
        pytest.param("description:'a\0b'", id="NUL"),
        pytest.param("description:'\ud800'", id="a lone surrogate"),
    ],
)
def test_what_is_no_search_is_refused(text: str) -> None:
    assert _refused(text)


def test_a_refusal_says_where_the_text_stops_making_sense() -> None:
    with pytest.raises(SearchMalformed) as refused:
        _parse("size>5 or size<3")

    assert "' or size<3'" in refused.value.message


def test_a_refusal_of_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(SearchMalformed) as refused:
        _parse("colour:'red'")

    assert all(key in refused.value.message for key in search.BINARIES)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        (r"''", ""),
        (r"'it\'s'", "it's"),
        (r"'C:\\'", "C:\\"),
        (r"'\\\''", "\\'"),
        (r"'\'\''", "''"),
        ("'100%'", "100%"),
        ("'a_b*c?'", "a_b*c?"),
        ("' spaces '", " spaces "),
        ("'größe'", "größe"),
        ("'two\nlines'", "two\nlines"),
    ],
)
def test_texts_mean_what_they_spell(spelled: str, meant: str) -> None:
    assert _value(f"description~{spelled}") == meant


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False)])
def test_a_yes_or_no_is_a_word_without_quotes(text: str, *, expected: bool) -> None:
    found = parse_search(f"archived:{text}", search.DEVICES)

    assert found == [Clause("archived", ":", expected)]


@pytest.mark.parametrize("text", ["'true'", "1", "yes", "True"])
def test_no_other_word_is_a_yes_or_no(text: str) -> None:
    with pytest.raises(SearchMalformed, match="archived needs true or false"):
        parse_search(f"archived:{text}", search.DEVICES)


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_every_text_can_be_quoted(text: str) -> None:
    assert _value(f"description:{quoted(text)}") == text


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("2026-01-31T12:00:00Z", _NOON),
        ("2026-01-31T12:00:00.5Z", _NOON.replace(microsecond=500_000)),
        ("2026-01-31T12:00:00.000001Z", _NOON.replace(microsecond=1)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_times_are_utc(spelled: str, meant: datetime) -> None:
    found = _value(f"inserted_at>='{spelled}'")

    assert found == meant
    assert isinstance(found, datetime)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "spelled",
    [
        "''",
        "2026-01-31T12:00:00Z",
        "'2026-01-31'",
        "'2026-01-31T12:00Z'",
        "'2026-01-31 12:00:00Z'",
        "'2026-01-31T12:00:00'",
        "'2026-01-31T12:00:00z'",
        "'2026-01-31T12:00:00+00:00'",
        "'2026-01-31T12:00:00.Z'",
        "'2026-01-31T12:00:00.1234567Z'",
        "'20260131T120000Z'",
        "'2026-02-30T12:00:00Z'",
        "'2026-13-01T12:00:00Z'",
        "'2026-01-31T24:00:00Z'",
        "'2026-01-31T12:60:00Z'",
        "'2026-06-30T23:59:60Z'",
        "'0000-01-01T00:00:00Z'",
        "'now'",
    ],
)
def test_times_in_another_form_or_that_never_were_are_refused(spelled: str) -> None:
    assert _refused(f"inserted_at>={spelled}")


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("0", 0),
        ("-5", -5),
        ("007", 7),
        ("53687091200000", 53_687_091_200_000),
        ("9223372036854775807", LARGEST_NUMBER),
        ("9999999999999999999", LARGEST_NUMBER),
        ("-9999999999999999999", -LARGEST_NUMBER),
    ],
)
def test_numbers_beyond_any_size_are_as_good_as_the_largest(spelled: str, meant: int) -> None:
    assert _value(f"size<{spelled}") == meant


@pytest.mark.parametrize(
    "spelled", ["'5'", "5.0", "1e3", "+5", "--5", "0x10", "1_000", "five", "true", "", "1" * 20]
)
def test_what_is_no_whole_number_is_refused(spelled: str) -> None:
    assert _refused(f"size:{spelled}")


@pytest.mark.parametrize("state", State)
def test_states_may_be_quoted_or_bare(state: State) -> None:
    assert _value(f"state:{state}") == state
    assert _value(f"state:'{state}'") == state


@pytest.mark.parametrize("spelled", ["SIGNED", "'Signed'", "''", "unknown", "'signed '"])
def test_unknown_states_are_refused(spelled: str) -> None:
    assert _refused(f"state:{spelled}")


def test_names_are_read_as_what_they_name() -> None:
    found = _value(f"prn:'prn:1:{_ORGANIZATION}:binary:{_ID}'")

    assert found == Name(_ORGANIZATION, Kind.BINARY, _ID)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("x", id="no name"),
        pytest.param(_ID, id="an id"),
        pytest.param(f"prn:1:{_ORGANIZATION}:artifact:{_ID}", id="another kind"),
        pytest.param(f"prn:1:{_ORGANIZATION}", id="an organization"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID.upper()}", id="uppercase"),
    ],
)
def test_a_name_that_names_nothing_of_the_kind_matches_nothing(name: str) -> None:
    assert _parse(f"prn:'{name}'") == [Clause("prn", ":", None)]


def test_a_name_without_quotes_is_refused() -> None:
    assert _refused("prn:prn")


# --- whatever comes ------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [*search.BINARIES, *"':~-<>=\\ .", ">=", "<=", "' and ", " and ", "5", "signed", "''", "\0"]
)


@given(text=st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert _refused(text) or 1 <= len(_parse(text)) <= 5


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("description:'" + "a" * 100_000, id="an open quote"),
        pytest.param("description:'" + "\\" * 100_000, id="backslashes"),
        pytest.param("description:'" + "\\'" * 50_000, id="escaped quotes"),
        pytest.param("description:'" + "\\\\" * 50_000 + "x", id="escaped backslashes"),
        pytest.param("description:'" + "\\" * 99_999 + "'", id="a quote that may be escaped"),
        pytest.param("a" * 100_000, id="a key without end"),
        pytest.param("size:" + "1" * 100_000 + "!", id="a number without end"),
        pytest.param("size>1" + " " * 100_000, id="spaces"),
        pytest.param("size>1" + " and" * 25_000, id="and without end"),
        pytest.param("'" * 100_000, id="quotes"),
    ],
)
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    begun = time.process_time()

    assert _refused(text)

    # Linear, this takes a hundredth; exponential, the age of the universe.
    assert time.process_time() - begun < 1
