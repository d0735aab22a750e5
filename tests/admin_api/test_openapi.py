"""The served document says all that a client may rely on: routes, limits, refusals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.admin_api.routes import routes
from tests.admin_api.tenant import Tenant

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
REFUSALS = {"400", "403", "404", "408", "409", "413", "422", "429", "503"}
OPERATIONS = {
    "/artifacts": {"get", "post"},
    "/artifacts/{artifact_prn}": {"get", "patch", "delete"},
    "/artifact_versions": {"get", "post"},
    "/artifact_versions/{artifact_version_prn}": {"get", "patch", "delete"},
    "/binaries": {"get", "post"},
    "/binaries/{binary_prn}": {"get", "patch", "delete"},
    "/binaries/{binary_prn}/bundles": {"get"},
    "/binaries/{binary_prn}/download_url": {"get"},
    "/binaries/{binary_prn}/impact": {"get"},
    "/binaries/{binary_prn}/parts": {"get"},
    "/binaries/{binary_prn}/parts/{index}": {"put"},
    "/binaries/{binary_prn}/releases": {"get"},
    "/binary_signatures": {"get", "post"},
    "/binary_signatures/{binary_signature_prn}": {"delete"},
    "/bundle_overrides": {"get", "post"},
    "/bundle_overrides/{bundle_override_prn}": {"get", "patch", "delete"},
    "/bundle_overrides/{bundle_override_prn}/devices": {"get", "post"},
    "/bundle_overrides/{bundle_override_prn}/devices/{device_prn}": {"delete"},
    "/bundle_signatures": {"get", "post"},
    "/bundle_signatures/{bundle_signature_prn}": {"delete"},
    "/bundles": {"get", "post"},
    "/bundles/{bundle_prn}": {"get", "patch", "delete"},
    "/bundles/{bundle_prn}/signatures": {"get"},
    "/ca_certificates": {"get", "post"},
    "/ca_certificates/{ca_certificate_prn}": {"get", "patch", "put", "delete"},
    "/ca_certificates/verification_codes": {"post"},
    "/cohorts": {"get", "post"},
    "/cohorts/{cohort_prn}": {"get", "patch"},
    "/device_certificates": {"get", "post"},
    "/device_certificates/{device_certificate_prn}": {"get", "delete"},
    "/devices": {"get", "post"},
    "/devices/{device_prn}": {"get", "patch", "delete"},
    "/devices/{device_prn}/explain": {"get"},
    "/devices/{device_prn}/update": {"post"},
    "/events": {"get"},
    "/products": {"get", "post"},
    "/products/{product_prn}": {"get", "patch"},
    "/releases": {"get", "post"},
    "/releases/{release_prn}": {"get", "patch", "delete"},
    "/releases/{release_prn}/progress": {"get"},
    "/releases/{release_prn}/reports": {"get"},
    "/releases/{release_prn}/retries": {"post"},
    "/releases/{release_prn}/rollback": {"get", "post"},
    "/signing_keys": {"get", "post"},
    "/signing_keys/{signing_key_prn}": {"get", "patch", "delete"},
    "/users/me": {"get"},
}
# Written down apart from the shapes that the server obeys.
LABEL = {"type": "string", "minLength": 1, "maxLength": 128}
DESCRIPTION = {"type": "string", "minLength": 1, "maxLength": 256}
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
BINARY_SIZE = {"type": "integer", "minimum": 0, "maximum": 53_687_091_200_000}
METADATA = {"type": "object"}
BOOLEAN = {"type": "boolean"}
ID = {"type": "string", "format": "uuid"}
INTERVAL = {"type": "integer", "minimum": 10, "maximum": 604_800}
TAGS = {"type": "array", "items": LABEL, "maxItems": 100}
CERTIFICATE = {"type": "string", "minLength": 1, "maxLength": 131_072}
COMMON = {"description": DESCRIPTION, "custom_metadata": METADATA}
DEVICE = {
    "cohort_prn": {},
    "description": DESCRIPTION,
    "quarantined": BOOLEAN,
    "tags": TAGS,
    "target": LABEL,
}
REQUIREMENT = {"type": "string", "minLength": 1, "maxLength": 256}
TIME = {"type": "string", "format": "date-time"}
COUNT = {"type": "integer", "minimum": 1}
_CHANGEABLE: Mapping[str, Mapping[str, object]] = {
    "name": LABEL,
    "description": DESCRIPTION,
    "required": {"type": "boolean"},
    "disabled": {"type": "boolean"},
    "schedule_date": TIME,
    "phase_mode": {},
    "phase_value": {"type": "number", "minimum": 0, "maximum": 1_000_000_000},
    "phase_tags": TAGS,
    "version": LABEL,
    "version_requirement": REQUIREMENT,
    "next_release_prn": {},
    "retry_limit": COUNT,
    "disable_after_failures": COUNT,
    "disable_after_failure_share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
}
_OVERRIDE: Mapping[str, Mapping[str, object]] = {
    "name": LABEL,
    "bundle_prn": {},
    "starts_at": TIME,
    "ends_at": TIME,
    "description": DESCRIPTION,
}
LIMITS: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "NewArtifact": {"name": LABEL, "id": ID, **COMMON},
    "ArtifactChanges": {"name": LABEL, **COMMON},
    "NewArtifactVersion": {"artifact_prn": {}, "version": LABEL, "id": ID, **COMMON},
    "ArtifactVersionChanges": {**COMMON},
    "NewBinary": {
        "artifact_version_prn": {},
        "target": LABEL,
        "hash": DIGEST,
        "size": BINARY_SIZE,
        "id": ID,
        **COMMON,
    },
    "BinaryChanges": {"state": {}, "hash": DIGEST, "size": BINARY_SIZE, **COMMON},
    "NewBinaryPart": {
        "expected_binary_size": BINARY_SIZE,
        "hash": DIGEST,
        "size": {"type": "integer", "minimum": 1, "maximum": 5_368_709_120},
    },
    "NewProduct": {"name": LABEL, "archived": BOOLEAN, "poll_interval": INTERVAL},
    "ProductChanges": {"name": LABEL, "archived": BOOLEAN, "poll_interval": INTERVAL},
    "NewCohort": {
        "product_prn": {},
        "name": LABEL,
        "description": DESCRIPTION,
        "poll_interval": INTERVAL,
    },
    "CohortChanges": {"name": LABEL, "description": DESCRIPTION, "poll_interval": INTERVAL},
    "NewDevice": {
        "identifier": {"type": "string", "minLength": 1, "maxLength": 255},
        "product_prn": {},
        **DEVICE,
    },
    "DeviceChanges": {"archived": BOOLEAN, **DEVICE},
    "NewCaCertificate": {
        "certificate": CERTIFICATE,
        "verification_certificate": CERTIFICATE,
        "description": DESCRIPTION,
        "jitp": {},
    },
    "CaCertificateChanges": {"description": DESCRIPTION, "jitp": {}},
    "NewJitp": {
        "product_prn": {},
        "product_name": LABEL,
        "cohort_prn": {},
        "description": DESCRIPTION,
        "tags": TAGS,
        "target": LABEL,
    },
    "NewDeviceCertificate": {"device_prn": {}, "certificate": CERTIFICATE},
    "NewSigningKey": {"name": LABEL, "value": {"minLength": 1, "maxLength": 256}},
    "SigningKeyChanges": {"name": LABEL, "value": {"minLength": 1, "maxLength": 256}},
    "NewBundle": {
        "binaries": {"type": "array", "minItems": 1, "maxItems": 1_000},
        "name": {"type": "string", "minLength": 1, "maxLength": 256},
        "id": ID,
    },
    "NewBundleBinary": {"prn": {}, "custom_metadata": METADATA},
    "BundleChanges": {"name": {"type": "string", "minLength": 1, "maxLength": 256}},
    "NewBundleSignature": {
        "bundle_prn": {},
        "signing_key_prn": {},
        "signing_key_keyid": {},
        "signature": {"type": "string", "pattern": "^[0-9a-fA-F]{128}$"},
    },
    "NewBundleOverride": _OVERRIDE,
    "BundleOverrideChanges": _OVERRIDE,
    "NewOverrideDevice": {"device_prn": {}},
    "NewRelease": {
        "bundle_prn": {},
        "cohort_prn": {},
        "previous_release_prn": {},
        **_CHANGEABLE,
    },
    "ReleaseChanges": _CHANGEABLE,
    "NewRollback": {
        name: _CHANGEABLE[name]
        for name in ("name", "description", "version", "version_requirement", "required")
    },
    "NewBinarySignature": {
        "binary_prn": {},
        "signing_key_prn": {},
        "signing_key_keyid": {},
        "signature": {"type": "string", "pattern": "^[0-9a-fA-F]{128}$"},
    },
}
REQUIRED = {
    "NewArtifact": {"name"},
    "NewArtifactVersion": {"artifact_prn", "version"},
    "NewBinary": {"artifact_version_prn", "target", "hash", "size"},
    "NewBinaryPart": {"expected_binary_size", "hash", "size"},
    "NewProduct": {"name"},
    "NewCohort": {"product_prn", "name"},
    "NewDevice": {"identifier", "product_prn"},
    "NewCaCertificate": {"certificate", "verification_certificate"},
    "NewDeviceCertificate": {"device_prn", "certificate"},
    "NewSigningKey": {"name", "value"},
    "NewBinarySignature": {"binary_prn", "signature"},
    "NewBundle": {"binaries"},
    "NewBundleBinary": {"prn"},
    "NewBundleSignature": {"bundle_prn", "signature"},
    "NewBundleOverride": {"name", "bundle_prn", "starts_at"},
    "NewOverrideDevice": {"device_prn"},
    "NewRelease": {"bundle_prn", "cohort_prn", "name", "required", "schedule_date"},
}


@pytest.fixture
def document(tenant: Tenant) -> dict[str, Any]:
    return tenant.anybody.get("/openapi.json").json()


WATCHED = ("/healthz", "/metrics", "/readyz")  # by whoever runs the server


def _said_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field's own schema, whether or not it may be null."""
    kinds = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return {**schema, **(kinds[0] if kinds else {})}


def test_the_committed_document_is_the_served_one(document: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text()) == document


def test_all_operations_are_there_and_no_others(document: dict[str, Any]) -> None:
    found = {path: set(methods) for path, methods in document["paths"].items()}

    assert found == OPERATIONS | {"/healthz": {"get"}, "/readyz": {"get"}, "/metrics": {"get"}}


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    operations = [each for methods in document["paths"].values() for each in methods.values()]

    for operation in operations:
        assert operation["summary"]
        assert len(operation["description"]) > 20, operation["summary"]
        assert operation["tags"]
    ids = [each["operationId"] for each in operations]
    assert len(set(ids)) == len(ids)


def test_every_operation_declares_how_it_refuses(tenant: Tenant) -> None:
    for route in routes(tenant.api):
        answers = route.operation["responses"]
        shapes = {
            status: answers[status]["content"]["application/json"]["schema"]["$ref"]
            for status in REFUSALS
        }

        assert shapes.pop("403") == "#/components/schemas/ForbiddenProblem"
        assert set(shapes.values()) == {"#/components/schemas/Problem"}
        assert len(set(answers) - REFUSALS) == 1, str(route)


def test_the_frameworks_own_shapes_are_not_mentioned(document: dict[str, Any]) -> None:
    assert "ValidationError" not in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)


def test_every_refusal_keeps_to_its_declared_shape(
    tenant: Tenant, document: dict[str, Any]
) -> None:
    required = set(document["components"]["schemas"]["Problem"]["required"])
    refused = [
        tenant.api.get("/artifacts/nothing"),
        tenant.api.get("/artifacts?limit=0"),
        tenant.api.post("/artifacts", json={}),
        tenant.api.post("/artifacts", content=b"{", headers={"content-type": "application/json"}),
        tenant.api.get("/users/me", headers={"x-api-version": "1"}),
        tenant.api.post("/artifacts", content=bytes(9_000_000)),
    ]

    assert [each.status_code for each in refused] == [404, 422, 422, 400, 400, 413]
    assert all(required <= set(each.json()) for each in refused)


def test_shapes_of_requests_have_the_fields_and_limits_they_should(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]

    for shape, fields in LIMITS.items():
        properties = {name: _said_of(each) for name, each in schemas[shape]["properties"].items()}
        assert set(properties) == set(fields), shape
        assert set(schemas[shape].get("required", [])) == REQUIRED.get(shape, set())
        for name, limits in fields.items():
            assert limits.items() <= properties[name].items(), (shape, name)
        if "custom_metadata" in properties:
            assert "1,000,000 bytes" in properties["custom_metadata"]["description"]


def test_limits_of_paths_and_queries_are_told(document: dict[str, Any]) -> None:
    part = document["paths"]["/binaries/{binary_prn}/parts/{index}"]["put"]["parameters"]
    pages = document["paths"]["/artifacts"]["get"]["parameters"]
    by_name = {each["name"]: each["schema"] for each in (*part, *pages)}

    assert (by_name["index"]["minimum"], by_name["index"]["maximum"]) == (1, 10_000)
    assert (by_name["limit"]["minimum"], by_name["limit"]["maximum"]) == (1, 100)
    assert by_name["limit"]["default"] == 10
    assert _said_of(by_name["order"])["enum"] == ["asc", "desc"]
    assert {"search", "page", "x-api-version"} <= set(by_name)


def test_every_list_takes_the_same_parameters(tenant: Tenant) -> None:
    lists = [each for each in routes(tenant.api) if each.method == "get" and not each.kinds]

    for route in lists:
        if route.path != "/users/me":
            names = {each["name"] for each in route.operation["parameters"]}
            assert names >= {"limit", "order", "search", "page", "x-api-version"}
            assert len(names) == 5 or route.path == "/events"


def test_answers_name_their_envelope_and_their_times(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert list(schemas["OneArtifact"]["properties"]) == ["artifact"]
    assert set(schemas["ArtifactPage"]["required"]) == {"artifacts", "next_page"}
    for noun in ("Artifact", "ArtifactVersion", "Binary", "BinaryPart", "SigningKey"):
        for time in ("inserted_at", "updated_at"):
            assert schemas[noun]["properties"][time]["format"] == "date-time"
    assert schemas["State"]["enum"] == [
        "uploadable", "hashable", "hashing", "signable", "signed", "destroyed",
    ]  # fmt: skip
