"""A link opens one thing, spelled in its own way or in one that means the same, and no other."""

from datetime import timedelta
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sealift.content.keyring import Keyring
from sealift.content.links import LIFETIME, ContentTicket, Links, PartTicket
from tests.fuzz.promises import assert_kept, tries
from tests.fuzz.raw import Door, target_of
from tests.fuzz.stock import Stock
from tests.yard import BASE_URL, CONTENT, declare_part, part_headers

_HEADERS = [
    (name.encode(), value.encode())
    for name, value in {**part_headers(CONTENT), "content-length": str(len(CONTENT))}.items()
]
_OTHERS = [
    *[chr(code) for code in range(0x21, 0x7F) if chr(code) != "#"],
    "", "%00", "%2F", "..", "%2e%2e", "//", "%", "%zz", "%20", "&", "%ff", "%ed%a0%80",
]  # fmt: skip
_VERBS = [
    "GET",
    "HEAD",
    "PUT",
    "POST",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "LOCK",
    "get",
    "PUTT",
]


@pytest.fixture
def links(stock: Stock) -> dict[str, str]:
    """A good link for each verb that opens something, as it stands in a request."""
    prn = stock.verified()["prn"]
    content = stock.yard.api.get(f"/binaries/{prn}/download_url").json()["download_url"]
    part = declare_part(stock.yard.api, stock.uploading(), 1, CONTENT)
    return {"GET": target_of(content), "PUT": target_of(part)}


@pytest.fixture
def another(stock: Stock) -> str:
    """A good link for a part of another binary."""
    return target_of(declare_part(stock.yard.api, stock.uploading(), 1, CONTENT))


def _meaning(target: str) -> tuple[bytes, list[tuple[str, str]]]:
    """What counts of an address: two that mean the same are one link in two spellings."""
    path, _, query = target.partition("?")
    return unquote(path).encode(errors="replace"), sorted(parse_qsl(query, keep_blank_values=True))


def _opens(door: Door, verb: str, target: str) -> bool:
    answer = door.ask(verb, target, _HEADERS, [CONTENT] if verb == "PUT" else [])
    assert_kept(answer)
    if answer.status < 400 and verb == "GET":
        assert answer.content == CONTENT
    return answer.status < 400


@tries(150)
@given(data=st.data())
def test_a_link_with_characters_changed_opens_nothing(
    links: dict[str, str], door: Door, data: st.DataObject
) -> None:
    verb = data.draw(st.sampled_from(sorted(links)))
    link = links[verb]
    place = data.draw(st.integers(1, len(link) - 1), label="place")
    width = data.draw(st.integers(0, 2), label="width")
    other = data.draw(st.sampled_from(_OTHERS), label="in its place")
    altered = link[:place] + other + link[place + width :]
    assume(_meaning(altered) != _meaning(link))

    assert not _opens(door, verb, altered)


@tries(60)
@given(data=st.data())
def test_a_parameter_given_twice_opens_nothing(
    links: dict[str, str], door: Door, data: st.DataObject
) -> None:
    verb = data.draw(st.sampled_from(sorted(links)))
    path, _, query = links[verb].partition("?")
    given_once = query.split("&")
    again = data.draw(st.sampled_from(given_once))
    name = again.partition("=")[0]
    twice = data.draw(st.sampled_from([again, f"{name}=", f"{name}=1", name]))
    place = data.draw(st.integers(0, len(given_once)))
    altered = "&".join([*given_once[:place], twice, *given_once[place:]])

    assert not _opens(door, verb, f"{path}?{altered}")


@tries(60)
@given(data=st.data())
def test_the_parameters_of_another_link_open_nothing(
    links: dict[str, str], another: str, door: Door, data: st.DataObject
) -> None:
    others = [another, *links.values()]
    verb = data.draw(st.sampled_from(sorted(links)))
    path, _, query = links[verb].partition("?")
    own = dict(parse_qsl(query))
    foreign = dict(parse_qsl(data.draw(st.sampled_from(others)).partition("?")[2]))
    taken = data.draw(st.sets(st.sampled_from(sorted(own.keys() | foreign.keys())), min_size=1))
    mixed = {**own, **{name: foreign[name] for name in taken if name in foreign}}
    assume(mixed != own)

    assert not _opens(door, verb, path + "?" + "&".join(f"{k}={v}" for k, v in mixed.items()))


@tries(60)
@given(data=st.data())
def test_a_link_in_another_spelling_opens_the_same(
    links: dict[str, str], door: Door, data: st.DataObject
) -> None:
    verb = data.draw(st.sampled_from(sorted(links)))
    path, _, query = links[verb].partition("?")
    shuffled = "&".join(data.draw(st.permutations(query.split("&"))))
    places = [place for place, character in enumerate(path) if character.isalnum()]
    encoded = data.draw(st.sets(st.sampled_from(places), max_size=5))
    spelled = "".join(
        f"%{ord(character):02X}" if place in encoded else character
        for place, character in enumerate(path)
    )
    # Where the doors part is decided before anything is decoded, by servers and by proxies.
    assume(spelled.startswith("/content/"))

    assert _opens(door, verb, f"{spelled}?{shuffled}")


@tries(40)
@given(verb=st.sampled_from(_VERBS))
def test_a_link_opens_by_its_own_method_alone(links: dict[str, str], door: Door, verb: str) -> None:
    for own, link in links.items():
        is_own = verb == own or (own, verb) == ("GET", "HEAD")

        assert _opens(door, verb, link) == is_own


@tries(40)
@given(
    late=st.one_of(st.just(timedelta(0)), st.timedeltas(timedelta(0), timedelta(days=3650))),
    key=st.binary(min_size=32, max_size=32),
)
def test_an_expired_or_forged_link_opens_nothing(
    links: dict[str, str], stock: Stock, door: Door, late: timedelta, key: bytes
) -> None:
    now = stock.yard.clock()
    key_id = dict(parse_qsl(links["GET"]))["key"]
    forger = Links(BASE_URL, Keyring(lambda: {key_id: key}))
    for links_of, made in ((stock.yard.system.links, now - LIFETIME - late), (forger, now)):
        store, content_key = links["GET"].partition("?")[0].split("/")[2:]
        hash_ = dict(parse_qsl(links["GET"].partition("?")[2]))["hash"]
        assert not _opens(
            door, "GET", target_of(links_of.content(ContentTicket(store, content_key, hash_), made))
        )
        store, content_key, _, index = links["PUT"].partition("?")[0].split("/")[2:]
        generation = dict(parse_qsl(links["PUT"].partition("?")[2]))["generation"]
        ticket = PartTicket(store, content_key, int(index), int(generation))
        assert not _opens(door, "PUT", target_of(links_of.part(ticket, made)))
