"""What each operation answers when all is well: status, envelope, fields."""

import re
from typing import Any

from starlette.testclient import TestClient

from tests.admin_api.tenant import Tenant
from tests.yard import PUBLIC_KEY, a_key, a_version, brought_to, sign, signature_of

KEYID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _created(api: TestClient, path: str, singular: str, **body: object) -> dict[str, Any]:
    answer = api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == [singular]
    return answer.json()[singular]


def _is_the_same_everywhere(api: TestClient, path: str, made: dict[str, Any]) -> None:
    """The record alone and in its list are what creating it answered."""
    singular, plural = path.removesuffix("s").removeprefix("/"), path.removeprefix("/")
    alone, listed = api.get(f"{path}/{made['prn']}"), api.get(path)
    assert (alone.status_code, alone.json()) == (200, {singular: made})
    assert (listed.status_code, listed.json()) == (200, {plural: [made], "next_page": None})


def _has_common_fields(tenant: Tenant, made: dict[str, Any], kind: str) -> dict[str, Any]:
    """The other fields, once those that every resource has are as they should be."""
    uuid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(f"{tenant.organization_prn}:{kind}:{uuid}", made["prn"])
    assert made["organization_prn"] == tenant.organization_prn
    assert TIME.fullmatch(made["inserted_at"])
    assert made["updated_at"] == made["inserted_at"]
    common = {"prn", "organization_prn", "inserted_at", "updated_at"}
    return {name: value for name, value in made.items() if name not in common}


def test_an_artifact_is_created_read_and_listed(tenant: Tenant) -> None:
    fields = {"name": "kernel", "description": "boots", "custom_metadata": {"a": [1, None]}}

    made = _created(tenant.api, "/artifacts", "artifact", **fields)

    assert _has_common_fields(tenant, made, "artifact") == fields
    _is_the_same_everywhere(tenant.api, "/artifacts", made)


def test_an_artifact_version_is_created_read_and_listed(tenant: Tenant) -> None:
    artifact = _created(tenant.api, "/artifacts", "artifact", name="kernel")
    fields: dict[str, Any] = {
        "artifact_prn": artifact["prn"],
        "version": "not a number at all",
        "description": "nightly",
        "custom_metadata": {"b": {}},
    }

    made = _created(tenant.api, "/artifact_versions", "artifact_version", **fields)

    assert _has_common_fields(tenant, made, "artifact_version") == fields
    _is_the_same_everywhere(tenant.api, "/artifact_versions", made)


def test_a_signing_key_is_created_read_and_listed(tenant: Tenant) -> None:
    made = _created(tenant.api, "/signing_keys", "signing_key", name="release", value=PUBLIC_KEY)

    fields = {"name": "release", "value": PUBLIC_KEY, "keyid": KEYID}
    assert _has_common_fields(tenant, made, "signing_key") == fields
    _is_the_same_everywhere(tenant.api, "/signing_keys", made)


def test_a_binary_signature_is_created_and_listed(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signable", a_version(tenant.api))
    key_prn = a_key(tenant.api)

    answer = sign(tenant.api, binary, key_prn)

    assert answer.status_code == 201
    made = answer.json()["binary_signature"]
    assert _has_common_fields(tenant, made, "binary_signature") == {
        "binary_prn": binary["prn"],
        "signing_key_prn": key_prn,
        "keyid": KEYID,
        "signature": signature_of(binary),
    }
    listed = tenant.api.get("/binary_signatures").json()
    assert listed == {"binary_signatures": [made], "next_page": None}


def test_a_single_signature_can_neither_be_read_nor_changed(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signable", a_version(tenant.api))
    prn = sign(tenant.api, binary, a_key(tenant.api)).json()["binary_signature"]["prn"]

    assert tenant.api.get(f"/binary_signatures/{prn}").status_code == 405
    assert tenant.api.patch(f"/binary_signatures/{prn}", json={}).status_code == 405


def test_a_changed_record_is_answered_whole(tenant: Tenant) -> None:
    made = _created(tenant.api, "/artifacts", "artifact", name="kernel", description="old")

    answer = tenant.api.patch(f"/artifacts/{made['prn']}", json={"description": "new"})

    assert answer.status_code == 200
    changed = answer.json()["artifact"]
    assert changed == {**made, "description": "new", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]
    _is_the_same_everywhere(tenant.api, "/artifacts", changed)


def test_a_change_of_nothing_changes_nothing(tenant: Tenant) -> None:
    made = _created(tenant.api, "/artifacts", "artifact", name="kernel")

    answer = tenant.api.patch(f"/artifacts/{made['prn']}", json={})

    assert (answer.status_code, answer.json()) == (200, {"artifact": made})


def test_a_version_keeps_its_artifact_and_its_name(tenant: Tenant) -> None:
    prn = a_version(tenant.api, version="1.0.0")
    before = tenant.api.get(f"/artifact_versions/{prn}").json()["artifact_version"]
    elsewhere = _created(tenant.api, "/artifacts", "artifact", name="other")["prn"]

    body = {"version": "2.0.0", "artifact_prn": elsewhere, "description": "x"}
    after = tenant.api.patch(f"/artifact_versions/{prn}", json=body).json()["artifact_version"]

    assert after == {**before, "description": "x", "updated_at": after["updated_at"]}


def test_what_is_deleted_is_answered_with_nothing_at_all(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    artifact = tenant.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
    key = a_key(tenant.api)
    addresses = [
        f"/artifact_versions/{version}",
        f"/artifacts/{artifact['artifact_prn']}",
        f"/signing_keys/{key}",
    ]

    for address in addresses:
        answer = tenant.api.delete(address)

        assert (answer.status_code, answer.content) == (204, b"")
        assert tenant.api.get(address).status_code == 404
        assert tenant.api.delete(address).status_code == 404


def test_a_key_says_who_made_it_and_what_it_opens(tenant: Tenant) -> None:
    answer = tenant.api.get("/users/me")

    assert answer.status_code == 200
    assert list(answer.json()) == ["data"]
    assert list(answer.json()["data"]) == ["email", "username", "organization_prn"]
    assert answer.json()["data"]["username"] == "admin"
    assert "@" in answer.json()["data"]["email"]


def test_names_are_unique_where_they_should_be_and_nowhere_else(tenant: Tenant) -> None:
    version = a_version(tenant.api, "kernel", "1.0.0")
    artifact = tenant.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
    other = _created(tenant.api, "/artifacts", "artifact", name="Kernel")["prn"]
    same = {"artifact_prn": artifact["artifact_prn"], "version": "1.0.0"}

    artifact_again = tenant.api.post("/artifacts", json={"name": "kernel"})
    version_again = tenant.api.post("/artifact_versions", json=same)
    renamed = tenant.api.patch(f"/artifacts/{other}", json={"name": "kernel"})
    elsewhere = tenant.api.post("/artifact_versions", json={**same, "artifact_prn": other})

    taken = ["has already been taken"]
    assert (artifact_again.status_code, artifact_again.json()["errors"]) == (422, {"name": taken})
    assert (version_again.status_code, version_again.json()["errors"]) == (422, {"version": taken})
    assert (renamed.status_code, renamed.json()["errors"]) == (422, {"name": taken})
    assert elsewhere.status_code == 201
    assert tenant.other.post("/artifacts", json={"name": "kernel"}).status_code == 201
