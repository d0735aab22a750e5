"""Any text may be sent as a search or as a page: it is understood, or refused in words."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sealift.domain import search
from sealift.domain.binary import State
from sealift.domain.names import Name
from sealift.domain.search import LARGEST_NUMBER, Clause, Key, Type, parse_search
from tests.fuzz.changed import changed
from tests.fuzz.promises import Answer, assert_kept, tries
from tests.fuzz.raw import Door
from tests.fuzz.stock import Stock

_LISTS: Final[Mapping[str, Mapping[str, Key]]] = {
    "/artifacts": search.ARTIFACTS,
    "/artifact_versions": search.ARTIFACT_VERSIONS,
    "/binaries": search.BINARIES,
    "/binary_signatures": search.BINARY_SIGNATURES,
    "/bundle_overrides": search.BUNDLE_OVERRIDES,
    "/bundle_signatures": search.BUNDLE_SIGNATURES,
    "/bundles": search.BUNDLES,
    "/ca_certificates": search.CA_CERTIFICATES,
    "/cohorts": search.COHORTS,
    "/device_certificates": search.DEVICE_CERTIFICATES,
    "/devices": search.DEVICES,
    "/events": search.EVENTS,
    "/products": search.PRODUCTS,
    "/releases": search.RELEASES,
    "/signing_keys": search.SIGNING_KEYS,
}
_STORABLE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_SEVERAL_SPACES = st.integers(1, 3).map(lambda count: " " * count)


@st.composite
def _clause(draw: st.DrawFn, keys: Mapping[str, Key]) -> Clause:
    name = draw(st.sampled_from(sorted(keys)))
    key = keys[name]
    operator = draw(st.sampled_from(sorted(key.operators)))
    match key.type:
        case Type.TEXT:
            return Clause(name, operator, draw(st.text(_STORABLE)))
        case Type.INTEGER:
            return Clause(name, operator, draw(st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)))
        case Type.BOOLEAN:
            return Clause(name, operator, draw(st.booleans()))
        case Type.STATE:
            return Clause(name, operator, draw(st.sampled_from(State)).value)
        case Type.TIME:
            return Clause(name, operator, draw(st.datetimes(timezones=st.just(UTC))))
        case Type.NAME:
            assert key.kind is not None
            ids = [str(draw(st.uuids())) for _ in range(2)]
            is_outermost = key.kind is search.Kind.ORGANIZATION
            return Clause(name, operator, Name(ids[is_outermost], key.kind, ids[1]))


def _spelled(clause: Clause) -> str:
    match clause.value:
        case bool():
            value = str(clause.value).lower()
        case int():
            value = str(clause.value)
        case datetime():
            value = f"'{clause.value.isoformat(timespec='microseconds')[:-6]}Z'"
        case _:
            escaped = str(clause.value).replace("\\", "\\\\").replace("'", "\\'")
            value = f"'{escaped}'"
    return f"{clause.key}{clause.operator}{value}"


@st.composite
def _searches(draw: st.DrawFn, keys: Mapping[str, Key]) -> str:
    """Right ones, nearly right ones, and any text."""
    clauses = draw(st.lists(_clause(keys), min_size=1, max_size=5))
    right = " and ".join(map(_spelled, clauses))
    return draw(st.one_of(st.just(right), changed(right), st.text(max_size=40)))


def _get(door: Door, key: bytes, path: str, **asked: str) -> Answer:
    query = urlencode(asked, errors="surrogatepass")
    answer = door.ask("GET", f"{path}?{query}", [(b"authorization", key)])
    assert_kept(answer)
    return answer


def assert_shown_or_refused(answer: Answer, field: str) -> None:
    told = json.loads(answer.content)
    if answer.status == 200:
        assert set(told) - {"next_page"} <= {path.removeprefix("/") for path in _LISTS}
    else:
        assert (answer.status, list(told["errors"])) == (422, [field]), answer


@tries(200)
@given(data=st.data())
def test_a_search_that_is_spelled_out_is_read_as_it_was_meant(data: st.DataObject) -> None:
    keys = data.draw(st.sampled_from(list(_LISTS.values())))
    clauses = data.draw(st.lists(_clause(keys), min_size=1, max_size=5))
    text = _spelled(clauses[0])
    for clause in clauses[1:]:
        text += f"{data.draw(_SEVERAL_SPACES)}and{data.draw(_SEVERAL_SPACES)}{_spelled(clause)}"

    assert parse_search(text, keys) == clauses


@tries(200)
@given(data=st.data())
def test_any_search_is_answered_or_refused(stock: Stock, door: Door, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(_LISTS)))
    text = data.draw(_searches(_LISTS[path]))

    answer = _get(door, stock.key, path, search=text)

    assert_shown_or_refused(answer, "search")


@tries(60)
@given(search_=st.binary(max_size=30), page=st.binary(max_size=30))
def test_a_query_of_any_bytes_is_answered_or_refused(
    stock: Stock, door: Door, search_: bytes, page: bytes
) -> None:
    for name, value in {"search": search_, "page": page, "limit": page, "order": page}.items():
        target = f"/artifacts?{name}={quote_from_bytes(value)}"
        answer = door.ask("GET", target, [(b"authorization", stock.key)])
        assert_kept(answer)
        assert_shown_or_refused(answer, name)


@pytest.fixture
def cursors(stock: Stock) -> dict[str, str]:
    """A good one of each list that goes on."""
    asked = {path: stock.yard.api.get(path, params={"limit": 1}).json() for path in _LISTS}
    return {path: told["next_page"] for path, told in asked.items() if told["next_page"]}


@tries(120)
@given(data=st.data())
def test_a_changed_cursor_is_refused(
    stock: Stock, door: Door, cursors: dict[str, str], data: st.DataObject
) -> None:
    path, own = data.draw(st.sampled_from(sorted(cursors.items())))
    other = data.draw(changed(own) | st.sampled_from(sorted(cursors.values())))
    assume(other != own)

    answer = _get(door, stock.key, path, page=other)

    assert answer.status == 422, answer
    assert list(json.loads(answer.content)["errors"]) == ["page"]
    assert _get(door, stock.key, path, page=own).status == 200
