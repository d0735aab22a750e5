"""Bundles: which binaries get in, in which order, with which metadata, and what stays."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from sealift.domain.bundle import LARGEST, MOST_BINARIES
from tests.admin_api.tenant import Tenant
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_bundle,
    a_version,
    brought_to,
    patch,
)

# Published with the resource model, for the content of the tests and an empty one behind it.
OF_CONTENT = "08022dc34d2bf61f309a1bcc09c9cb93cac82dc6fd12edb12d4834ee738d6c03"
OF_CONTENT_AND_NOTHING = "7b915054500b30908d2b28cf198a5dc6d8d86a845bf25bf192e2fddbf446275b"


def _signed(yard: Yard, how_many: int = 1) -> list[dict[str, Any]]:
    """Binaries of one version, each with the bytes of its target."""
    version = a_version(yard.api, f"artifact {uuid4()}")
    targets = [f"target {number}" for number in range(how_many)]
    return [
        brought_to(yard, "signed", version, each.encode(), target=each) for each in targets
    ]


def _create(yard: Yard, *elements: dict[str, Any], **fields: object) -> Response:
    return yard.api.post("/bundles", json={"binaries": list(elements), **fields})


def _members(bundle: dict[str, Any]) -> list[str]:
    return [element["prn"] for element in bundle["binaries"]]


def test_a_bundle_is_created_read_and_listed(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)

    answer = _create(tenant, {"prn": binary["prn"]}, name="spring")

    assert answer.status_code == 201
    assert list(answer.json()) == ["bundle"]
    made = answer.json()["bundle"]
    assert made == {
        "prn": made["prn"],
        "organization_prn": tenant.organization_prn,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "name": "spring",
        "hash": sha256(binary["hash"].encode()).hexdigest(),
        "binaries": [{"prn": binary["prn"], "custom_metadata": None}],
    }
    assert made["prn"].startswith(f"{tenant.organization_prn}:bundle:")
    assert tenant.api.get(f"/bundles/{made['prn']}").json() == {"bundle": made}
    assert tenant.api.get("/bundles").json() == {"bundles": [made], "next_page": None}


def test_the_hash_is_that_of_the_published_vectors(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    content = brought_to(tenant, "signed", version, CONTENT)
    nothing = brought_to(tenant, "signed", version, b"", target="empty")

    bundles = [a_bundle(tenant.api, content), a_bundle(tenant.api, content, nothing)]
    turned = a_bundle(tenant.api, nothing, content)

    assert [each["hash"] for each in bundles] == [OF_CONTENT, OF_CONTENT_AND_NOTHING]
    assert turned["hash"] not in {OF_CONTENT, OF_CONTENT_AND_NOTHING}


def test_the_order_is_that_of_the_request(tenant: Tenant) -> None:
    binaries = _signed(tenant, 4)
    wanted = [binaries[place] for place in (2, 0, 3, 1)]

    made = a_bundle(tenant.api, *wanted)

    assert _members(made) == [each["prn"] for each in wanted]
    seen = tenant.api.get(f"/bundles/{made['prn']}").json()["bundle"]
    assert _members(seen) == _members(made)
    assert made["hash"] == sha256("".join(each["hash"] for each in wanted).encode()).hexdigest()


def test_equal_bundles_are_two_bundles(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)

    first, second = a_bundle(tenant.api, binary), a_bundle(tenant.api, binary)

    assert first["prn"] != second["prn"]
    assert first["hash"] == second["hash"]


def test_a_bundle_can_bring_its_id(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    own = str(uuid4())

    made = a_bundle(tenant.api, binary, id=own.upper())
    again = _create(tenant, {"prn": binary["prn"]}, id=own)
    malformed = _create(tenant, {"prn": binary["prn"]}, id="mine")

    assert made["prn"] == f"{tenant.organization_prn}:bundle:{own}"
    assert (again.status_code, again.json()["errors"]) == (422, {"id": ["has already been taken"]})
    assert (malformed.status_code, malformed.json()["errors"]) == (422, {"id": ["is invalid"]})


# --- who gets in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["uploadable", "hashable", "hashing", "signable", "destroyed"])
def test_only_a_signed_binary_enters_a_bundle(tenant: Tenant, state: str) -> None:
    signed, other = _signed(tenant)[0], brought_to(tenant, state, a_version(tenant.api))

    refused = _create(tenant, {"prn": signed["prn"]}, {"prn": other["prn"]})

    assert refused.status_code == 422
    text = f"must be signed to enter a bundle, but {other['prn']} is {state}"
    assert refused.json()["errors"] == {"binaries": [text]}
    assert refused.json()["code"] == "bundle.not_ready"
    assert refused.json()["facts"] == {"binary_prns": [other["prn"]]}
    assert tenant.api.get("/bundles").json()["bundles"] == []


def test_a_bundle_stays_as_it_is_when_one_of_its_binaries_is_destroyed(tenant: Tenant) -> None:
    binaries = _signed(tenant, 2)
    made = a_bundle(tenant.api, *binaries)

    patch(tenant.api, binaries[0], state="destroyed")

    assert tenant.api.get(f"/bundles/{made['prn']}").json()["bundle"] == made


