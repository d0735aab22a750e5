"""Products and cohorts: what devices are grouped by, archived and never deleted."""

from typing import Any

import pytest
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.yard import a_cohort, a_device, a_product

TAKEN = ["has already been taken"]


def _created(answer: Response, key: str) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == [key]
    return answer.json()[key]


def _own_fields(made: dict[str, Any]) -> dict[str, Any]:
    common = {"prn", "organization_prn", "inserted_at", "updated_at"}
    assert common <= made.keys()
    return {name: value for name, value in made.items() if name not in common}


def test_a_product_is_answered_alone_under_both_keys(tenant: Tenant) -> None:
    answer = tenant.api.post("/products", json={"name": "gateway", "poll_interval": 900})
    made = _created(answer, "product")

    changed = tenant.api.patch(f"/products/{made['prn']}", json={"name": "hub"})
    alone = tenant.api.get(f"/products/{made['prn']}")
    listed = tenant.api.get("/products")

    assert _own_fields(made) == {"name": "gateway", "archived": False, "poll_interval": 900}
    renamed = {**made, "name": "hub", "updated_at": changed.json()["data"]["updated_at"]}
    assert changed.json() == alone.json() == {"data": renamed, "product": renamed}
    assert listed.json() == {"products": [renamed], "next_page": None}


def test_a_cohort_is_created_read_and_listed(tenant: Tenant) -> None:
    fields = {
        "product_prn": a_product(tenant.api),
        "name": "field",
        "description": "out there",
        "poll_interval": 60,
    }

    made = _created(tenant.api.post("/cohorts", json=fields), "cohort")

    assert _own_fields(made) == fields
    assert tenant.api.get(f"/cohorts/{made['prn']}").json() == {"cohort": made}
    assert tenant.api.get("/cohorts").json() == {"cohorts": [made], "next_page": None}


def test_neither_can_be_deleted(tenant: Tenant) -> None:
    product = a_product(tenant.api)

    for address in (f"/products/{product}", f"/cohorts/{a_cohort(tenant.api, product)}"):
        assert tenant.api.delete(address).status_code == 405


def test_names_are_unique_in_the_organization_and_in_the_product(tenant: Tenant) -> None:
    first, second = a_product(tenant.api, "first"), a_product(tenant.api, "second")
    cohort = a_cohort(tenant.api, first, "field")

    same_product = tenant.api.patch(f"/products/{second}", json={"name": "first"})
    same_cohort = tenant.api.post("/cohorts", json={"product_prn": first, "name": "field"})

    for refused in (same_product, same_cohort):
        assert (refused.status_code, refused.json()["errors"]) == (422, {"name": TAKEN})
    assert a_cohort(tenant.api, second, "field") != cohort
    assert tenant.other.post("/products", json={"name": "first"}).status_code == 201


def test_a_cohort_keeps_its_product(tenant: Tenant) -> None:
    first, second = a_product(tenant.api, "first"), a_product(tenant.api, "second")
    cohort = a_cohort(tenant.api, first)

    changed = tenant.api.patch(f"/cohorts/{cohort}", json={"product_prn": second})

    assert changed.json()["cohort"]["product_prn"] == first


def test_null_clears_what_may_be_empty_and_nothing_else(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    body = {"product_prn": product, "name": "a", "description": "b", "poll_interval": 60}
    cohort = tenant.api.post("/cohorts", json=body).json()["cohort"]["prn"]

    cleared = tenant.api.patch(
        f"/cohorts/{cohort}", json={"description": None, "poll_interval": None}
    )
    refused = [
        tenant.api.patch(f"/cohorts/{cohort}", json={"name": None}),
        tenant.api.patch(f"/products/{product}", json={"archived": None}),
    ]

    shown = cleared.json()["cohort"]
    assert (shown["description"], shown["poll_interval"]) == (None, None)
    assert [each.status_code for each in refused] == [422, 422]
    assert refused[1].json()["errors"] == {"archived": ["must be true or false"]}


@pytest.mark.parametrize("interval", [9, 604_801, 60.5, "60", True])
def test_a_poll_interval_is_ten_seconds_to_a_week(tenant: Tenant, interval: object) -> None:
    product = a_product(tenant.api)

    created = tenant.api.post("/products", json={"name": "other", "poll_interval": interval})
    changed = tenant.api.patch(f"/products/{product}", json={"poll_interval": interval})

    for answer in (created, changed):
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["poll_interval"])


def test_a_change_to_what_already_is_changes_nothing(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    before = tenant.api.get(f"/products/{product}").json()

    same = tenant.api.patch(f"/products/{product}", json={"name": "gateway", "archived": False})

    assert same.json() == before


def test_a_product_with_devices_in_use_is_not_archived(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    device = a_device(tenant.api, product)

    refused = tenant.api.patch(f"/products/{product}", json={"archived": True})
    tenant.api.patch(f"/devices/{device['prn']}", json={"archived": True})
    archived = tenant.api.patch(f"/products/{product}", json={"archived": True})

    assert refused.status_code == 409
    assert refused.json()["code"] == "in_use"
    assert refused.json()["errors"] == {
        "devices": ["the product still has devices that are not archived"]
    }
    assert archived.json()["product"]["archived"] is True


def test_an_archived_product_takes_no_devices_until_it_is_back(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    gone = a_device(tenant.api, product)
    tenant.api.patch(f"/devices/{gone['prn']}", json={"archived": True})
    tenant.api.patch(f"/products/{product}", json={"archived": True})

    new = tenant.api.post("/devices", json={"product_prn": product, "identifier": "new"})
    revived = tenant.api.patch(f"/devices/{gone['prn']}", json={"archived": False})
    tenant.api.patch(f"/products/{product}", json={"archived": False})

    text = ["the product gateway is archived"]
    assert (new.status_code, new.json()["errors"]) == (422, {"product_prn": text})
    assert (revived.status_code, revived.json()["errors"]) == (422, {"archived": text})
    assert new.json()["code"] == "product.archived"
    assert a_device(tenant.api, product, "new")["product_prn"] == product


def test_products_are_found_by_whether_they_are_archived(tenant: Tenant) -> None:
    in_use, archived = a_product(tenant.api, "in use"), a_product(tenant.api, "archived")
    tenant.api.patch(f"/products/{archived}", json={"archived": True})

    for search, expected in (("archived:true", [archived]), ("archived:false", [in_use])):
        found = tenant.api.get("/products", params={"search": search}).json()["products"]

        assert [each["prn"] for each in found] == expected
    assert len(tenant.api.get("/products").json()["products"]) == 2


def test_cohorts_are_found_by_product_and_name(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    field = a_cohort(tenant.api, product, "Field test")
    a_cohort(tenant.api, a_product(tenant.api, "other"), "lab")

    for search in (f"product_prn:'{product}'", "name-'FIELD'", "name~'ield'"):
        found = tenant.api.get("/cohorts", params={"search": search}).json()["cohorts"]

        assert [each["prn"] for each in found] == [field], search
