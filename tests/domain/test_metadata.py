import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.metadata import LARGEST, compact

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=_JSON)
def test_metadata_is_read_back_as_it_was_given(value: object) -> None:
    assert json.loads(compact(value)) == value


def test_metadata_is_measured_without_blanks_or_escapes() -> None:
    assert compact({"größe": [1, 2], "b": None}) == '{"größe":[1,2],"b":null}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_word_for_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        compact({"number": number})


def test_a_megabyte_of_metadata_is_the_limit() -> None:
    assert LARGEST == 1_000_000
