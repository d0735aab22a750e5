"""On S3, clients and the store are alone with each other: no wrong byte is signed even so.

A store need not look at what it is sent, and it honours an old link to a part as long as the
upload is open. What is accepted is decided by reading what is really there.
"""

from typing import Any

import pytest

from tests.faults import away
from tests.shelves import S3Shelf
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    content_key,
    declare_part,
    digest,
    part_headers,
    patch,
    see,
    send_part,
    upload,
)

pytestmark = pytest.mark.on_s3

_WRONG = CONTENT[::-1]  # of the same size


def _shelf(yard: Yard) -> S3Shelf:
    assert isinstance(yard.shelf, S3Shelf)
    return yard.shelf


def _parts(yard: Yard, binary: dict[str, Any]) -> list[dict[str, Any]]:
    return yard.api.get(f"/binaries/{binary['prn']}/parts").json()["binary_parts"]


def _verified(yard: Yard, binary: dict[str, Any]) -> dict[str, Any]:
    """The binary after the closing step and a verification."""
    for state in ("hashable", "hashing"):
        assert patch(yard.api, binary, state=state).status_code == 200
    yard.work()
    return see(yard.api, binary)


def test_content_lives_and_dies_in_a_bucket(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    url = yard.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]
    before = yard.anybody.get(url).content
    kept = yard.kept()

    answer = patch(yard.api, binary, state="destroyed")

    assert before == CONTENT
    assert kept == [f"{content_key(yard, binary)}/content"]
    assert answer.status_code == 200
    assert yard.kept() == []
    assert yard.anybody.get(url).status_code == 404


def test_bytes_that_the_store_did_not_look_at_are_found_by_reading(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    if _shelf(yard).s3.powers().checks_parts:
        pytest.skip("this store says itself that it looks at them")

    found = _verified(yard, binary)

    assert found["state"] == "hashable"
    assert found["verification_error"]["code"] == "hash_mismatch"


def test_an_old_link_can_spoil_a_part_and_nothing_passes(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    old = declare_part(yard.api, binary, 1, _WRONG)
    send_part(yard.api, binary, 1, CONTENT)
    spoilt = yard.anybody.put(old, content=_WRONG, headers=part_headers(_WRONG))
    assert spoilt.status_code == 200

    states = [part["state"] for part in _parts(yard, binary)]
    if states == ["valid"]:  # else the store says of what digest it is
        found = _verified(yard, binary)
        assert found["verification_error"]["code"] == "hash_mismatch"

    assert see(yard.api, binary)["state"] in {"uploadable", "hashable"}
    assert states in (["valid"], ["invalid_hash"])


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_a_part_declared_anew_with_other_bytes_has_to_be_sent(
    yard: Yard, *, is_looked_at: bool
) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    send_part(yard.api, binary, 1, _WRONG)
    if is_looked_at:
        assert [part["state"] for part in _parts(yard, binary)] == ["valid"]

    link = declare_part(yard.api, binary, 1, CONTENT)

    assert [part["state"] for part in _parts(yard, binary)] == ["uploadable"]
    assert patch(yard.api, binary, state="hashable").status_code == 422
    newest = declare_part(yard.api, binary, 1, CONTENT)  # by somebody who resumes
    assert [part["state"] for part in _parts(yard, binary)] == ["uploadable"]
    for each in (link, newest):
        yard.anybody.put(each, content=CONTENT, headers=part_headers(CONTENT))
    assert [part["state"] for part in _parts(yard, binary)] == ["valid"]
    assert _verified(yard, binary)["state"] == "signable"


def test_a_part_declared_anew_just_as_it_was_may_stay_as_it_is(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    send_part(yard.api, binary, 1, CONTENT)
    asked = yard.store.calls["received"]

    declare_part(yard.api, binary, 1, CONTENT)

    assert yard.store.calls["received"] == asked
    assert [part["state"] for part in _parts(yard, binary)] == ["valid"]


def test_the_same_bytes_sent_again_for_another_digest_have_arrived(yard: Yard) -> None:
    """As from somebody who declared a wrong digest first, on a store that does not look."""
    if _shelf(yard).s3.powers().checks_parts:
        pytest.skip("this store refuses them")
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, _WRONG)
    yard.anybody.put(link, content=CONTENT, headers=part_headers(_WRONG))

    send_part(yard.api, binary, 1, CONTENT)

    assert [part["state"] for part in _parts(yard, binary)] == ["valid"]


def test_a_part_is_not_declared_anew_while_its_store_is_away(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    send_part(yard.api, binary, 1, _WRONG)
    yard.store.before["received"] = away
    body = {"expected_binary_size": len(CONTENT), "size": len(CONTENT), "hash": digest(CONTENT)}

    answer = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=body)

    assert answer.status_code == 503


def test_a_spoilt_upload_can_be_reset_and_sent_again(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    _verified(yard, binary)

    patch(yard.api, binary, state="uploadable")
    late = yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    upload(yard.api, binary)
    found = _verified(yard, binary)

    assert late.status_code == 404
    assert found["state"] == "signable"


def test_an_old_link_opens_nothing_once_the_upload_is_finished(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    old = declare_part(yard.api, binary, 1, _WRONG)
    send_part(yard.api, binary, 1, CONTENT)
    patch(yard.api, binary, state="hashable")

    late = yard.anybody.put(old, content=_WRONG, headers=part_headers(_WRONG))
    patch(yard.api, binary, state="hashing")
    yard.work()

    assert late.status_code == 404
    assert see(yard.api, binary)["state"] == "signable"


def test_a_link_takes_no_other_length_than_was_declared(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)

    longer = yard.anybody.put(link, content=CONTENT * 2, headers=part_headers(CONTENT))

    assert longer.status_code == 403
    assert [part["state"] for part in _parts(yard, binary)] == ["uploadable"]


def test_an_upload_that_the_store_has_lost_is_begun_anew(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    shelf = _shelf(yard)
    (lost,) = shelf.client.list_multipart_uploads(Bucket=shelf.bucket).get("Uploads", [])
    shelf.client.abort_multipart_upload(
        Bucket=shelf.bucket, Key=lost.get("Key", ""), UploadId=lost.get("UploadId", "")
    )

    refused = patch(yard.api, binary, state="hashable")
    upload(yard.api, binary)
    found = _verified(yard, binary)

    assert refused.status_code == 422
    assert found["state"] == "signable"
