"""Devices: fields and limits, cohorts of their product, archiving, what deleting takes along."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from sealift.records import rows
from sealift.records.fleet import DEVICES
from tests.admin_api.tenant import Tenant
from tests.certificates import a_device as a_certificate
from tests.yard import a_cohort, a_device, a_product, register_certificate


def _all_fields(api: TestClient, product: str) -> dict[str, Any]:
    return {
        "identifier": "gw-0001",
        "product_prn": product,
        "cohort_prn": a_cohort(api, product),
        "description": "on the roof",
        "quarantined": True,
        "tags": ["indoor", "beta"],
        "target": "arm",
    }


def _patched(tenant: Tenant, device: dict[str, Any], **changes: object) -> dict[str, Any]:
    answer = tenant.api.patch(f"/devices/{device['prn']}", json=changes)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["device"]
    return answer.json()["device"]


def _listed(tenant: Tenant, search: str | None = None) -> list[str]:
    query = {"search": search} if search else {}
    found = tenant.api.get("/devices", params=query).json()["devices"]
    return [each["identifier"] for each in found]


def _events(tenant: Tenant, device: dict[str, Any]) -> list[dict[str, Any]]:
    """What the events of changes of the device say, the oldest first."""
    query = {"resource_prn": device["prn"], "subtype": "updated", "order": "asc"}
    found = tenant.api.get("/events", params=query).json()["events"]
    assert all(each["type"] == "device" for each in found)
    return found


def test_a_device_is_created_read_and_listed(tenant: Tenant) -> None:
    fields = _all_fields(tenant.api, a_product(tenant.api))

    made = a_device(tenant.api, **fields)

    reported = ("bundle_prn", "release_prn", "release_version")
    common = ("prn", "organization_prn", "inserted_at", "updated_at")
    assert made == {
        **fields,
        "archived": False,
        "last_connected_at": None,
        **{f"reported_{name}": None for name in reported},
        **{name: made[name] for name in common},
    }
    assert tenant.api.get(f"/devices/{made['prn']}").json() == {"device": made}
    assert tenant.api.get("/devices").json() == {"devices": [made], "next_page": None}


def test_a_device_needs_an_identifier_and_a_product_only(tenant: Tenant) -> None:
    made = a_device(tenant.api, a_product(tenant.api), cohort_prn=None, tags=None, quarantined=None)

    assert (made["cohort_prn"], made["tags"], made["quarantined"]) == (None, None, False)
    empty = tenant.api.post("/devices", json={})
    assert set(empty.json()["errors"]) == {"identifier", "product_prn"}


def test_identifier_and_product_are_for_good(tenant: Tenant) -> None:
    made = a_device(tenant.api, a_product(tenant.api))

    same = _patched(tenant, made, identifier="other", product_prn=a_product(tenant.api, "other"))

    assert same == made


def test_an_identifier_is_unique_in_the_organization(tenant: Tenant) -> None:
    a_device(tenant.api, a_product(tenant.api))
    body = {"identifier": "gw-0001", "product_prn": a_product(tenant.api, "other")}

    again = tenant.api.post("/devices", json=body)

    assert again.status_code == 422
    assert again.json()["errors"] == {"identifier": ["has already been taken"]}
    assert a_device(tenant.other, a_product(tenant.other))["identifier"] == "gw-0001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identifier", ""),
        ("identifier", "x" * 256),
        ("identifier", "a\0b"),
        ("description", "x" * 257),
        ("target", "x" * 129),
        ("quarantined", "yes"),
        ("tags", "indoor"),
        ("tags", ["indoor", 1]),
        ("tags", [""]),
        ("tags", ["x" * 129]),
        ("tags", ["x"] * 101),
    ],
)
def test_limits_of_fields_are_kept(tenant: Tenant, field: str, value: object) -> None:
    body = {"identifier": "x" * 255, "product_prn": a_product(tenant.api), field: value}

    answer = tenant.api.post("/devices", json=body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_null_clears_what_may_be_empty_and_nothing_else(tenant: Tenant) -> None:
    made = a_device(tenant.api, **_all_fields(tenant.api, a_product(tenant.api)))
    nothing = dict.fromkeys(("cohort_prn", "description", "tags", "target"))

    cleared = _patched(tenant, made, **nothing)
    refused = [
        tenant.api.patch(f"/devices/{made['prn']}", json={field: None})
        for field in ("quarantined", "archived")
    ]

    assert nothing.items() <= cleared.items()
    assert [each.status_code for each in refused] == [422, 422]


def test_a_cohort_is_one_of_the_product_of_the_device(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    elsewhere = a_cohort(tenant.api, a_product(tenant.api, "other"))
    made = a_device(tenant.api, product)

    created = tenant.api.post(
        "/devices", json={"identifier": "new", "product_prn": product, "cohort_prn": elsewhere}
    )
    moved = tenant.api.patch(f"/devices/{made['prn']}", json={"cohort_prn": elsewhere})

    for answer in (created, moved):
        assert (answer.status_code, answer.json()["code"]) == (422, "product.other")
        assert list(answer.json()["errors"]) == ["cohort_prn"]
    assert _listed(tenant) == ["gw-0001"]


def test_an_archived_device_is_left_out_unless_it_is_asked_for(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    made = a_device(tenant.api, product)
    a_device(tenant.api, product, "gw-0002")

    archived = _patched(tenant, made, archived=True)

    assert archived["archived"] is True
    assert tenant.api.get(f"/devices/{made['prn']}").json()["device"] == archived
    assert _listed(tenant) == _listed(tenant, "archived:false") == ["gw-0002"]
    assert _listed(tenant, f"product_prn:'{product}'") == ["gw-0002"]
    assert _listed(tenant, "archived:true") == ["gw-0001"]
    assert _patched(tenant, made, archived=False)["archived"] is False
    assert len(_listed(tenant)) == 2


def test_devices_are_found_by_all_that_is_known_of_them(tenant: Tenant) -> None:
    product, organization = a_product(tenant.api), tenant.organization_prn
    made = a_device(tenant.api, **_all_fields(tenant.api, product))
    a_device(tenant.api, a_product(tenant.api, "other"), "other")
    bundle = f"{organization}:bundle:00000000-0000-4000-8000-000000000001"
    release = f"{organization}:release:00000000-0000-4000-8000-000000000002"
    with tenant.system.records.write(organization.rpartition(":")[2]) as tx:
        rows.change(
            tx,
            DEVICES,
            made["prn"].rpartition(":")[2],
            tenant.clock(),
            reported_bundle_prn=bundle,
            reported_release_prn=release,
            reported_release_version="1.2.3",
            last_connected_at=datetime(2026, 1, 2, tzinfo=UTC),
        )

    searches = [
        f"cohort_prn:'{made['cohort_prn']}'",
        f"product_prn:'{product}'",
        f"reported_bundle_prn:'{bundle}'",
        f"reported_release_prn:'{release}'",
        "reported_release_version:'1.2.3'",
        "reported_release_version~'.2'",
        "identifier:'gw-0001'",
        "identifier~'w-0'",
        "description~'roof'",
        "target:'arm'",
        "last_connected_at>='2026-01-02T00:00:00Z'",
    ]
    for search in searches:
        assert _listed(tenant, search) == ["gw-0001"], search
    assert _listed(tenant, f"reported_bundle_prn:'{release}'") == []


def test_what_an_administrator_changes_is_an_event(tenant: Tenant) -> None:
    fields = _all_fields(tenant.api, a_product(tenant.api))
    made = a_device(tenant.api, **fields)
    assert _events(tenant, made) == []

    _patched(tenant, made, quarantined=False, description=None)
    _patched(tenant, made, quarantined=False)

    (event,) = _events(tenant, made)
    assert ":api_key:" in event["actor_prn"]
    assert event["data"]["data"] == {
        "device": {
            "prn": made["prn"],
            "identifier": "gw-0001",
            "cohort": {"cohort_prn": made["cohort_prn"], "cohort_name": "field"},
            "description": None,
            "quarantined": False,
            "tags": ["indoor", "beta"],
            "target": "arm",
            "archived": False,
            "firmware": None,
            "release": None,
            "bundle": None,
        }
    }


def test_a_refused_change_is_no_event(tenant: Tenant) -> None:
    made = a_device(tenant.api, a_product(tenant.api))
    elsewhere = a_cohort(tenant.api, a_product(tenant.api, "other"))

    tenant.api.patch(f"/devices/{made['prn']}", json={"cohort_prn": elsewhere, "target": "x"})

    assert _events(tenant, made) == []


def test_a_deleted_device_takes_its_certificates_along_and_leaves_its_events(
    tenant: Tenant,
) -> None:
    made = a_device(tenant.api, a_product(tenant.api))
    shown = a_certificate("gw-0001")
    certificate = register_certificate(tenant.api, made, shown)
    _patched(tenant, made, target="arm")

    answer = tenant.api.delete(f"/devices/{made['prn']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert tenant.api.get(f"/devices/{made['prn']}").status_code == 404
    assert tenant.api.get(f"/device_certificates/{certificate['prn']}").status_code == 404
    assert len(_events(tenant, made)) == 1
    again = a_device(tenant.api, made["product_prn"])
    assert register_certificate(tenant.api, again, shown)["device_prn"] == again["prn"]


def test_what_is_kept_of_tags_is_what_was_sent(tenant: Tenant) -> None:
    made = a_device(tenant.api, a_product(tenant.api), tags=["b", "a", "b"])

    assert made["tags"] == ["b", "a", "b"]
    assert _patched(tenant, made, tags=[])["tags"] == []
    assert json.dumps(_events(tenant, made)[0]["data"]["data"]["device"]["tags"]) == "[]"
