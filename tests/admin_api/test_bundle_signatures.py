"""Signatures of bundles: over the bundle's hash, verified, and in nobody's way."""

from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx2 import Response

from tests.admin_api.distributing import a_binary_for_bundles
from tests.admin_api.tenant import Tenant
from tests.admin_api.vectors import KEYID
from tests.yard import PRIVATE_KEY, Yard, a_bundle, a_version, brought_to

# Published with the resource model: by the key of the tests, over the hash of the one binary.
OF_CONTENT = "08022dc34d2bf61f309a1bcc09c9cb93cac82dc6fd12edb12d4834ee738d6c03"
SIGNATURE = (
    "9c1e0ffca75e7418593433c6d392314be42a18255ffc3ddeb039102c265902a4"
    "55d4803e74ae8543cfe854da13de96fd52ca8224211f4493a32a4ce579903b00"
)


@pytest.fixture
def bundle(tenant: Tenant) -> dict[str, Any]:
    return a_bundle(tenant.api, brought_to(tenant, "signed", a_version(tenant.api)))


def _key(yard: Yard) -> str:
    return yard.api.get("/signing_keys", params={"order": "asc"}).json()["signing_keys"][0]["prn"]


def _sign(yard: Yard, bundle: dict[str, Any], **fields: object) -> Response:
    body = {"bundle_prn": bundle["prn"], "signature": SIGNATURE, **fields}
    return yard.api.post("/bundle_signatures", json=body)


def _another_key(yard: Yard) -> tuple[str, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.generate()
    value = b64encode(private.public_key().public_bytes_raw()).decode()
    answer = yard.api.post("/signing_keys", json={"name": value, "value": value})
    return answer.json()["signing_key"]["prn"], private


def test_a_published_signature_is_accepted(tenant: Tenant, bundle: dict[str, Any]) -> None:
    key = _key(tenant)

    answer = _sign(tenant, bundle, signing_key_prn=key)

    assert bundle["hash"] == OF_CONTENT
    assert answer.status_code == 201
    made = answer.json()["bundle_signature"]
    assert made == {
        "prn": made["prn"],
        "organization_prn": tenant.organization_prn,
        "bundle_prn": bundle["prn"],
        "signing_key_prn": key,
        "keyid": KEYID,
        "signature": SIGNATURE,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
    }
    listed = tenant.api.get("/bundle_signatures").json()
    assert listed == {"bundle_signatures": [made], "next_page": None}
    shown = [{name: made[name] for name in ("signature", "signing_key_prn", "keyid")}]
    of_bundle = tenant.api.get(f"/bundles/{bundle['prn']}/signatures").json()
    assert of_bundle == {"bundle_signatures": shown, "signatures": shown}


def test_keyids_raw_digests_and_any_case_are_accepted(
    tenant: Tenant, bundle: dict[str, Any]
) -> None:
    raw = PRIVATE_KEY.sign(bytes.fromhex(bundle["hash"])).hex()
    first = _sign(tenant, bundle, signing_key_keyid=KEYID, signature=raw.upper())
    prn, private = _another_key(tenant)
    text = private.sign(bundle["hash"].encode()).hex()
    second = _sign(tenant, bundle, signing_key_prn=prn, signature=text)

    assert (first.status_code, second.status_code) == (201, 201)
    of_bundle = tenant.api.get(f"/bundles/{bundle['prn']}/signatures").json()
    assert [each["signature"] for each in of_bundle["signatures"]] == [raw.upper(), text]


def test_a_signature_of_something_else_is_refused(tenant: Tenant, bundle: dict[str, Any]) -> None:
    key = _key(tenant)
    bit = f"{int(SIGNATURE, 16) ^ 1:0128x}"
    of_the_binary = PRIVATE_KEY.sign(b"403c").hex()

    for signature in (bit, of_the_binary):
        refused = _sign(tenant, bundle, signing_key_prn=key, signature=signature)

        text = "Invalid signature: must sign the hash of the bundle"
        assert (refused.status_code, refused.json()["errors"]) == (422, {"signature": [text]})
    assert tenant.api.get("/bundle_signatures").json()["bundle_signatures"] == []


def test_one_key_is_named_in_one_way_and_signs_once(tenant: Tenant, bundle: dict[str, Any]) -> None:
    key = _key(tenant)

    neither = _sign(tenant, bundle)
    both = _sign(tenant, bundle, signing_key_prn=key, signing_key_keyid=KEYID)
    first = _sign(tenant, bundle, signing_key_prn=key, signing_key_keyid=None)
    again = _sign(tenant, bundle, signing_key_keyid=KEYID)

    for refused in (neither, both):
        assert set(refused.json()["errors"]) == {"signing_key_prn", "signing_key_keyid"}
    assert first.status_code == 201
    taken = {"signing_key_prn": ["has already been taken"]}
    assert (again.status_code, again.json()["errors"]) == (422, taken)


def test_signatures_are_searched(tenant: Tenant, bundle: dict[str, Any]) -> None:
    other = a_bundle(tenant.api, a_binary_for_bundles(tenant), name="other")
    key, (second, private) = _key(tenant), _another_key(tenant)
    signed = private.sign(other["hash"].encode()).hex()
    one = _sign(tenant, bundle, signing_key_prn=key).json()["bundle_signature"]["prn"]
    answer = _sign(tenant, other, signing_key_prn=second, signature=signed)
    two = answer.json()["bundle_signature"]["prn"]

    def found(search: str) -> list[str]:
        listed = tenant.api.get("/bundle_signatures", params={"search": search}).json()
        return [each["prn"] for each in listed["bundle_signatures"]]

    assert found(f"bundle_prn:'{bundle['prn']}'") == [one]
    assert found(f"signing_key_prn:'{second}'") == [two]
    assert found(f"prn:'{two}'") == [two]


def test_a_signature_goes_at_any_time(tenant: Tenant, bundle: dict[str, Any]) -> None:
    made = _sign(tenant, bundle, signing_key_prn=_key(tenant)).json()["bundle_signature"]
    address = f"/bundle_signatures/{made['prn']}"

    assert tenant.api.get(address).status_code == 405
    assert tenant.api.delete(address).status_code == 204
    assert tenant.api.delete(address).status_code == 404
    assert tenant.api.get(f"/bundles/{bundle['prn']}/signatures").json()["signatures"] == []


def test_a_key_that_signed_a_bundle_stays_as_it_is(tenant: Tenant, bundle: dict[str, Any]) -> None:
    prn, private = _another_key(tenant)
    signature = private.sign(bundle["hash"].encode()).hex()
    _sign(tenant, bundle, signing_key_prn=prn, signature=signature)
    value = b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()

    changed = tenant.api.patch(f"/signing_keys/{prn}", json={"value": value})
    deleted = tenant.api.delete(f"/signing_keys/{prn}")
    tenant.api.delete(f"/bundles/{bundle['prn']}")

    assert (changed.status_code, changed.json()["code"]) == (422, "field.frozen")
    assert (deleted.status_code, list(deleted.json()["errors"])) == (409, ["bundle_signatures"])
    assert tenant.api.delete(f"/signing_keys/{prn}").status_code == 204
