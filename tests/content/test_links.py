from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sealift.content.keyring import Keyring
from sealift.content.links import LIFETIME, ContentTicket, Links, PartTicket, parameters
from sealift.domain.errors import LinkForbidden

_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_LINKS = Links("https://sealift.example/", Keyring(lambda: {"k1": b"k" * 32}))
_HASH = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"
_PART = PartTicket("disk", "3f0c5b1e.1", 7, 2)
_CONTENT = ContentTicket("disk", "3f0c5b1e.1", _HASH)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as the door sees it: the pieces of its path, and its parameters."""

    path: tuple[str, ...]
    query: dict[str, str]


def _seen(link: str) -> Link:
    address = urlsplit(link)
    pieces = [unquote(piece) for piece in address.path.split("/")]
    assert (address.scheme, address.netloc) == ("https", "sealift.example")
    assert pieces[:2] == ["", "content"]
    return Link(tuple(pieces[2:]), dict(parse_qsl(address.query, keep_blank_values=True)))


def _part_ticket(link: Link, now: datetime = _NOW) -> PartTicket:
    store, key, _, index = link.path
    return _LINKS.part_ticket(store, key, index, link.query, now)


def _content_ticket(link: Link, now: datetime = _NOW) -> ContentTicket:
    store, key = link.path
    return _LINKS.content_ticket(store, key, link.query, now)


def _opens(link: Link, now: datetime = _NOW) -> bool:
    try:
        _part_ticket(link, now) if len(link.path) == 4 else _content_ticket(link, now)
    except LinkForbidden:
        return False
    return True


_PART_LINK = _seen(_LINKS.part(_PART, _NOW))
_CONTENT_LINK = _seen(_LINKS.content(_CONTENT, _NOW))
_BOTH = pytest.mark.parametrize("link", [_PART_LINK, _CONTENT_LINK], ids=["part", "content"])


# --- what a link opens ---------------------------------------------------------------------------


def test_a_part_link_opens_its_part() -> None:
    assert _part_ticket(_PART_LINK) == _PART
    assert _PART_LINK.path == ("disk", "3f0c5b1e.1", "parts", "7")


def test_a_content_link_opens_its_content() -> None:
    assert _content_ticket(_CONTENT_LINK) == _CONTENT
    assert _CONTENT_LINK.path == ("disk", "3f0c5b1e.1")


@_BOTH
def test_a_link_may_be_used_again(link: Link) -> None:
    assert [_opens(link) for _ in range(3)] == [True] * 3


def test_a_link_works_on_another_server_with_the_same_keys() -> None:
    other = Links("http://10.0.0.2:8000", Keyring(lambda: {"k1": b"k" * 32}))
    store, key = _CONTENT_LINK.path

    ticket = other.content_ticket(store, key, _CONTENT_LINK.query, _NOW)

    assert ticket == _CONTENT


# --- for how long --------------------------------------------------------------------------------


def test_links_live_for_a_day() -> None:
    assert timedelta(hours=24) == LIFETIME


@_BOTH
def test_a_link_works_until_the_last_instant(link: Link) -> None:
    assert _opens(link, _NOW + LIFETIME - _INSTANT)


@_BOTH
@pytest.mark.parametrize("late", [timedelta(0), _INSTANT, timedelta(days=1000)])
def test_a_link_is_dead_once_its_time_is_over(link: Link, late: timedelta) -> None:
    assert not _opens(link, _NOW + LIFETIME + late)


def test_a_link_never_lives_longer_than_promised_whatever_the_fraction_of_a_second() -> None:
    made = _NOW.replace(microsecond=999_999)
    link = _seen(_LINKS.content(_CONTENT, made))

    assert not _opens(link, made + LIFETIME)


# --- what is altered -----------------------------------------------------------------------------


@_BOTH
def test_no_parameter_can_be_altered(link: Link) -> None:
    for name, value in link.query.items():
        for altered in ("", value + "0", "0" + value, value[:-1], value.swapcase() + " ", "1"):
            assert not _opens(Link(link.path, {**link.query, name: altered})), (name, altered)


@_BOTH
def test_no_parameter_can_be_left_out(link: Link) -> None:
    for name in link.query:
        rest = {each: value for each, value in link.query.items() if each != name}
        assert not _opens(Link(link.path, rest)), name


@_BOTH
@pytest.mark.parametrize("name", ["", "x", "Expires", "expires ", "expires[]", "signature2"])
def test_no_parameter_can_be_added(link: Link, name: str) -> None:
    assert not _opens(Link(link.path, {**link.query, name: "1"}))


@_BOTH
def test_no_piece_of_the_path_can_be_altered(link: Link) -> None:
    for place, piece in enumerate(link.path):
        if piece == "parts":
            continue  # the router's
        for altered in ("", piece + "0", "0" + piece, piece.upper() + " ", f"../{piece}"):
            path = (*link.path[:place], altered, *link.path[place + 1 :])
            assert not _opens(Link(path, link.query)), altered


@pytest.mark.parametrize(
    "index", ["07", " 7", "+7", "7\n", "7.0", "7/", "\N{FULLWIDTH DIGIT SEVEN}"]
)
def test_an_index_has_one_spelling(index: str) -> None:
    assert not _opens(Link((*_PART_LINK.path[:3], index), _PART_LINK.query))


@_BOTH
def test_a_later_expiry_cannot_be_written_into_a_link(link: Link) -> None:
    later = str(int(link.query["expires"]) + 1)

    assert not _opens(Link(link.path, {**link.query, "expires": later}))


# --- what it is not for --------------------------------------------------------------------------

_PARTS = [
    _PART,
    PartTicket("s3", _PART.key, _PART.index, _PART.generation),
    PartTicket(_PART.store, "3f0c5b1e.2", _PART.index, _PART.generation),
    PartTicket(_PART.store, _PART.key, 8, _PART.generation),
    PartTicket(_PART.store, _PART.key, _PART.index, 3),
]
_CONTENTS = [
    _CONTENT,
    ContentTicket("s3", _CONTENT.key, _CONTENT.hash),
    ContentTicket(_CONTENT.store, "3f0c5b1e.2", _CONTENT.hash),
    ContentTicket(_CONTENT.store, _CONTENT.key, "0" * 64),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *permutations([_seen(_LINKS.part(ticket, _NOW)) for ticket in _PARTS], 2),
        *permutations([_seen(_LINKS.content(ticket, _NOW)) for ticket in _CONTENTS], 2),
    ],
)
def test_a_link_for_one_thing_opens_no_other(one: Link, other: Link) -> None:
    signed = {name: one.query[name] for name in ("key", "signature", "expires")}

    assert not _opens(Link(other.path, {**other.query, **signed}))


def test_a_part_link_does_not_open_content() -> None:
    query = {**_PART_LINK.query, "hash": _HASH}

    assert not _opens(Link(_PART_LINK.path[:2], _PART_LINK.query))
    assert not _opens(Link(_PART_LINK.path[:2], query))


def test_a_content_link_takes_no_part() -> None:
    path = (*_CONTENT_LINK.path, "parts", "7")

    assert not _opens(Link(path, _CONTENT_LINK.query))
    assert not _opens(Link(path, {**_CONTENT_LINK.query, "generation": "2"}))


def test_a_key_that_looks_like_the_path_of_a_part_is_none() -> None:
    disguised = ContentTicket("disk", "3f0c5b1e.1/parts/7", _HASH)
    link = _seen(_LINKS.content(disguised, _NOW))

    assert _content_ticket(link) == disguised
    assert not _opens(Link(("disk", "3f0c5b1e.1", "parts", "7"), link.query))


_TICKETS = st.builds(PartTicket, st.text(), st.text(), st.integers(1, 10_000), st.integers(1, 10))


@given(ticket=_TICKETS)
def test_every_part_link_opens_its_part_whatever_its_names(ticket: PartTicket) -> None:
    assert _part_ticket(_seen(_LINKS.part(ticket, _NOW))) == ticket


@given(one=_TICKETS, other=_TICKETS)
def test_no_part_link_opens_another_part(one: PartTicket, other: PartTicket) -> None:
    assume(one != other)
    ours, theirs = (_seen(_LINKS.part(ticket, _NOW)) for ticket in (one, other))

    assert not _opens(Link(theirs.path, {**theirs.query, "signature": ours.query["signature"]}))


# --- whatever comes ------------------------------------------------------------------------------

_ANY_TEXT = st.text(st.characters())  # lone surrogates too
_ANY_QUERY = st.one_of(
    st.dictionaries(_ANY_TEXT, _ANY_TEXT),
    st.dictionaries(
        st.sampled_from(["expires", "key", "signature", "generation", "hash", "x"]),
        st.sampled_from([*_PART_LINK.query.values(), *_CONTENT_LINK.query.values(), "", "-1"]),
    ).map(lambda altered: {**_PART_LINK.query, **altered}),
)


@given(store=_ANY_TEXT, key=_ANY_TEXT, index=_ANY_TEXT, query=_ANY_QUERY)
def test_whatever_is_asked_for_a_part_is_forbidden(
    store: str, key: str, index: str, query: dict[str, str]
) -> None:
    with pytest.raises(LinkForbidden):
        _LINKS.part_ticket(store, key, index, query, _NOW)


@given(query=_ANY_QUERY)
def test_any_parameters_of_a_good_path_are_the_link_or_forbidden(query: dict[str, str]) -> None:
    is_the_link = query == _PART_LINK.query

    assert _opens(Link(_PART_LINK.path, query)) == is_the_link


@given(store=_ANY_TEXT, key=_ANY_TEXT, query=_ANY_QUERY)
def test_whatever_is_asked_for_content_is_forbidden(
    store: str, key: str, query: dict[str, str]
) -> None:
    with pytest.raises(LinkForbidden):
        _LINKS.content_ticket(store, key, query, _NOW)


def test_no_parameter_comes_twice() -> None:
    once = list(_CONTENT_LINK.query.items())

    assert parameters(once) == _CONTENT_LINK.query
    for again in once:
        with pytest.raises(LinkForbidden):
            parameters([*once, again])
