"""Signing keys: two spellings of a public key, one form kept, frozen once it has signed."""

from base64 import b64encode, urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.yard import PRIVATE_KEY, PUBLIC_KEY, a_key, a_version, brought_to

PEM = (
    PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)
PUBLISHED = "DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="
KEYIDS = {
    PUBLISHED: "f29684f9defb0dd4e2823cba313eed2fb088c67a55f1ac39be71fddc6d0ccf93",
    "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=": (
        "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
    ),
}
INFO = PublicFormat.SubjectPublicKeyInfo


def _another() -> str:
    return b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()


def _create(tenant: Tenant, name: str, value: str) -> Response:
    return tenant.api.post("/signing_keys", json={"name": name, "value": value})


def _private_pem() -> str:
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return PRIVATE_KEY.private_bytes(*form).decode()


def _not_keys() -> dict[str, str]:
    point = PRIVATE_KEY.public_key().public_bytes_raw()
    elliptic = generate_private_key(SECP256R1()).public_key()
    return {
        "no base64": "not a key at all!",
        "31 bytes": b64encode(point[:-1]).decode(),
        "33 bytes": b64encode(point + b"\x00").decode(),
        "64 bytes": b64encode(point * 2).decode(),
        "hex": point.hex(),
        "unpadded": PUBLIC_KEY.rstrip("="),
        "of URLs": urlsafe_b64encode(b"\xff" * 32).decode(),
        "with a space": PUBLIC_KEY[:20] + " " + PUBLIC_KEY[20:],
        "no point": b64encode(b"\x02" + bytes(31)).decode(),
        "beyond the field": b64encode(b"\xff" * 32).decode(),
        "a curve of NIST": elliptic.public_bytes(Encoding.PEM, INFO).decode(),
        "X25519": X25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, INFO)
        .decode(),
        "a private key": _private_pem(),
        "a broken PEM": PEM[:60],
        "another PEM": PEM.replace("PUBLIC KEY", "CERTIFICATE"),
        "an empty PEM": "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
    }


def test_the_key_is_known_by_the_digest_of_its_bytes(tenant: Tenant) -> None:
    for value, keyid in KEYIDS.items():
        made = _create(tenant, value, value).json()["signing_key"]

        assert (made["value"], made["keyid"]) == (value, keyid)


@pytest.mark.parametrize(
    "spelled", [PUBLIC_KEY, PEM, PEM.strip(), "\n" + PEM, PEM.replace("\n", "\r\n")]
)
def test_the_raw_form_is_kept_however_it_was_spelled(tenant: Tenant, spelled: str) -> None:
    answer = _create(tenant, "release", spelled)

    assert answer.status_code == 201, answer.text
    assert answer.json()["signing_key"]["value"] == PUBLIC_KEY
    assert answer.json()["signing_key"]["keyid"] == KEYIDS[PUBLIC_KEY]


def test_what_is_no_public_key_of_ed25519_is_refused(tenant: Tenant) -> None:
    key = a_key(tenant.api)
    for what, value in _not_keys().items():
        created = _create(tenant, "other", value)
        changed = tenant.api.patch(f"/signing_keys/{key}", json={"value": value})

        for answer in (created, changed):
            assert answer.status_code == 422, what
            assert list(answer.json()["errors"]) == ["value"]
            assert answer.json()["errors"]["value"][0].startswith("is "), what
    assert [each["prn"] for each in tenant.api.get("/signing_keys").json()["signing_keys"]] == [key]


def test_a_refused_private_key_is_not_repeated_in_the_answer(tenant: Tenant) -> None:
    secret = _private_pem()

    answer = _create(tenant, "release", secret)

    assert secret.splitlines()[1] not in answer.text


def test_name_and_value_are_each_unique(tenant: Tenant) -> None:
    a_key(tenant.api, "release")
    other = _create(tenant, "other", _another()).json()["signing_key"]["prn"]
    taken = ["has already been taken"]

    same_name = _create(tenant, "release", _another())
    same_value = _create(tenant, "third", PEM)
    renamed = tenant.api.patch(f"/signing_keys/{other}", json={"name": "release"})
    revalued = tenant.api.patch(f"/signing_keys/{other}", json={"value": PUBLIC_KEY})

    assert (same_name.status_code, same_name.json()["errors"]) == (422, {"name": taken})
    assert (same_value.status_code, same_value.json()["errors"]) == (422, {"value": taken})
    assert (renamed.status_code, renamed.json()["errors"]) == (422, {"name": taken})
    assert (revalued.status_code, revalued.json()["errors"]) == (422, {"value": taken})
    assert tenant.other.post("/signing_keys", json={"name": "release", "value": PEM}).is_success


def test_an_unused_key_may_get_another_value(tenant: Tenant) -> None:
    key = a_key(tenant.api)

    answer = tenant.api.patch(f"/signing_keys/{key}", json={"value": PUBLISHED})

    changed = answer.json()["signing_key"]
    assert (changed["value"], changed["keyid"]) == (PUBLISHED, KEYIDS[PUBLISHED])


def test_the_value_of_a_key_that_has_signed_is_frozen(tenant: Tenant) -> None:
    key = a_key(tenant.api)
    brought_to(tenant, "signed", a_version(tenant.api))

    both = {"value": _another(), "name": "renamed"}
    frozen = tenant.api.patch(f"/signing_keys/{key}", json=both)
    same = tenant.api.patch(f"/signing_keys/{key}", json={"value": PEM, "name": "renamed"})

    assert frozen.status_code == 422
    assert (list(frozen.json()["errors"]), frozen.json()["code"]) == (["value"], "field.frozen")
    assert same.status_code == 200
    assert same.json()["signing_key"]["name"] == "renamed"
    assert same.json()["signing_key"]["value"] == PUBLIC_KEY
