"""CA certificates: proved by a code, once; vouching for devices that nobody has registered."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.certificates import CLIENT, Issued, a_ca, a_device, issue, used_by, used_to
from tests.yard import (
    FIRST_START,
    Yard,
    a_cohort,
    a_product,
    proof_for,
    register_ca,
    register_certificate,
)
from tests.yard import a_device as a_known_device

PROOF = "verification_certificate"


def _create(tenant: Yard, ca: Issued, proof: Issued, **fields: object) -> Response:
    body = {"certificate": ca.as_sent, PROOF: proof.as_sent, **fields}
    return tenant.api.post("/ca_certificates", json=body)


def assert_refused(answer: Response, field: str, *words: str) -> None:
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == [field]
    for word in words:
        assert word in answer.json()["errors"][field][0]


def _z(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z"


def test_a_ca_is_registered_read_and_listed(tenant: Tenant) -> None:
    ca = a_ca()

    answer = _create(tenant, ca, proof_for(tenant.api, ca), description="the factory's")

    assert (answer.status_code, list(answer.json())) == (201, ["ca_certificate"])
    made = answer.json()["ca_certificate"]
    common = ("prn", "organization_prn", "inserted_at", "updated_at")
    assert made == {
        **{name: made[name] for name in common},
        "description": "the factory's",
        "serial": str(ca.certificate.serial_number),
        "not_before": _z(ca.certificate.not_valid_before_utc),
        "not_after": _z(ca.certificate.not_valid_after_utc),
        "fingerprint": ca.fingerprint,
        "jitp": None,
    }
    assert made["prn"].startswith(f"{tenant.organization_prn}:ca_certificate:")
    assert tenant.api.get(f"/ca_certificates/{made['prn']}").json() == {"ca_certificate": made}
    listed = tenant.api.get("/ca_certificates", params={"search": "description~'factory'"})
    assert listed.json() == {"ca_certificates": [made], "next_page": None}


# --- proof of possession -------------------------------------------------------------------------


def test_a_code_is_answered_bare_and_is_another_each_time(tenant: Tenant) -> None:
    answers = [tenant.api.post("/ca_certificates/verification_codes") for _ in range(2)]

    assert [each.status_code for each in answers] == [201, 201]
    assert [list(each.json()) for each in answers] == [["verification_code"]] * 2
    codes = [each.json()["verification_code"] for each in answers]
    assert codes[0] != codes[1]
    assert all(32 <= len(code) <= 64 for code in codes)


def test_a_code_is_good_for_one_ca(tenant: Tenant) -> None:
    first, second = a_ca("first"), a_ca("second")
    proof = proof_for(tenant.api, first)
    assert _create(tenant, first, proof).status_code == 201

    again = _create(tenant, second, issue(proof.name, by=second))

    assert_refused(again, PROOF, "verification code", "not used", proof.name)


def test_a_code_is_good_for_a_week(yard: Yard) -> None:
    in_time, late = a_ca("in time"), a_ca("late")
    proofs = [proof_for(yard.api, ca) for ca in (in_time, late)]

    yard.clock.pass_time(timedelta(days=6, hours=23))
    assert _create(yard, in_time, proofs[0]).status_code == 201
    yard.clock.pass_time(timedelta(hours=2))

    assert_refused(_create(yard, late, proofs[1]), PROOF, "of the last week")


def test_a_code_is_of_its_organization(tenant: Tenant) -> None:
    ca = a_ca()

    assert_refused(_create(tenant, ca, proof_for(tenant.other, ca)), PROOF, "verification code")


def test_a_refused_registration_leaves_the_code_good(tenant: Tenant) -> None:
    ca = a_ca()
    proof = proof_for(tenant.api, ca)

    refused = _create(tenant, ca, proof, jitp={"product_name": "nothing"})

    assert_refused(refused, "product_name", "does not exist")
    assert _create(tenant, ca, proof).status_code == 201


def test_who_has_not_the_key_registers_nothing(tenant: Tenant) -> None:
    ca, stranger = a_ca(), a_ca()
    code = proof_for(tenant.api, stranger).name

    by_another = _create(tenant, ca, issue(code, by=stranger))
    by_itself = _create(tenant, ca, issue(code))
    of_another_name = _create(tenant, ca, issue("no code", by=ca))
    the_ca_again = _create(tenant, ca, ca)

    for refused in (by_another, by_itself, of_another_name, the_ca_again):
        assert_refused(refused, PROOF, "is invalid")
    assert tenant.api.get("/ca_certificates").json()["ca_certificates"] == []


# --- what may be registered ----------------------------------------------------------------------


def test_what_cannot_vouch_for_devices_is_not_registered(tenant: Tenant) -> None:
    wrong = {
        "expired on 2025": a_ca(ends=FIRST_START - timedelta(days=1)),
        "basic constraints": a_device("no CA"),
        "key usage": issue("no CA", is_ca=True, further=[used_to("digital_signature")]),
    }

    for words, ca in wrong.items():
        assert_refused(_create(tenant, ca, proof_for(tenant.api, ca)), "certificate", words)


@pytest.mark.parametrize("given", ["", "no certificate", "aGVsbG8=", "\0", "ä", "x" * 131_073])
def test_what_is_no_certificate_is_refused_by_its_field(tenant: Tenant, given: str) -> None:
    ca = a_ca()
    sent = {"certificate": ca.as_sent, PROOF: proof_for(tenant.api, ca).as_sent}

    for field in sent:
        answer = tenant.api.post("/ca_certificates", json={**sent, field: given})

        assert_refused(answer, field)


def test_a_ca_is_registered_once_in_an_organization_and_anew_when_it_was_deleted(
    tenant: Tenant,
) -> None:
    ca = a_ca()
    first = register_ca(tenant.api, ca)

    again = _create(tenant, ca, proof_for(tenant.api, ca))
    assert register_ca(tenant.other, ca)["fingerprint"] == first["fingerprint"]
    tenant.api.delete(f"/ca_certificates/{first['prn']}")
    anew = register_ca(tenant.api, ca)

    assert_refused(again, "certificate", "has already been taken")
    assert anew["prn"] != first["prn"]


# --- changing and deleting -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_description_is_all_that_changes_besides_jitp(tenant: Tenant, method: str) -> None:
    made = register_ca(tenant.api, a_ca(), description="old")
    body = {"description": "new", "serial": "1", "certificate": a_ca().as_sent}

    answer = tenant.api.request(method, f"/ca_certificates/{made['prn']}", json=body)

    changed = answer.json()["ca_certificate"]
    assert answer.status_code == 200
    assert changed == {**made, "description": "new", "updated_at": changed["updated_at"]}
    same = tenant.api.request(method, f"/ca_certificates/{made['prn']}", json={})
    assert same.json()["ca_certificate"] == changed


def test_a_deleted_ca_is_not_found_and_leaves_its_devices_their_certificates(
    tenant: Tenant,
) -> None:
    ca = a_ca()
    made = register_ca(tenant.api, ca)
    device = a_known_device(tenant.api, a_product(tenant.api))
    certificate = register_certificate(tenant.api, device, a_device("gw-0001", ca))
    address = f"/ca_certificates/{made['prn']}"

    answer = tenant.api.delete(address)

    assert (answer.status_code, answer.content) == (204, b"")
    again = [tenant.api.get(address), tenant.api.delete(address)]
    again += [tenant.api.put(address, json={"description": "x"})]
    assert [each.status_code for each in again] == [404] * 3
    assert tenant.api.get("/ca_certificates").json()["ca_certificates"] == []
    kept = tenant.api.get(f"/device_certificates/{certificate['prn']}")
    assert kept.json()["device_certificate"]["ca_certificate_prn"] == made["prn"]


# --- just-in-time provisioning -------------------------------------------------------------------


def _jitp(tenant: Tenant, product: str) -> dict[str, Any]:
    return {
        "product_prn": product,
        "cohort_prn": a_cohort(tenant.api, product),
        "description": "came by itself",
        "tags": ["new"],
        "target": "arm",
    }


def test_how_unknown_devices_are_taken_in_is_set_changed_and_turned_off(tenant: Tenant) -> None:
    product = a_product(tenant.api)
    jitp = _jitp(tenant, product)

    made = register_ca(tenant.api, a_ca(), jitp=jitp)
    address = f"/ca_certificates/{made['prn']}"
    by_name = tenant.api.put(address, json={"jitp": {"product_name": "gateway"}})
    untouched = tenant.api.patch(address, json={"description": "x"})
    turned_off = tenant.api.put(address, json={"jitp": None})

    assert made["jitp"] == jitp
    nothing = dict.fromkeys(jitp) | {"product_prn": product}
    assert by_name.json()["ca_certificate"]["jitp"] == nothing
    assert untouched.json()["ca_certificate"]["jitp"] == nothing
    assert turned_off.json()["ca_certificate"]["jitp"] is None


def test_devices_are_taken_into_one_product_in_use_and_a_cohort_of_it(tenant: Tenant) -> None:
    made = register_ca(tenant.api, a_ca())
    product, archived = a_product(tenant.api), a_product(tenant.api, "archived")
    tenant.api.patch(f"/products/{archived}", json={"archived": True})
    foreign = a_product(tenant.other)
    elsewhere = a_cohort(tenant.api, archived)
    both = {"product_prn": product, "product_name": "gateway"}
    wrong: list[tuple[Mapping[str, object], set[str]]] = [
        ({}, {"product_prn", "product_name"}),
        (both, {"product_prn", "product_name"}),
        ({"product_prn": foreign}, {"product_prn"}),
        ({"product_prn": made["prn"]}, {"product_prn"}),
        ({"product_name": "nothing"}, {"product_name"}),
        ({"product_prn": archived}, {"product_prn"}),
        ({"product_name": "archived"}, {"product_name"}),
        ({"product_prn": product, "cohort_prn": elsewhere}, {"cohort_prn"}),
        ({"product_prn": product, "cohort_prn": a_cohort(tenant.other, foreign)}, {"cohort_prn"}),
        ({"product_prn": product, "tags": "new"}, {"jitp"}),
        ({"product_prn": product, "target": ""}, {"jitp"}),
    ]

    for jitp, blamed in wrong:
        answer = tenant.api.put(f"/ca_certificates/{made['prn']}", json={"jitp": jitp})

        assert (answer.status_code, set(answer.json()["errors"])) == (422, blamed), jitp
    assert tenant.api.get(f"/ca_certificates/{made['prn']}").json()["ca_certificate"] == made


def test_a_ca_that_is_for_clients_is_registered(tenant: Tenant) -> None:
    further = [used_by(CLIENT), used_to("key_cert_sign", "crl_sign")]

    made = register_ca(tenant.api, issue("strict", is_ca=True, further=further))

    assert made["description"] is None
