"""What blocks deletion: whatever others refer to, and the answer names the relation."""

from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.yard import a_binary, a_key, a_version, brought_to, patch, see, sign, signature_of


def _is_blocked_by(relation: str, answer: Response) -> bool:
    """409 with the relation as the only field, its texts in a list."""
    if answer.status_code != 409 or answer.json()["code"] != "in_use":
        return False
    errors = answer.json()["errors"]
    return list(errors) == [relation] and all(isinstance(text, str) for text in errors[relation])


def _artifact_of(tenant: Tenant, version: str) -> str:
    answer = tenant.api.get(f"/artifact_versions/{version}").json()
    return answer["artifact_version"]["artifact_prn"]


def _signature_of(tenant: Tenant, binary: dict[str, Any]) -> str:
    search = {"search": f"binary_prn:'{binary['prn']}'"}
    found = tenant.api.get("/binary_signatures", params=search).json()["binary_signatures"]
    assert len(found) == 1
    return found[0]["prn"]


def _sign_with_another_key(tenant: Tenant, binary: dict[str, Any]) -> str:
    private = Ed25519PrivateKey.generate()
    value = b64encode(private.public_key().public_bytes_raw()).decode()
    key = tenant.api.post("/signing_keys", json={"name": value, "value": value}).json()
    body = {
        "binary_prn": binary["prn"],
        "signing_key_prn": key["signing_key"]["prn"],
        "signature": private.sign(binary["hash"].encode()).hex(),
    }
    return tenant.api.post("/binary_signatures", json=body).json()["binary_signature"]["prn"]


def test_an_artifact_with_versions_stays(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    artifact = _artifact_of(tenant, version)

    blocked = tenant.api.delete(f"/artifacts/{artifact}")

    assert _is_blocked_by("artifact_versions", blocked)
    assert tenant.api.get(f"/artifacts/{artifact}").status_code == 200
    assert tenant.api.delete(f"/artifact_versions/{version}").status_code == 204
    assert tenant.api.delete(f"/artifacts/{artifact}").status_code == 204


def test_a_version_with_binaries_in_any_state_stays(tenant: Tenant) -> None:
    for state in ("uploadable", "signed", "destroyed"):
        version = a_version(tenant.api, state)
        binary = brought_to(tenant, state, version)

        blocked = tenant.api.delete(f"/artifact_versions/{version}")

        assert _is_blocked_by("binaries", blocked), state
        assert see(tenant.api, binary)["artifact_version_prn"] == version
        assert tenant.api.delete(f"/binaries/{binary['prn']}").status_code == 204
        assert tenant.api.delete(f"/artifact_versions/{version}").status_code == 204


def test_a_signing_key_with_signatures_stays(tenant: Tenant) -> None:
    key = a_key(tenant.api)
    binary = brought_to(tenant, "signed", a_version(tenant.api))

    blocked = tenant.api.delete(f"/signing_keys/{key}")

    assert _is_blocked_by("binary_signatures", blocked)
    assert tenant.api.get(f"/signing_keys/{key}").status_code == 200
    assert tenant.api.delete(f"/binaries/{binary['prn']}").status_code == 204
    assert tenant.api.delete(f"/signing_keys/{key}").status_code == 204


def test_the_last_signature_of_a_signed_binary_stays(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signed", a_version(tenant.api))
    first = _signature_of(tenant, binary)
    second = _sign_with_another_key(tenant, binary)

    deleted = tenant.api.delete(f"/binary_signatures/{first}")
    blocked = tenant.api.delete(f"/binary_signatures/{second}")

    assert deleted.status_code == 204
    assert _is_blocked_by("binary", blocked)
    assert see(tenant.api, binary)["state"] == "signed"
    assert len(see(tenant.api, binary)["signatures"]) == 1


def test_no_signature_of_a_destroyed_binary_goes(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signed", a_version(tenant.api))
    signatures = [_signature_of(tenant, binary), _sign_with_another_key(tenant, binary)]
    patch(tenant.api, binary, state="destroyed")

    for prn in signatures:
        assert _is_blocked_by("binary", tenant.api.delete(f"/binary_signatures/{prn}"))
    assert len(see(tenant.api, binary)["signatures"]) == 2


def test_a_signature_that_was_deleted_can_be_made_again(tenant: Tenant) -> None:
    key = a_key(tenant.api)
    binary = brought_to(tenant, "signed", a_version(tenant.api))
    first = _signature_of(tenant, binary)
    _sign_with_another_key(tenant, binary)

    tenant.api.delete(f"/binary_signatures/{first}")
    again = sign(tenant.api, binary, key)

    assert again.status_code == 201
    assert again.json()["binary_signature"]["signature"] == signature_of(binary)


def test_a_binary_goes_with_its_signatures(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signed", a_version(tenant.api))

    assert tenant.api.delete(f"/binaries/{binary['prn']}").status_code == 204

    assert tenant.api.get("/binary_signatures").json()["binary_signatures"] == []


def test_a_name_is_free_again_once_its_holder_is_deleted(tenant: Tenant) -> None:
    version = a_version(tenant.api, "kernel", "1.0.0")
    artifact = _artifact_of(tenant, version)
    binary = a_binary(tenant.api, version)
    key = a_key(tenant.api)
    for address in (
        f"/binaries/{binary['prn']}",
        f"/artifact_versions/{version}",
        f"/artifacts/{artifact}",
        f"/signing_keys/{key}",
    ):
        assert tenant.api.delete(address).status_code == 204

    again = a_version(tenant.api, "kernel", "1.0.0")

    assert a_binary(tenant.api, again)["target"] == binary["target"]
    assert a_key(tenant.api) != key
