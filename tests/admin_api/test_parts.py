"""Parts as they are declared, replaced and listed. Their bytes go through another door."""

from typing import Any

import pytest

from sealift.domain.parts import LARGEST, SMALLEST
from sealift.domain.rights import Role
from tests.life import STATES, TWO_PARTS, everything, one_of_each, part_states, parts_of
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    declare_part,
    digest,
    part_headers,
    see,
    send_part,
)


def a_part(**changes: object) -> dict[str, object]:
    """The declaration of the only part of the usual content."""
    return {"expected_binary_size": 14, "hash": digest(CONTENT), "size": 14} | changes


@pytest.mark.on_disk
def test_a_declared_part_comes_with_the_link_that_takes_its_bytes(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    more = {"prn": "ignored", "binary_prn": "ignored", "index": 7}

    answer = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=a_part(**more))

    part = answer.json()["binary_part"]
    assert answer.status_code == 201
    assert part.pop("presigned_upload_url").startswith("http://testserver/content/")
    assert part == {
        "prn": part["prn"],
        "organization_prn": binary["organization_prn"],
        "binary_prn": binary["prn"],
        "index": 1,
        "hash": digest(CONTENT),
        "size": 14,
        "state": "uploadable",
        "inserted_at": part["inserted_at"],
        "updated_at": part["inserted_at"],
    }
    assert parts_of(yard, binary) == [part]


@pytest.mark.on_disk
def test_a_part_that_is_declared_again_is_replaced(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    old_link = declare_part(yard.api, binary, 1, b"not this\n")
    sent = yard.anybody.put(old_link, content=b"not this\n", headers=part_headers(b"not this\n"))
    first = parts_of(yard, binary)[0]
    assert (sent.status_code, first["state"]) == (200, "valid")

    answer = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=a_part())

    assert answer.status_code == 201
    part = answer.json()["binary_part"]
    assert (part["prn"], part["inserted_at"]) == (first["prn"], first["inserted_at"])
    assert (part["hash"], part["size"], part["state"]) == (digest(CONTENT), 14, "uploadable")
    assert see(yard.api, binary)["bytes_uploaded"] == 0
    dead = yard.anybody.put(old_link, content=b"not this\n", headers=part_headers(b"not this\n"))
    assert (dead.status_code, dead.json()["code"]) == (404, "link.dead")
    new_link = part["presigned_upload_url"]
    good = yard.anybody.put(new_link, content=CONTENT, headers=part_headers(CONTENT))
    assert good.status_code == 200


@pytest.mark.on_disk
def test_a_part_that_is_declared_again_as_it_was_needs_its_bytes_again(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    send_part(yard.api, binary, 1, CONTENT)

    declare_part(yard.api, binary, 1, CONTENT)

    assert part_states(yard, binary) == {1: "uploadable"}


@pytest.mark.on_disk
def test_parts_are_listed_by_index_with_their_true_states(yard: Yard) -> None:
    tail = b"x" * 100
    binary = a_binary(yard.api, a_version(yard.api), size=30 * SMALLEST)
    send_part(yard.api, binary, 20, tail)
    for index, sent in ((3, tail), (2, b"y" * 100), (10, b"x" * 101)):
        link = declare_part(yard.api, binary, index, tail)
        length = {"content-length": str(len(sent))}
        headers = part_headers(tail) | (length if index == 10 else {})
        if index != 3:
            yard.anybody.put(link, content=sent, headers=headers)

    listed = yard.api.get(f"/binaries/{binary['prn']}/parts").json()

    assert listed["next_page"] is None
    assert [(part["index"], part["state"]) for part in listed["binary_parts"]] == [
        (2, "invalid_hash"),
        (3, "uploadable"),
        (10, "invalid_size"),
        (20, "valid"),
    ]
    assert all("presigned_upload_url" not in part for part in listed["binary_parts"])
    assert see(yard.api, binary)["bytes_uploaded"] == 100


def test_a_binary_without_parts_has_an_empty_list_of_them(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    listed = yard.api.get(f"/binaries/{binary['prn']}/parts").json()

    assert listed == {"binary_parts": [], "next_page": None}


def test_parts_are_taken_in_no_other_state_than_uploadable(yard: Yard) -> None:
    binaries = one_of_each(yard)

    for state in STATES[1:]:
        before = everything(yard, binaries[state])
        answer = yard.api.put(f"/binaries/{binaries[state]['prn']}/parts/2", json=a_part())

        assert answer.status_code == 422, state
        assert list(answer.json()["errors"]) == ["state"]
        assert answer.json()["code"] == "binary.wrong_state"
        assert answer.json()["facts"] == {"state": state, "allowed": ["uploadable"]}
        assert everything(yard, binaries[state]) == before


def refusals(yard: Yard, binary: dict[str, Any], index: object, **changes: object) -> list[str]:
    """The fields that are to blame for refusing this declaration; everything is as before."""
    before = everything(yard, binary)
    answer = yard.api.put(f"/binaries/{binary['prn']}/parts/{index}", json=a_part(**changes))
    assert answer.status_code == 422, (index, changes, answer.text)
    assert everything(yard, binary)[:2] == before[:2]
    return list(answer.json()["errors"])


def test_an_index_beyond_its_limits_is_refused(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    for index in (0, -1, 10_001, 10**30, "one", "1.0", "01", "+1", "1_0", "0x1", "%20", "1e3"):
        assert refusals(yard, binary, index) == ["index"], index


def test_the_first_and_the_last_index_are_taken(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), size=10_000 * SMALLEST)

    for index in (1, 10_000):
        body = a_part(expected_binary_size=binary["size"], size=SMALLEST)
        answer = yard.api.put(f"/binaries/{binary['prn']}/parts/{index}", json=body)

        assert answer.status_code == 201, answer.text
    assert part_states(yard, binary) == {1: "uploadable", 10_000: "uploadable"}


def test_the_expected_size_of_the_binary_must_be_its_size(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    for wrong in (13, 15, 0, -1, None, "14", 14.0, True, 10**30):
        fields = refusals(yard, binary, 1, expected_binary_size=wrong)

        assert fields == ["expected_binary_size"], wrong


def test_the_size_of_a_part_has_limits(yard: Yard) -> None:
    huge = a_binary(yard.api, a_version(yard.api), size=3 * LARGEST)
    url = f"/binaries/{huge['prn']}/parts"

    for size in (0, -1, LARGEST + 1, None, "14", 1.5):
        assert refusals(yard, huge, 1, size=size, expected_binary_size=huge["size"]) == ["size"]
    for size in (1, LARGEST):
        body = a_part(size=size, expected_binary_size=huge["size"])
        assert yard.api.put(f"{url}/1", json=body).status_code == 201
    small = a_binary(yard.api, huge["artifact_version_prn"], target="small")
    assert refusals(yard, small, 1, size=15) == ["size"]
    empty = a_binary(yard.api, huge["artifact_version_prn"], b"", target="empty")
    assert refusals(yard, empty, 1, size=1, expected_binary_size=0) == ["size"]


def test_the_hash_of_a_part_is_lowercase_hex_of_sha256(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    for wrong in (digest(CONTENT).upper(), digest(CONTENT)[:63], "x" * 64, "", None, 5):
        assert refusals(yard, binary, 1, hash=wrong) == ["hash"], wrong


def test_whoever_may_only_look_declares_no_part(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    url = f"/binaries/{binary['prn']}/parts"

    reader = yard.key_for(Role.READ)

    assert reader.put(f"{url}/1", json=a_part()).status_code == 403
    assert reader.get(url).status_code == 200
    assert yard.anybody.put(f"{url}/1", json=a_part()).status_code == 403
    assert yard.other.put(f"{url}/1", json=a_part()).status_code == 404
    assert yard.other.get(url).status_code == 404
    assert yard.store.calls["open"] == 0
