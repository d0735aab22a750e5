"""Signatures that are refused, and when one may be deleted."""

from typing import Any

from httpx2 import Response

from sealift.domain.rights import Role
from tests.admin_api.vectors import (
    KEYID,
    OVER_RAW_DIGEST,
    OVER_TEXT,
    THEIR_KEYID,
    THEIR_SIGNATURE,
    post,
    their_key,
)
from tests.life import STATES, audited, everything, one_of_each
from tests.yard import Yard, a_key, a_version, brought_to, see, sign


def assert_refused(
    yard: Yard, binary: dict[str, Any], fields: list[str], **body: object
) -> Response:
    """Refused for these fields, with everything as it was."""
    before = everything(yard, binary)
    answer = post(yard, binary, **body)
    assert answer.status_code == 422, answer.text
    assert sorted(answer.json()["errors"]) == sorted(fields), answer.text
    assert everything(yard, binary) == before
    return answer


def test_a_signature_over_anything_else_is_refused(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)
    flipped = [
        f"{int(good, 16) ^ (1 << bit):0128x}"
        for good in (OVER_TEXT, OVER_RAW_DIGEST)
        for bit in (0, 7, 255, 256, 500, 511)
    ]

    for wrong in (*flipped, THEIR_SIGNATURE, "0" * 128, "f" * 128):
        answer = assert_refused(yard, binary, ["signature"], signing_key_prn=key, signature=wrong)

        text = "Invalid signature: must sign the hash of the binary"
        assert answer.json()["errors"] == {"signature": [text]}
    assert see(yard.api, binary)["state"] == "signable"
    assert "binary.signed" not in audited(yard, binary)


def test_a_signature_is_128_hex_characters(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)
    malformed = [
        OVER_TEXT[:-1],
        OVER_TEXT + "0",
        OVER_TEXT[:-1] + "g",
        "",
        None,
        5,
        OVER_TEXT + "\n",
    ]

    for signature in malformed:
        assert_refused(yard, binary, ["signature"], signing_key_prn=key, signature=signature)


def test_exactly_one_reference_to_a_key_is_needed(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)
    both = {"signing_key_prn": key, "signing_key_keyid": KEYID}
    names = list(both)

    assert_refused(yard, binary, names, signature=OVER_TEXT)
    assert_refused(yard, binary, names, signature=OVER_TEXT, **dict.fromkeys(names))
    assert_refused(yard, binary, names, signature=OVER_TEXT, **both)


def test_a_key_that_is_not_there_is_refused(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    foreign = a_key(yard.other)
    own = a_key(yard.api)
    unknown = own[:-4] + "ffff"

    for prn in (foreign, unknown, binary["prn"], "nonsense", ""):
        assert_refused(yard, binary, ["signing_key_prn"], signing_key_prn=prn, signature=OVER_TEXT)
    for keyid in (THEIR_KEYID, KEYID.upper(), "nonsense", ""):
        assert_refused(
            yard, binary, ["signing_key_keyid"], signing_key_keyid=keyid, signature=OVER_TEXT
        )


def test_a_keyid_of_another_organization_means_nothing_here(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    a_key(yard.other)

    assert_refused(
        yard, binary, ["signing_key_keyid"], signing_key_keyid=KEYID, signature=OVER_TEXT
    )


def test_a_binary_that_is_not_there_is_refused(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)
    foreign = brought_to(yard, "uploadable", a_version(yard.api, name="x"))["prn"][:-4] + "ffff"
    body = {"signing_key_prn": key, "signature": OVER_TEXT}

    for prn in (foreign, key, "nonsense", "", None):
        answer = yard.api.post("/binary_signatures", json={**body, "binary_prn": prn})

        assert answer.status_code == 422, prn
        assert list(answer.json()["errors"]) == ["binary_prn"]
    by_another = yard.other.post("/binary_signatures", json={**body, "binary_prn": binary["prn"]})
    assert by_another.status_code == 422
    assert see(yard.api, binary)["state"] == "signable"


def test_a_binary_is_signed_by_a_key_once(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    key = binary["signatures"][0]["signing_key_prn"]

    for signature in (OVER_TEXT, OVER_TEXT.upper(), OVER_RAW_DIGEST):
        for body in ({"signing_key_prn": key}, {"signing_key_keyid": KEYID}):
            answer = assert_refused(yard, binary, ["signing_key_prn"], signature=signature, **body)

            assert answer.json()["errors"]["signing_key_prn"] == ["has already been taken"]


def test_only_verified_content_can_be_signed(yard: Yard) -> None:
    binaries = one_of_each(yard)
    theirs = their_key(yard)

    for state in ("uploadable", "hashable", "hashing", "destroyed"):
        answer = assert_refused(
            yard, binaries[state], ["state"], signing_key_prn=theirs, signature=THEIR_SIGNATURE
        )

        assert answer.json()["code"] == "binary.wrong_state"
        assert answer.json()["facts"] == {"state": state, "allowed": ["signable", "signed"]}
    assert set(binaries) == set(STATES)


def test_whoever_may_only_look_signs_nothing(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)

    answer = sign(yard.key_for(Role.READ), binary, key)

    assert (answer.status_code, answer.json()) == (403, {"status": "forbidden"})
    assert see(yard.api, binary)["state"] == "signable"


def signatures_of(yard: Yard, binary: dict[str, Any]) -> list[str]:
    search = {"search": f"binary_prn:'{binary['prn']}'", "order": "asc"}
    listed = yard.api.get("/binary_signatures", params=search).json()["binary_signatures"]
    return [each["prn"] for each in listed]


def test_the_last_signature_of_a_signed_binary_stays(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    post(yard, binary, signing_key_prn=their_key(yard), signature=THEIR_SIGNATURE)
    first, last = signatures_of(yard, binary)

    deleted = yard.api.delete(f"/binary_signatures/{first}")
    before = everything(yard, binary)
    refused = yard.api.delete(f"/binary_signatures/{last}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert audited(yard, binary)[-1] == "binary.signature_deleted"
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert all(isinstance(texts, list) for texts in refused.json()["errors"].values())
    assert everything(yard, binary) == before
    assert see(yard.api, binary)["state"] == "signed"
    assert [each["keyid"] for each in see(yard.api, binary)["signatures"]] == [THEIR_KEYID]


def test_a_deleted_signature_can_be_made_again(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    post(yard, binary, signing_key_prn=their_key(yard), signature=THEIR_SIGNATURE)
    first, _ = signatures_of(yard, binary)
    yard.api.delete(f"/binary_signatures/{first}")

    answer = post(yard, binary, signing_key_keyid=KEYID, signature=OVER_TEXT)

    assert answer.status_code == 201
    assert len(signatures_of(yard, binary)) == 2


def test_signatures_of_a_destroyed_binary_stay(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    post(yard, binary, signing_key_prn=their_key(yard), signature=THEIR_SIGNATURE)
    yard.api.patch(f"/binaries/{binary['prn']}", json={"state": "destroyed"})

    for prn in signatures_of(yard, binary):
        answer = yard.api.delete(f"/binary_signatures/{prn}")

        assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert len(signatures_of(yard, binary)) == 2


def test_a_signature_is_made_listed_and_deleted_and_nothing_else(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    post(yard, binary, signing_key_prn=their_key(yard), signature=THEIR_SIGNATURE)
    first, _ = signatures_of(yard, binary)
    url = f"/binary_signatures/{first}"

    others = [yard.api.request(verb, url) for verb in ("GET", "PATCH", "PUT", "POST")]
    by_another = yard.other.delete(url)
    reader = yard.key_for(Role.READ).delete(url)

    assert {answer.status_code for answer in others} == {405}
    assert (by_another.status_code, reader.status_code) == (404, 403)
    assert yard.api.delete(url).status_code == 204
    assert yard.api.delete(url).status_code == 404
