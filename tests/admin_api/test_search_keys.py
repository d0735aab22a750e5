"""Every list, by every key and every operator, against a plain reading of the answers.

What may be searched by what is written down here apart from the table that the server obeys.
"""

import operator
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.admin_api.tenant import Tenant, organization_prn
from tests.yard import (
    a_binary,
    a_bundle,
    a_cohort,
    a_product,
    a_release,
    a_version,
    an_override,
    brought_to,
    upload,
)

OPERATORS = [":", "-", "~", "<", "<=", ">", ">="]
ORDERED = {":", "<", "<=", ">", ">="}
COMMON = {"prn": {":"}, "organization_prn": {":"}, "inserted_at": ORDERED, "updated_at": ORDERED}
KEYID = "signature.signing_key.keyid"
KEYS: dict[str, dict[str, set[str]]] = {
    "artifacts": COMMON | {"name": {":", "~", "-"}, "description": {":", "~"}},
    "artifact_versions": COMMON
    | {"artifact_prn": {":"}, "version": {":", "~", "-"}, "description": {":", "~"}},
    "binaries": COMMON
    | {
        "artifact_version_prn": {":"},
        "description": {":", "~"},
        "hash": {":"},
        "size": ORDERED,
        "state": {":"},
        "target": {":", "~"},
    },
    "binary_signatures": COMMON | {"binary_prn": {":"}, "signing_key_prn": {":"}, KEYID: {":"}},
    "signing_keys": COMMON | {"name": {":", "~"}, "value": {":"}},
    "bundles": COMMON | {"name": {":", "~", "-"}},
    "bundle_overrides": COMMON | {"bundle_prn": {":"}, "name": {":", "~", "-"}},
    "bundle_signatures": COMMON | {"bundle_prn": {":"}, "signing_key_prn": {":"}},
    "releases": COMMON
    | {
        "cohort_prn": {":"},
        "next_release_prn": {":"},
        "deleted_at": ORDERED,
        "name": {":", "~"},
        "description": {":", "~"},
        "version": {":", "-"},
        "version_requirement": {":", "-"},
    },
}
NOT_KEYS = {
    "artifacts": ["id", "custom_metadata", "organization_id", "name_folded", "version", "Name"],
    "artifact_versions": ["name", "artifact_id", "artifact.name"],
    "binaries": ["name", "bytes_uploaded", "revision", "destroyed", "store", "upload", "attempt"],
    "binary_signatures": ["signature", "keyid", "binary_id", "value", "name"],
    "signing_keys": ["keyid", "description"],
    "bundles": ["hash", "binaries", "binary_prn", "description"],
    "bundle_overrides": ["description", "starts_at", "ends_at", "device_prn"],
    "bundle_signatures": ["signature", "keyid", KEYID],
    "releases": ["bundle_prn", "binary_prn", "required", "phase_value", "schedule_date"],
}
# Asked about where there is one, since it changes what is listed.
_LISTS_OTHERS = {"deleted_at"}
MATCHES: dict[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    "-": lambda found, wanted: wanted.casefold() in found.casefold(),
    "~": lambda found, wanted: wanted in found,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _stocked(tenant: Tenant) -> None:
    """Three or four records in each list, no two alike."""
    texts = ["Kernel 100%", "kernel_1", "KERNEL'S \\ end"]
    versions = [a_version(tenant.api, text, text) for text in texts]
    artifact = tenant.api.get(f"/artifact_versions/{versions[0]}").json()["artifact_version"]
    tenant.api.patch(f"/artifacts/{artifact['artifact_prn']}", json={"description": "boots _"})
    tenant.api.patch(f"/artifact_versions/{versions[1]}", json={"description": "100% new"})
    tenant.clock.pass_time(timedelta(seconds=3))
    signable = brought_to(tenant, "signable", versions[0], b"one", target="arm", description="a_b")
    uploaded = a_binary(tenant.api, versions[0], b"twice", target="ARM", description="A%B")
    upload(tenant.api, uploaded, b"twice")
    a_binary(tenant.api, versions[1], b"", target="arm")
    for name in ("release", "Release", "re%ease"):
        private = Ed25519PrivateKey.generate()
        value = b64encode(private.public_key().public_bytes_raw()).decode()
        key = tenant.api.post("/signing_keys", json={"name": name, "value": value}).json()
        body = {
            "binary_prn": signable["prn"],
            "signing_key_prn": key["signing_key"]["prn"],
            "signature": private.sign(signable["hash"].encode()).hex(),
        }
        assert tenant.api.post("/binary_signatures", json=body).status_code == 201
        _distribute(tenant, signable, name, private, key["signing_key"]["prn"])


def _distribute(
    tenant: Tenant, binary: dict[str, Any], name: str, private: Ed25519PrivateKey, key: str
) -> None:
    """A bundle, its signature, an override and two releases, all of that name."""
    bundle = a_bundle(tenant.api, binary, name=name)
    body = {
        "bundle_prn": bundle["prn"],
        "signing_key_prn": key,
        "signature": private.sign(bundle["hash"].encode()).hex(),
    }
    assert tenant.api.post("/bundle_signatures", json=body).status_code == 201
    an_override(tenant.api, bundle, name=name)
    cohort = a_cohort(tenant.api, a_product(tenant.api, name))
    version = {"version": f"1.0.0-{name[:2]}", "version_requirement": "< 1.0.0"}
    a_release(tenant.api, cohort, bundle, name, description=f"{name} %", **version)
    a_release(tenant.api, cohort, bundle, f"{name} 2", version="2.0.0")


def _written(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _near(value: str | int) -> list[str | int]:
    """Values to search for: itself, its end, another case of it."""
    if isinstance(value, int):
        return [value, value + 1]
    return [value, value[len(value) // 2 :], value.swapcase()]


def _found(tenant: Tenant, plural: str, clause: str) -> list[str]:
    answer = tenant.api.get(f"/{plural}", params={"search": clause, "limit": 100})
    assert answer.status_code == 200, (clause, answer.text)
    return [each["prn"] for each in answer.json()[plural]]


def _questions(
    records: list[dict[str, Any]], key: str, operators: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """Clauses by this key, each with what it should find."""
    field = key.rpartition(".")[2]
    values = {record[field] for record in records if record[field] is not None}
    if operators != {":"} and not key.endswith("_at"):
        values = {near for value in values for near in _near(value)}
    assert values, key
    for each in operators:
        for value in values:
            yield (
                f"{key}{each}{_written(value)}",
                [
                    record["prn"]
                    for record in records
                    if record[field] is not None and MATCHES[each](record[field], value)
                ],
            )


def test_every_key_finds_by_its_operators_what_a_reader_would(tenant: Tenant) -> None:
    _stocked(tenant)

    for plural, keys in KEYS.items():
        records = tenant.api.get(f"/{plural}").json()[plural]
        for key, operators in keys.items():
            if key in _LISTS_OTHERS:
                continue
            for clause, expected in _questions(records, key, operators):
                assert _found(tenant, plural, clause) == expected, clause


@pytest.mark.parametrize("plural", KEYS)
def test_every_other_operator_and_every_other_key_is_refused(tenant: Tenant, plural: str) -> None:
    moment = "2026-01-01T00:00:00Z"
    values = {"size": "1", "state": "signed", "inserted_at": f"'{moment}'"}
    wrong = [
        key + each + values.get(key, "'x'")
        for key, operators in KEYS[plural].items()
        for each in OPERATORS
        if each not in operators
    ]
    unknown = [f"{key}:'x'" for key in NOT_KEYS[plural]]

    for search in (*wrong, *unknown):
        answer = tenant.api.get(f"/{plural}", params={"search": search})

        assert answer.status_code == 422, search
        assert list(answer.json()["errors"]) == ["search"]
        assert answer.json()["code"] == "search.malformed"


def test_another_organization_is_an_empty_list(tenant: Tenant) -> None:
    _stocked(tenant)

    own = f"organization_prn:'{tenant.organization_prn}'"
    foreign = f"organization_prn:'{organization_prn(tenant.other)}'"

    for plural in KEYS:
        everything = tenant.api.get(f"/{plural}").json()[plural]
        assert _found(tenant, plural, own) == [each["prn"] for each in everything]
        assert _found(tenant, plural, foreign) == []
        assert _found(tenant, plural, f"{own} and {foreign}") == []


def test_the_reference_names_every_key_of_a_list(tenant: Tenant) -> None:
    paths = tenant.anybody.get("/openapi.json").json()["paths"]

    for plural, keys in KEYS.items():
        told = paths[f"/{plural}"]["get"]["description"]
        assert all(f"`{key}`" in told for key in keys), plural
