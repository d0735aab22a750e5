"""The three-way check: declared, computed from what is stored, reported by the store."""

from typing import Any

import pytest

from sealift.domain.parts import SMALLEST
from tests.life import (
    TWO_PARTS,
    audited,
    everything,
    overwrite_content,
    reported_of,
    store_reports,
)
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    content_key,
    digest,
    patch,
    see,
    upload,
)

pytestmark = pytest.mark.lifecycle


def hashable(yard: Yard, content: bytes, **fields: object) -> dict[str, Any]:
    binary = a_binary(yard.api, a_version(yard.api), content, **fields)
    upload(yard.api, binary, content)
    assert patch(yard.api, binary, state="hashable").status_code == 200
    return see(yard.api, binary)


def verified(yard: Yard, binary: dict[str, Any]) -> dict[str, Any]:
    """The record after the server has looked."""
    assert patch(yard.api, binary, state="hashing").status_code == 200
    yard.work()
    return see(yard.api, binary)


def assert_rejected(yard: Yard, binary: dict[str, Any], **error: object) -> None:
    """It is found not to be what was declared, and kept."""
    files = everything(yard, binary)[2]

    seen = verified(yard, binary)

    moment = seen["verification_error"].pop("at")
    assert seen["verification_error"] == error
    assert seen == binary | {
        "verification_error": error,
        "revision": binary["revision"] + 2,
        "updated_at": seen["updated_at"],
    }
    assert binary["updated_at"] < moment <= seen["updated_at"]
    assert moment.endswith("Z")
    assert everything(yard, binary)[2] == files
    assert audited(yard, binary)[-2:] == ["binary.hash", "binary.reject"]


@pytest.mark.parametrize("content", [CONTENT, TWO_PARTS, b""], ids=["small", "two parts", "empty"])
def test_every_stored_byte_is_read_once(yard: Yard, content: bytes) -> None:
    binary = hashable(yard, content)
    yard.store.calls.clear()

    seen = verified(yard, binary)

    assert seen["state"] == "signable"
    assert yard.store.bytes_read == len(content)
    assert yard.store.calls == {"read": 1}
    assert seen == binary | {
        "state": "signable",
        "revision": binary["revision"] + 2,
        "updated_at": seen["updated_at"],
    }
    assert audited(yard, binary)[-2:] == ["binary.hash", "binary.accept"]


@pytest.mark.parametrize(
    ("content", "readings"), [(CONTENT, 1), (TWO_PARTS, 2)], ids=["one part", "two parts"]
)
def test_wrong_content_is_read_again_only_to_tell_which_part_is_wrong(
    yard: Yard, content: bytes, readings: int
) -> None:
    binary = hashable(yard, content)
    overwrite_content(yard, binary, content[:-1] + b"?")
    yard.store.calls.clear()

    seen = verified(yard, binary)

    assert seen["verification_error"]["code"] == "hash_mismatch"
    assert seen["verification_error"]["parts"] == [readings]  # the last part
    assert yard.store.calls == {"read": readings}


def test_one_altered_byte_is_found_and_its_part_named(yard: Yard) -> None:
    binary = hashable(yard, TWO_PARTS)
    altered = TWO_PARTS[:-50] + b"y" + TWO_PARTS[-49:]
    overwrite_content(yard, binary, altered)

    assert_rejected(
        yard,
        binary,
        code="hash_mismatch",
        expected=digest(TWO_PARTS),
        computed=digest(altered),
        reported=None,
        size=len(TWO_PARTS),
        parts=[2],
    )


def test_only_content_that_is_wrong_is_read_once_more(yard: Yard) -> None:
    binary = hashable(yard, TWO_PARTS)
    overwrite_content(yard, binary, TWO_PARTS[:-1] + b"y")

    verified(yard, binary)

    assert yard.store.bytes_read == 2 * len(TWO_PARTS)


def test_a_wrong_declaration_is_found_though_every_part_is_right(yard: Yard) -> None:
    binary = hashable(yard, CONTENT, hash=digest(b"another"))

    assert_rejected(
        yard,
        binary,
        code="hash_mismatch",
        expected=digest(b"another"),
        computed=digest(CONTENT),
        reported=reported_of(yard, binary),
        size=14,
        parts=[],
    )


def test_a_store_that_reported_other_bytes_than_it_has_is_found(yard: Yard) -> None:
    binary = hashable(yard, TWO_PARTS)
    store_reports(yard, binary, 1, digest(b"other bytes"))

    assert_rejected(
        yard,
        binary,
        code="storage_hash_mismatch",
        expected=digest(TWO_PARTS),
        computed=digest(TWO_PARTS),
        reported=None,
        size=len(TWO_PARTS),
        parts=[1],
    )


def test_what_the_store_reported_of_a_single_part_is_shown(yard: Yard) -> None:
    binary = hashable(yard, CONTENT)
    store_reports(yard, binary, 1, digest(b"other bytes"))

    assert_rejected(
        yard,
        binary,
        code="storage_hash_mismatch",
        expected=digest(CONTENT),
        computed=digest(CONTENT),
        reported=digest(b"other bytes"),
        size=14,
        parts=[1],
    )


def test_missing_bytes_are_found(yard: Yard) -> None:
    binary = hashable(yard, TWO_PARTS)
    cut_short = TWO_PARTS[: SMALLEST + 50]
    overwrite_content(yard, binary, cut_short)

    assert_rejected(
        yard,
        binary,
        code="size_mismatch",
        expected=digest(TWO_PARTS),
        computed=digest(cut_short),
        reported=None,
        size=SMALLEST + 50,
        parts=[2],
    )


def test_bytes_too_many_are_found(yard: Yard) -> None:
    binary = hashable(yard, TWO_PARTS)
    overwrite_content(yard, binary, TWO_PARTS + b"\0")

    assert_rejected(
        yard,
        binary,
        code="size_mismatch",
        expected=digest(TWO_PARTS),
        computed=digest(TWO_PARTS + b"\0"),
        reported=None,
        size=len(TWO_PARTS) + 1,
        parts=[],
    )


def test_missing_content_is_found(yard: Yard) -> None:
    binary = hashable(yard, CONTENT)
    yard.shelf.lose(content_key(yard, binary))

    assert_rejected(
        yard,
        binary,
        code="content_missing",
        expected=digest(CONTENT),
        computed=None,
        reported=reported_of(yard, binary),
        size=None,
        parts=[],
    )


def test_a_rejection_is_logged(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    binary = hashable(yard, CONTENT, hash="0" * 64)

    verified(yard, binary)

    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 1
    assert binary["prn"].rpartition(":")[2] in warnings[0]
    assert "hash_mismatch" in warnings[0]


def test_a_later_success_clears_the_error(yard: Yard) -> None:
    binary = hashable(yard, CONTENT)
    overwrite_content(yard, binary, b"Hello, binary\n")
    assert verified(yard, binary)["verification_error"]["code"] == "hash_mismatch"
    overwrite_content(yard, binary, CONTENT)

    meanwhile = patch(yard.api, binary, state="hashing").json()["binary"]
    yard.work()

    assert meanwhile["verification_error"]["code"] == "hash_mismatch"
    seen = see(yard.api, binary)
    assert (seen["state"], seen["verification_error"]) == ("signable", None)


def test_a_later_failure_replaces_the_error(yard: Yard) -> None:
    binary = hashable(yard, CONTENT)
    overwrite_content(yard, binary, b"Hello, binary\n")
    first = verified(yard, binary)["verification_error"]
    overwrite_content(yard, binary, b"Hello")

    second = verified(yard, binary)["verification_error"]

    assert (first["code"], second["code"]) == ("hash_mismatch", "size_mismatch")
    assert second["at"] > first["at"]


def test_rejected_content_cannot_be_downloaded_signed_or_added_to(yard: Yard) -> None:
    binary = hashable(yard, CONTENT, hash="0" * 64)
    verified(yard, binary)
    url = f"/binaries/{binary['prn']}"

    part = {"expected_binary_size": 14, "hash": digest(CONTENT), "size": 14}
    answers = [
        yard.api.get(f"{url}/download_url"),
        yard.api.put(f"{url}/parts/1", json=part),
        patch(yard.api, binary, state="signable"),
        patch(yard.api, binary, state="signed"),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4


def test_the_order_to_verify_is_given_once(yard: Yard) -> None:
    binary = brought_to(yard, "hashable", a_version(yard.api))
    assert yard.jobs == []

    for _ in range(3):
        assert patch(yard.api, binary, state="hashing").status_code == 200

    assert [(str(duty), attempt) for duty, _, attempt in yard.jobs] == [("verify", 1)]
