"""Signatures: verified before they are kept, by a key that is named in one of two ways."""

from typing import Any

import pytest
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.yard import CONTENT, PRIVATE_KEY, PUBLIC_KEY, a_key, a_version, brought_to, digest, see

pytestmark = pytest.mark.lifecycle

HASH = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"
PUBLISHED_KEY = "DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="
PUBLISHED = (
    "EA9C0A0078B1DE6F814BCDADB0E5D91D9E6E58C5882DFE689F0518DB135E0966"
    "DF9F52D6162A13201CB733EDBFD2F0B384D67BDD8B058D9E9AA24DF632365905"
)
OVER_TEXT = (
    "36c2528a789fabc1f75081a260a29d4a2ab2c15442572c7a16f0f90b102e8972"
    "e9e09ff394d513e90830ac73ad6183887db307323a3d7ec0f4e7a1d803bfc309"
)
OVER_RAW = (
    "76c297e0f212f91156a473a3db9ccbcd651a635809f7d3155657f5305393cbff"
    "c4ca01185ee8908270caf4fed402a536172fd6dd5b7fd0d1f01ca9cff64e230c"
)
KEYID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
VECTORS = [
    (PUBLISHED_KEY, PUBLISHED), (PUBLISHED_KEY, PUBLISHED.lower()),
    (PUBLIC_KEY, OVER_TEXT), (PUBLIC_KEY, OVER_TEXT.upper()), (PUBLIC_KEY, OVER_RAW),
]  # fmt: skip


def _signable(tenant: Tenant) -> str:
    assert digest(CONTENT) == HASH
    return brought_to(tenant, "signable", a_version(tenant.api))["prn"]


def _key(tenant: Tenant, value: str = PUBLIC_KEY) -> str:
    made = tenant.api.post("/signing_keys", json={"name": value, "value": value})
    return made.json()["signing_key"]["prn"]


def _attach(tenant: Tenant, binary: str, signature: str, **key: str | None) -> Response:
    body = {"binary_prn": binary, "signature": signature, **key}
    return tenant.api.post("/binary_signatures", json=body)


def _seen(tenant: Tenant, binary: str) -> dict[str, Any]:
    return see(tenant.api, {"prn": binary})


def test_signatures_of_known_vectors_are_taken_as_they_are_spelled(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    keys = {value: _key(tenant, value) for value in (PUBLIC_KEY, PUBLISHED_KEY)}

    for number, (value, signature) in enumerate(VECTORS):
        binary = brought_to(tenant, "signable", version, target=f"target {number}")["prn"]
        answer = _attach(tenant, binary, signature, signing_key_prn=keys[value])

        assert answer.status_code == 201, answer.text
        assert answer.json()["binary_signature"]["signature"] == signature
        assert _seen(tenant, binary)["state"] == "signed"


def test_one_changed_bit_anywhere_spoils_a_signature(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)
    good = bytes.fromhex(OVER_TEXT)

    for bit in range(0, 512, 37):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        answer = _attach(tenant, binary, bad.hex(), signing_key_prn=key)

        assert answer.status_code == 422, bit
        assert answer.json()["errors"] == {
            "signature": ["Invalid signature: must sign the hash of the binary"]
        }
    assert _seen(tenant, binary)["state"] == "signable"
    assert tenant.api.get("/binary_signatures").json()["binary_signatures"] == []


def test_a_signature_over_anything_else_than_the_hash_is_refused(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)
    others = [
        CONTENT, HASH.upper().encode(), HASH.encode() + b"\n", b"", bytes(32),
        b"sha256:" + HASH.encode(), digest(HASH.encode()).encode(),
    ]  # fmt: skip

    for message in others:
        answer = _attach(tenant, binary, PRIVATE_KEY.sign(message).hex(), signing_key_prn=key)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["signature"])


def test_a_signature_is_128_characters_of_hex(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)
    wrong = ["", OVER_TEXT[:-1], OVER_TEXT + "0", OVER_TEXT[:-1] + "g", "0x" + OVER_TEXT[2:],
             OVER_TEXT + "\n", " " + OVER_TEXT[1:], "\N{FULLWIDTH DIGIT ZERO}" * 128]  # fmt: skip

    for signature in wrong:
        answer = _attach(tenant, binary, signature, signing_key_prn=key)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["signature"])


def test_a_key_may_be_named_by_its_keyid(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)

    answer = _attach(tenant, binary, OVER_TEXT, signing_key_keyid=KEYID, signing_key_prn=None)

    made = answer.json()["binary_signature"]
    assert answer.status_code == 201
    assert (made["signing_key_prn"], made["keyid"]) == (key, KEYID)
    assert "signing_key_keyid" not in made


def test_exactly_one_way_to_name_the_key_must_be_used(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)

    neither = _attach(tenant, binary, OVER_TEXT)
    both = _attach(tenant, binary, OVER_TEXT, signing_key_prn=key, signing_key_keyid=KEYID)

    for answer in (neither, both):
        assert answer.status_code == 422
        assert set(answer.json()["errors"]) == {"signing_key_prn", "signing_key_keyid"}
    assert _seen(tenant, binary)["state"] == "signable"


def test_an_unknown_keyid_is_the_fault_of_its_field(tenant: Tenant) -> None:
    binary = _signable(tenant)
    _key(tenant)

    for keyid in ("", "x", "0" * 64, KEYID.upper(), KEYID[:-1], "x" * 256):
        answer = _attach(tenant, binary, OVER_TEXT, signing_key_keyid=keyid)

        assert answer.status_code == 422, keyid
        assert answer.json()["errors"] == {"signing_key_keyid": ["does not exist"]}


def test_the_same_key_signs_a_binary_once(tenant: Tenant) -> None:
    binary, key = _signable(tenant), _key(tenant)
    assert _attach(tenant, binary, OVER_TEXT, signing_key_prn=key).status_code == 201
    before = _seen(tenant, binary)

    again = _attach(tenant, binary, OVER_RAW, signing_key_prn=key)
    by_keyid = _attach(tenant, binary, OVER_TEXT, signing_key_keyid=KEYID)

    taken = {"signing_key_prn": ["has already been taken"]}
    assert (again.status_code, again.json()["errors"]) == (422, taken)
    assert (by_keyid.status_code, by_keyid.json()["errors"]) == (422, taken)
    assert _seen(tenant, binary) == before


def test_the_binary_shows_its_signatures_with_the_keys_as_pem(tenant: Tenant) -> None:
    binary, key = _signable(tenant), a_key(tenant.api)
    _attach(tenant, binary, OVER_TEXT, signing_key_prn=key)

    shown = _seen(tenant, binary)["signatures"]

    assert len(shown) == 1
    pem = shown[0].pop("public_value")
    assert shown == [{"signature": OVER_TEXT, "signing_key_prn": key, "keyid": KEYID}]
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert pem.endswith("-----END PUBLIC KEY-----\n")


def test_the_state_of_a_binary_is_judged_before_the_signature(tenant: Tenant) -> None:
    key, version = _key(tenant), a_version(tenant.api, "other")

    for state in ("uploadable", "hashable", "hashing", "destroyed"):
        binary = brought_to(tenant, state, version, target=state)
        answer = _attach(tenant, binary["prn"], "0" * 128, signing_key_prn=key)

        assert answer.status_code == 422
        assert (list(answer.json()["errors"]), answer.json()["code"]) == (
            ["state"],
            "binary.wrong_state",
        )
        assert see(tenant.api, binary)["revision"] == binary["revision"]
