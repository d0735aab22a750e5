"""What may be changed of a binary besides its state, and when hash and size are frozen."""

from typing import Any

import pytest

from tests.life import STATES, everything, id_of, is_dead, one_of_each, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    declare_part,
    digest,
    part_headers,
    patch,
    see,
    upload,
)

pytestmark = pytest.mark.lifecycle

OTHER = b"Something else\n"


def an_upload(yard: Yard) -> tuple[dict[str, Any], str]:
    """An uploaded binary, not finished, and the link of its only part."""
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    sent = yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))
    assert sent.status_code == 200
    assert part_states(yard, binary) == {1: "valid"}
    return see(yard.api, binary), link


def test_a_changed_hash_or_size_begins_a_new_attempt(yard: Yard) -> None:
    changes = ({"hash": digest(OTHER)}, {"size": 15}, {"hash": digest(CONTENT), "size": 14})
    binary, link = an_upload(yard)

    for attempt, change in enumerate(changes, start=1):
        answer = patch(yard.api, binary, **change)

        seen = answer.json()["binary"]
        assert answer.status_code == 200
        assert seen["revision"] == binary["revision"] + attempt
        assert seen["bytes_uploaded"] == 0
        assert {name: seen[name] for name in change} == change
        assert part_states(yard, binary) == {}
        assert yard.kept() == []
    dead = yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))
    assert is_dead(dead)
    upload(yard.api, binary)
    assert yard.store.calls["open"] == 2
    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_an_unchanged_hash_and_size_keep_what_was_uploaded(yard: Yard) -> None:
    binary, link = an_upload(yard)
    before = everything(yard, binary)

    answer = patch(yard.api, binary, hash=binary["hash"], size=binary["size"], state="uploadable")

    assert answer.status_code == 200
    assert answer.json()["binary"] == binary
    assert everything(yard, binary) == before
    again = yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))
    assert again.status_code == 200


def test_hash_and_size_are_frozen_once_the_upload_is_finished(yard: Yard) -> None:
    binaries = one_of_each(yard)

    for state in STATES[1:]:
        before = everything(yard, binaries[state])
        for field, value in (("hash", digest(OTHER)), ("size", 15)):
            answer = patch(
                yard.api, binaries[state], description="not to be seen", **{field: value}
            )

            assert answer.status_code == 422, (state, answer.text)
            assert list(answer.json()["errors"]) == [field]
            assert answer.json()["code"] == "field.frozen"
        same = {"hash": binaries[state]["hash"], "size": binaries[state]["size"]}
        assert patch(yard.api, binaries[state], **same).status_code == 200
        assert everything(yard, binaries[state]) == before


def test_hash_and_size_cannot_be_changed_while_finishing(yard: Yard) -> None:
    binary, _ = an_upload(yard)
    before = everything(yard, binary)

    for change in ({"hash": digest(OTHER)}, {"size": 15}):
        answer = patch(yard.api, binary, state="hashable", **change)

        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == list(change)
    assert everything(yard, binary) == before


def test_a_reset_may_bring_a_new_hash_and_size(yard: Yard) -> None:
    for state in ("hashable", "hashing", "signable"):
        binary = brought_to(yard, state, a_version(yard.api, name=state))

        answer = patch(
            yard.api, binary, state="uploadable", hash=digest(OTHER), size=15, description="new"
        )

        seen = answer.json()["binary"]
        assert answer.status_code == 200
        assert (seen["state"], seen["hash"], seen["size"]) == ("uploadable", digest(OTHER), 15)
        assert (seen["description"], seen["revision"]) == ("new", binary["revision"] + 1)
        upload(yard.api, seen, OTHER)
        for step in ("hashable", "hashing"):
            patch(yard.api, binary, state=step)
        yard.work()
        assert see(yard.api, binary)["state"] == "signable"


def test_malformed_hashes_and_sizes_are_refused(yard: Yard) -> None:
    binary, _ = an_upload(yard)
    before = everything(yard, binary)
    hashes = [digest(OTHER).upper(), digest(OTHER)[:63], digest(OTHER) + "\n", "sha256:0", None, 5]
    sizes = [-1, 53_687_091_200_001, 10**30, 14.0, "14", True, None]
    changes = [("hash", value) for value in hashes] + [("size", value) for value in sizes]

    for field, value in changes:
        answer = patch(yard.api, binary, **{field: value})

        assert answer.status_code == 422, (field, value)
        assert list(answer.json()["errors"]) == [field]
    assert everything(yard, binary) == before


def test_description_and_metadata_can_be_changed_in_every_state(yard: Yard) -> None:
    for state, binary in one_of_each(yard).items():
        answer = patch(yard.api, binary, description=f"it is {state}", custom_metadata={"a": "b"})

        assert answer.status_code == 200, state
        changed = {"description": f"it is {state}", "custom_metadata": {"a": "b"}}
        counted = {"revision": binary["revision"] + 1}
        moment = {"updated_at": answer.json()["binary"]["updated_at"]}
        assert see(yard.api, binary) == binary | changed | counted | moment
        assert moment["updated_at"] > binary["updated_at"]


def test_null_clears_what_may_be_empty(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), description="a", custom_metadata={"b": 1})

    patch(yard.api, binary, description=None, custom_metadata=None)

    seen = see(yard.api, binary)
    assert (seen["description"], seen["custom_metadata"]) == (None, None)


def test_a_change_to_what_is_there_already_changes_nothing(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), description="a", custom_metadata={"b": 1})
    before = everything(yard, binary)

    for same in ({}, {"description": "a"}, {"custom_metadata": {"b": 1}, "description": "a"}):
        assert patch(yard.api, binary, **same).status_code == 200
    assert everything(yard, binary) == before


def test_true_is_another_value_than_one(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), custom_metadata={"a": 1})

    answer = patch(yard.api, binary, custom_metadata={"a": True})

    assert answer.json()["binary"]["revision"] == binary["revision"] + 1
    assert '"custom_metadata":{"a":true}' in answer.text


def test_what_a_binary_is_for_never_changes(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    another = a_version(yard.api, name="another")
    before = everything(yard, binary)

    answer = patch(
        yard.api, binary, target="x86", artifact_version_prn=another, id=id_of(binary)[::-1]
    )

    assert answer.status_code == 200
    assert everything(yard, binary) == before
