"""A part's link: for one part of one upload, for one verb, for a day, and unforgeable."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from httpx2 import Response

from tests.life import TWO_PARTS, part_states
from tests.yard import CONTENT, Yard, a_binary, a_version, declare_part, part_headers

pytestmark = pytest.mark.on_disk

GOOD = part_headers(CONTENT)
DAY = timedelta(hours=24)


def a_link(yard: Yard) -> str:
    return declare_part(yard.api, a_binary(yard.api, a_version(yard.api)), 1, CONTENT)


def put(yard: Yard, link: str) -> Response:
    return yard.anybody.put(link, content=CONTENT, headers=GOOD)


def assert_forbidden(answer: Response) -> None:
    assert answer.status_code == 403
    assert answer.json() == {"status": "forbidden"}


def test_a_link_works_for_a_day(yard: Yard) -> None:
    link = a_link(yard)

    yard.clock.pass_time(DAY - timedelta(seconds=2))
    in_time = put(yard, link)
    yard.clock.pass_time(timedelta(seconds=2))
    late = put(yard, link)

    assert in_time.status_code == 200
    assert_forbidden(late)


def test_a_link_with_anything_altered_is_forbidden(yard: Yard) -> None:
    link = a_link(yard)
    signature = link.rpartition("=")[2]
    altered = [
        link.replace("/parts/1?", "/parts/2?"),
        link.replace("/parts/1?", "/parts/01?"),
        link.replace("/parts/1?", "/parts/%31%00?"),
        link.replace("/disk/", "/other/"),
        link.replace(".1/parts", ".2/parts"),
        link.replace("generation=1", "generation=2"),
        link.replace("generation=1", "generation=1&generation=1&generation=2"),
        link.replace("expires=1", "expires=2"),
        link.replace("expires=", "expiry="),
        link.replace("key=", "key=x"),
        link.replace(signature, signature[:-2]),
        link.replace(signature, signature[1:] + signature[0]),
        link.replace(signature, signature + "="),
        link.replace(signature, ""),
        link.replace(signature, "%C3%BC"),
        link + "&more=1",
        link.partition("?")[0],
        link.partition("?")[0] + "?generation=1&expires=9999999999",
    ]

    for forged in altered:
        assert forged != link
        assert_forbidden(put(yard, forged))
    assert put(yard, link).status_code == 200


def test_a_link_is_for_its_own_part_only(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    first = urlsplit(declare_part(yard.api, binary, 1, CONTENT))
    second = urlsplit(declare_part(yard.api, binary, 2, CONTENT))

    swapped = put(yard, first._replace(query=second.query).geturl())

    assert_forbidden(swapped)
    assert part_states(yard, binary) == {1: "uploadable", 2: "uploadable"}


def test_a_link_serves_no_other_verb(yard: Yard) -> None:
    link = a_link(yard)
    put(yard, link)

    for verb in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"):
        answer = yard.anybody.request(verb, link)
        assert (answer.status_code, answer.headers["allow"]) == (405, "PUT"), verb
    to_the_whole = link.replace("/parts/1", "")
    for verb in ("GET", "HEAD"):
        assert yard.anybody.request(verb, to_the_whole).status_code == 403, verb


def test_no_key_opens_the_door_for_bytes_without_a_link(yard: Yard) -> None:
    link = a_link(yard)

    without_signature = yard.api.put(link.partition("?")[0], content=CONTENT, headers=GOOD)

    assert_forbidden(without_signature)


def test_a_link_needs_no_key(yard: Yard) -> None:
    link = a_link(yard)

    assert yard.anybody.put(link, content=CONTENT, headers=GOOD).status_code == 200


def test_addresses_beside_the_links_are_not_found(yard: Yard) -> None:
    link = a_link(yard).partition("?")[0]

    for other in ("/content/", "/content/disk", f"{link}/", f"{link}/more", "/content/a/b/c"):
        answer = yard.anybody.get(other)

        assert answer.status_code == 404, other
        assert list(answer.json()["errors"]) == ["detail"]


def test_a_parameter_given_twice_opens_nothing(yard: Yard) -> None:
    link = a_link(yard)

    for again in link.partition("?")[2].split("&"):
        assert_forbidden(put(yard, f"{link}&{again}"))
