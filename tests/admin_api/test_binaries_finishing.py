"""From `uploadable` to `hashable`: what a complete upload is, and the store's closing step."""

from typing import Any

import pytest

from sealift.domain.parts import SMALLEST
from tests.faults import away, full, missing, once
from tests.life import TWO_PARTS, audited, everything, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_key,
    a_version,
    declare_part,
    part_headers,
    patch,
    see,
    send_part,
    sign,
    upload,
)

pytestmark = pytest.mark.lifecycle


def assert_incomplete(yard: Yard, binary: dict[str, Any], **facts: object) -> None:
    """Finishing is refused for these reasons, and changes nothing."""
    before = everything(yard, binary)

    answer = patch(yard.api, binary, state="hashable", description="not to be seen")

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["state"]
    assert answer.json()["code"] == "parts.incomplete"
    assert answer.json()["facts"] == facts
    assert everything(yard, binary) == before
    assert yard.store.calls["close"] == 0


def test_an_upload_without_any_part_is_not_complete(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    assert_incomplete(yard, binary, total=0, size=14, parts=[])


def test_missing_parts_are_named(yard: Yard) -> None:
    content = bytes(2 * SMALLEST) + b"tail"
    binary = a_binary(yard.api, a_version(yard.api), content)
    send_part(yard.api, binary, 3, b"tail")

    assert_incomplete(yard, binary, parts=[1, 2])


def test_parts_whose_bytes_never_came_are_named(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    send_part(yard.api, binary, 1, bytes(SMALLEST))
    declare_part(yard.api, binary, 2, b"x" * 100)

    assert_incomplete(yard, binary, parts=[2])


@pytest.mark.on_disk
def test_parts_whose_bytes_were_wrong_are_named(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    declared = {1: bytes(SMALLEST), 2: b"x" * 100}
    sent = {1: b"y" * SMALLEST, 2: b"x" * 99}
    for index, part in declared.items():
        link = declare_part(yard.api, binary, index, part)
        headers = part_headers(part) | {"content-length": str(len(part))}
        yard.anybody.put(link, content=sent[index], headers=headers)

    assert part_states(yard, binary) == {1: "invalid_hash", 2: "invalid_size"}
    assert_incomplete(yard, binary, parts=[1, 2])


def test_parts_that_add_up_to_too_little_are_refused(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), size=20)
    send_part(yard.api, binary, 1, CONTENT)

    assert_incomplete(yard, binary, total=14, size=20, parts=[1])


def test_parts_that_add_up_to_too_much_are_refused(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    send_part(yard.api, binary, 1, bytes(SMALLEST + 50))
    send_part(yard.api, binary, 2, b"x" * 100)

    assert_incomplete(yard, binary, total=SMALLEST + 150, size=SMALLEST + 100, parts=[1, 2])


def test_only_the_last_part_may_be_small(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), b"first second third")
    for index, part in enumerate((b"first ", b"second ", b"third"), start=1):
        send_part(yard.api, binary, index, part)

    assert_incomplete(yard, binary, parts=[1, 2])


def test_an_upload_goes_on_after_it_was_found_incomplete(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS)
    send_part(yard.api, binary, 1, bytes(SMALLEST))
    assert_incomplete(yard, binary, total=SMALLEST, size=SMALLEST + 100, parts=[1])

    send_part(yard.api, binary, 2, b"x" * 100)

    assert patch(yard.api, binary, state="hashable").status_code == 200
    assert audited(yard, binary) == ["binary.created", "binary.finish"]


def test_nothing_is_complete_without_a_part_when_the_size_is_zero(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), b"")
    key = a_key(yard.api)

    for state in ("hashable", "hashing"):
        assert patch(yard.api, binary, state=state).status_code == 200
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"
    assert sign(yard.api, binary, key).status_code == 201

    assert see(yard.api, binary)["state"] == "signed"
    assert (yard.store.calls["open"], yard.store.calls["close"]) == (1, 1)


def test_each_attempt_is_opened_once_with_its_first_part_and_closed_once(yard: Yard) -> None:
    calls = yard.store.calls
    binary, key = a_binary(yard.api, a_version(yard.api), TWO_PARTS), a_key(yard.api)
    assert calls["open"] == 0

    for attempt in (1, 2):
        upload(yard.api, binary, TWO_PARTS)
        assert (calls["open"], calls["close"]) == (attempt, attempt - 1)
        patch(yard.api, binary, state="hashable")
        assert (calls["open"], calls["close"]) == (attempt, attempt)
        patch(yard.api, binary, state="hashable")
        patch(yard.api, binary, state="hashing")
        yard.work()
        if attempt == 1:
            patch(yard.api, binary, state="uploadable")
    sign(yard.api, binary, key)
    patch(yard.api, binary, state="signed")

    assert see(yard.api, binary)["state"] == "signed"
    assert (calls["open"], calls["close"]) == (2, 2)


def test_what_is_changed_together_with_finishing_is_changed(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    before = see(yard.api, binary)

    answer = patch(yard.api, binary, state="hashable", description="done", custom_metadata={"a": 1})

    after = answer.json()["binary"]
    assert (after["state"], after["description"]) == ("hashable", "done")
    assert after["custom_metadata"] == {"a": 1}
    assert after["revision"] == before["revision"] + 1


def test_a_store_that_is_away_can_be_asked_to_close_again(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    before = everything(yard, binary)

    for fault in (away, full):
        once(yard, "close", fault)
        answer = patch(yard.api, binary, state="hashable", description="not to be seen")

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert list(answer.json()["errors"]) == ["detail"]
        assert everything(yard, binary) == before

    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_what_the_store_has_lost_can_be_sent_again(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    once(yard, "close", missing)

    answer = patch(yard.api, binary, state="hashable", description="not to be seen")

    assert answer.status_code == 422
    assert answer.json()["code"] == "parts.incomplete"
    seen = see(yard.api, binary)
    assert (seen["state"], seen["bytes_uploaded"]) == ("uploadable", 0)
    assert seen["description"] is None
    assert part_states(yard, binary) == {}
    upload(yard.api, binary)
    assert patch(yard.api, binary, state="hashable").status_code == 200
