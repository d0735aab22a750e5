"""Signatures: the first good one makes a binary `signed`, more of them may follow."""

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.admin_api.vectors import (
    KEYID,
    OVER_RAW_DIGEST,
    OVER_TEXT,
    THEIR_KEYID,
    THEIR_SIGNATURE,
    post,
    their_key,
)
from tests.life import audited, everything
from tests.yard import (
    PUBLIC_KEY,
    Yard,
    a_key,
    a_version,
    brought_to,
    patch,
    see,
    sign,
    signature_of,
)

SECOND = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))


def second_key(yard: Yard) -> str:
    value = b64encode(SECOND.public_key().public_bytes_raw()).decode()
    answer = yard.api.post("/signing_keys", json={"name": "second", "value": value})
    return answer.json()["signing_key"]["prn"]


def test_a_good_signature_moves_a_signable_binary_on(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)

    answer = post(yard, binary, signing_key_prn=key, signature=OVER_TEXT)

    made = answer.json()["binary_signature"]
    assert answer.status_code == 201
    assert made == {
        "prn": made["prn"],
        "organization_prn": binary["organization_prn"],
        "binary_prn": binary["prn"],
        "signing_key_prn": key,
        "keyid": KEYID,
        "signature": OVER_TEXT,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
    }
    seen = see(yard.api, binary)
    (shown,) = seen.pop("signatures")
    assert shown.pop("public_value").startswith("-----BEGIN PUBLIC KEY-----\n")
    assert shown == {"signature": OVER_TEXT, "signing_key_prn": key, "keyid": KEYID}
    assert (seen["state"], seen["revision"]) == ("signed", binary["revision"] + 1)
    assert audited(yard, binary)[-1] == "binary.signed"


def test_signatures_made_elsewhere_are_accepted(yard: Yard) -> None:
    ours, theirs = a_key(yard.api), their_key(yard)
    good = [(theirs, THEIR_SIGNATURE), (ours, OVER_TEXT), (ours, OVER_RAW_DIGEST)]

    for number, (key, signature) in enumerate(good):
        binary = brought_to(yard, "signable", a_version(yard.api, name=f"{number}"))
        answer = post(yard, binary, signing_key_prn=key, signature=signature)

        assert answer.status_code == 201
        assert see(yard.api, binary)["state"] == "signed"


def test_a_signature_is_shown_in_the_case_it_was_sent(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    mixed = OVER_TEXT[:64].upper() + OVER_TEXT[64:]
    sent = {their_key(yard): THEIR_SIGNATURE, a_key(yard.api): mixed}

    for key, signature in sent.items():
        answer = post(yard, binary, signing_key_prn=key, signature=signature)
        assert answer.json()["binary_signature"]["signature"] == signature

    shown = {
        each["signing_key_prn"]: each["signature"] for each in see(yard.api, binary)["signatures"]
    }
    listed = yard.api.get("/binary_signatures").json()["binary_signatures"]
    assert shown == sent
    assert {each["signing_key_prn"]: each["signature"] for each in listed} == sent


def test_the_first_signature_is_told_from_further_ones(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    signatures = {their_key(yard): THEIR_SIGNATURE, a_key(yard.api): OVER_TEXT}

    for key, signature in signatures.items():
        post(yard, binary, signing_key_prn=key, signature=signature)

    assert audited(yard, binary)[-2:] == ["binary.signed", "binary.signature_added"]


def test_a_key_can_be_named_by_its_keyid(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    key = their_key(yard)

    answer = post(yard, binary, signing_key_keyid=THEIR_KEYID, signature=THEIR_SIGNATURE)

    assert answer.status_code == 201
    made = answer.json()["binary_signature"]
    assert (made["signing_key_prn"], made["keyid"]) == (key, THEIR_KEYID)


def test_null_for_the_other_reference_means_it_is_absent(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    ours, theirs = a_key(yard.api), their_key(yard)

    by_prn = post(yard, binary, signing_key_prn=ours, signing_key_keyid=None, signature=OVER_TEXT)
    by_keyid = post(
        yard,
        binary,
        signing_key_prn=None,
        signing_key_keyid=THEIR_KEYID,
        signature=THEIR_SIGNATURE,
    )

    assert (by_prn.status_code, by_keyid.status_code) == (201, 201)
    keys = [each["signing_key_prn"] for each in see(yard.api, binary)["signatures"]]
    assert keys == [ours, theirs]


def test_a_further_signature_leaves_a_signed_binary_as_it_is(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    first = binary["signatures"]
    signature = SECOND.sign(binary["hash"].encode()).hex()

    answer = post(yard, binary, signing_key_prn=second_key(yard), signature=signature)

    assert answer.status_code == 201
    seen = see(yard.api, binary)
    assert [each["signature"] for each in seen["signatures"]] == [first[0]["signature"], signature]
    assert seen | {"signatures": first} == binary


def test_asking_for_signed_after_signing_is_fine(yard: Yard) -> None:
    binary, key = brought_to(yard, "signable", a_version(yard.api)), a_key(yard.api)
    early = patch(yard.api, binary, state="signed")
    sign(yard.api, binary, key)
    before = everything(yard, binary)

    late = patch(yard.api, binary, state="signed")

    assert (early.status_code, late.status_code) == (422, 200)
    assert everything(yard, binary) == before


def test_signatures_are_listed_and_found(yard: Yard) -> None:
    version = a_version(yard.api)
    first = brought_to(yard, "signed", version, target="first")
    second = brought_to(yard, "signed", version, b"other", target="second")
    theirs = their_key(yard)
    post(yard, first, signing_key_prn=theirs, signature=THEIR_SIGNATURE)
    ours = first["signatures"][0]["signing_key_prn"]

    def found(search: str) -> list[tuple[str, str]]:
        answer = yard.api.get("/binary_signatures", params={"search": search, "order": "asc"})
        assert answer.status_code == 200, answer.text
        listed = answer.json()["binary_signatures"]
        return [(each["binary_prn"], each["signing_key_prn"]) for each in listed]

    one, two, three = (first["prn"], ours), (second["prn"], ours), (first["prn"], theirs)
    listed = yard.api.get("/binary_signatures", params={"order": "asc"}).json()
    assert found(f"binary_prn:'{first['prn']}'") == [one, three]
    assert found(f"signing_key_prn:'{ours}'") == [one, two]
    assert found(f"signature.signing_key.keyid:'{THEIR_KEYID}'") == [three]
    assert found(f"signature.signing_key.keyid:'{KEYID}' and binary_prn:'{second['prn']}'") == [two]
    assert found(f"prn:'{listed['binary_signatures'][1]['prn']}'") == [two]
    assert found(f"organization_prn:'{first['organization_prn']}'") == [one, two, three]
    assert found(f"inserted_at>'{listed['binary_signatures'][0]['inserted_at']}'") == [two, three]
    assert found("signature.signing_key.keyid:'unknown'") == []
    assert yard.other.get("/binary_signatures").json()["binary_signatures"] == []


def test_the_key_of_the_tests_has_the_keyid_of_the_vector(yard: Yard) -> None:
    key = yard.api.get(f"/signing_keys/{a_key(yard.api)}").json()["signing_key"]

    assert (key["value"], key["keyid"]) == (PUBLIC_KEY, KEYID)
    assert signature_of({"hash": "0" * 64}) != OVER_TEXT
