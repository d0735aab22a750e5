"""Reset: the upload is discarded, the record stays, and another attempt may follow."""

import pytest

from sealift.actions import erasing
from tests.faults import away, once
from tests.life import TWO_PARTS, audited, download_link, everything, is_dead, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_key,
    a_version,
    brought_to,
    content_key,
    declare_part,
    part_headers,
    patch,
    see,
    sign,
    upload,
)

pytestmark = pytest.mark.lifecycle

CAN_BE_RESET = ("hashable", "hashing", "signable")


def test_a_reset_leaves_nothing_of_the_upload_and_all_of_the_record(yard: Yard) -> None:
    for state in CAN_BE_RESET:
        binary = brought_to(yard, state, a_version(yard.api, name=state), description=state)
        assert binary["bytes_uploaded"] == len(CONTENT)

        answer = patch(yard.api, binary, state="uploadable")

        assert answer.status_code == 200
        seen = see(yard.api, binary)
        assert seen == binary | {
            "state": "uploadable",
            "bytes_uploaded": 0,
            "revision": binary["revision"] + 1,
            "updated_at": seen["updated_at"],
        }
        assert seen["updated_at"] > binary["updated_at"]
        assert part_states(yard, binary) == {}
        assert yard.kept() == []
        assert audited(yard, binary)[-2:] == ["binary.reset", "binary.content_erased"]


def test_links_of_the_discarded_upload_are_dead(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    part_link = declare_part(yard.api, binary, 1, CONTENT)
    yard.anybody.put(part_link, content=CONTENT, headers=part_headers(CONTENT))
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()
    link = download_link(yard, binary)
    assert yard.anybody.get(link).status_code == 200

    patch(yard.api, binary, state="uploadable")
    upload(yard.api, binary)

    sent = yard.anybody.put(part_link, content=CONTENT, headers=part_headers(CONTENT))
    assert yard.anybody.head(link).status_code == 404
    assert is_dead(sent)
    assert is_dead(yard.anybody.get(link))
    assert part_states(yard, binary) == {1: "valid"}


def test_another_attempt_may_cut_its_parts_elsewhere(yard: Yard) -> None:
    content = TWO_PARTS + TWO_PARTS[::-1]
    binary = a_binary(yard.api, a_version(yard.api), content)
    key = a_key(yard.api)
    for part_size in (6_000_000, 5_242_881):
        upload(yard.api, binary, content, part_size)
        patch(yard.api, binary, state="hashable")
        patch(yard.api, binary, state="uploadable")

    upload(yard.api, binary, content, 9_999_999)
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()

    assert sign(yard.api, binary, key).status_code == 201
    assert yard.anybody.get(download_link(yard, binary)).content == content


def test_a_reset_does_not_wait_for_a_store_that_is_away(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    once(yard, "erase", away)

    answer = patch(yard.api, binary, state="uploadable")

    assert answer.status_code == 200
    assert see(yard.api, binary)["bytes_uploaded"] == 0
    assert yard.kept() != []
    upload(yard.api, binary)
    erasing.erase_all(yard.system)
    assert patch(yard.api, binary, state="hashable").status_code == 200
    assert yard.kept() == [f"{content_key(yard, binary)}/content"]


def test_the_reason_why_verification_failed_goes_with_a_reset(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), hash="0" * 64)
    upload(yard.api, binary)
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()
    assert see(yard.api, binary)["verification_error"]["code"] == "hash_mismatch"

    answer = patch(yard.api, binary, state="uploadable")

    assert answer.json()["binary"]["verification_error"] is None


def test_there_is_no_other_way_to_reset_to_sign_or_to_destroy(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    before = everything(yard, binary)
    words = ("reset", "destroy", "upload", "sign", "hash", "state", "verify", "purge")

    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        answers = [yard.api.request(verb, f"/binaries/{binary['prn']}/{word}") for word in words]

        assert {answer.status_code for answer in answers} == {404}
    assert {yard.api.post(f"/binaries/{binary['prn']}").status_code} == {405}
    assert everything(yard, binary) == before
