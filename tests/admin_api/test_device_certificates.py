"""Device certificates: one device for each, named by it, and never expired when it begins."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.certificates import SERVER, Issued, a_ca, a_device, issue, used_by
from tests.yard import FIRST_START, a_product, register_ca, register_certificate
from tests.yard import a_device as a_known_device


@pytest.fixture
def device(tenant: Tenant) -> dict[str, Any]:
    return a_known_device(tenant.api, a_product(tenant.api))


def _create(tenant: Tenant, device: dict[str, Any], certificate: str) -> Response:
    body = {"device_prn": device["prn"], "certificate": certificate}
    return tenant.api.post("/device_certificates", json=body)


def assert_refused(answer: Response, *words: str) -> None:
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == ["certificate"]
    for word in words:
        assert word in answer.json()["errors"]["certificate"][0]


def test_a_certificate_is_registered_read_and_listed(
    tenant: Tenant, device: dict[str, Any]
) -> None:
    shown = a_device("gw-0001")

    answer = _create(tenant, device, shown.as_sent)

    assert (answer.status_code, list(answer.json())) == (201, ["device_certificate"])
    made = answer.json()["device_certificate"]
    common = ("prn", "organization_prn", "inserted_at", "updated_at")
    assert made == {
        **{name: made[name] for name in common},
        "device_prn": device["prn"],
        "ca_certificate_prn": None,
        "serial": str(shown.certificate.serial_number),
        "not_before": "2020-01-01T00:00:00.000000Z",
        "not_after": "2120-01-01T00:00:00.000000Z",
        "fingerprint": shown.fingerprint,
    }
    alone = tenant.api.get(f"/device_certificates/{made['prn']}")
    assert alone.json() == {"device_certificate": made}
    for search in (f"device_prn:'{device['prn']}'", f"product_prn:'{device['product_prn']}'"):
        listed = tenant.api.get("/device_certificates", params={"search": search}).json()
        assert listed == {"device_certificates": [made], "next_page": None}
    elsewhere = f"product_prn:'{a_product(tenant.api, 'other')}'"
    nothing = tenant.api.get("/device_certificates", params={"search": elsewhere})
    assert nothing.json()["device_certificates"] == []


def test_a_certificate_is_never_changed(tenant: Tenant, device: dict[str, Any]) -> None:
    made = register_certificate(tenant.api, device, a_device("gw-0001"))

    for method in ("PATCH", "PUT"):
        answer = tenant.api.request(method, f"/device_certificates/{made['prn']}", json={})
        assert answer.status_code == 405


@pytest.mark.parametrize("spelled", ["base64 of PEM", "PEM", "base64 of DER"])
def test_a_certificate_is_understood_however_it_is_spelled(
    tenant: Tenant, device: dict[str, Any], spelled: str
) -> None:
    shown = a_device("gw-0001")
    spellings = {
        "base64 of PEM": shown.as_sent,
        "PEM": shown.pem,
        "base64 of DER": base64.b64encode(shown.der).decode(),
    }

    made = _create(tenant, device, spellings[spelled])

    assert made.json()["device_certificate"]["fingerprint"] == shown.fingerprint


def test_a_device_may_have_several_certificates(tenant: Tenant, device: dict[str, Any]) -> None:
    made = [register_certificate(tenant.api, device, a_device("gw-0001")) for _ in range(2)]

    listed = tenant.api.get("/device_certificates", params={"order": "asc"}).json()
    assert listed["device_certificates"] == made


def test_what_a_device_of_that_identifier_cannot_show_is_refused(
    tenant: Tenant, device: dict[str, Any]
) -> None:
    wrong = {
        "the device's identifier is gw-0001": a_device("gw-0002"),
        "expired on 2025": a_device("gw-0001", ends=FIRST_START - timedelta(days=1)),
        "that it is a CA": a_ca("gw-0001"),
        "client authentication": issue("gw-0001", further=[used_by(SERVER)]),
    }

    for words, shown in wrong.items():
        assert_refused(_create(tenant, device, shown.as_sent), words)
    assert_refused(_create(tenant, device, "no certificate"), "must be a certificate")


def test_a_certificate_is_registered_once_on_all_of_the_platform(
    tenant: Tenant, device: dict[str, Any]
) -> None:
    theirs = a_known_device(tenant.other, a_product(tenant.other))
    shown = a_device("gw-0001")
    register_certificate(tenant.other, theirs, shown)

    assert_refused(_create(tenant, device, shown.as_sent), "has already been taken")


def test_the_ca_that_issued_it_is_remembered(tenant: Tenant, device: dict[str, Any]) -> None:
    ca = a_ca()
    registered = register_ca(tenant.api, ca)
    lookalike = a_ca()

    below = register_certificate(tenant.api, device, a_device("gw-0001", ca))
    not_below = register_certificate(tenant.api, device, a_device("gw-0001", lookalike))
    tenant.api.delete(f"/ca_certificates/{registered['prn']}")
    later = register_certificate(tenant.api, device, a_device("gw-0001", ca))

    assert below["ca_certificate_prn"] == registered["prn"]
    assert not_below["ca_certificate_prn"] is None
    assert later["ca_certificate_prn"] is None


def _ca_of(tenant: Tenant) -> Issued:
    """A CA that is registered by the other organization."""
    ca = a_ca()
    register_ca(tenant.other, ca)
    return ca


def test_what_another_organizations_ca_issued_cannot_be_claimed(
    tenant: Tenant, device: dict[str, Any]
) -> None:
    ca = _ca_of(tenant)
    shown = a_device("gw-0001", ca)

    refused = _create(tenant, device, shown.as_sent)
    register_ca(tenant.api, ca)
    shared = _create(tenant, device, shown.as_sent)

    assert_refused(refused, "registered by another organization")
    assert shared.status_code == 201


def test_a_deleted_certificate_is_gone_and_can_be_registered_again(
    tenant: Tenant, device: dict[str, Any]
) -> None:
    shown = a_device("gw-0001")
    address = f"/device_certificates/{register_certificate(tenant.api, device, shown)['prn']}"

    answer = tenant.api.delete(address)

    assert (answer.status_code, answer.content) == (204, b"")
    assert [tenant.api.get(address).status_code, tenant.api.delete(address).status_code] == [
        404
    ] * 2
    assert register_certificate(tenant.api, device, shown)["fingerprint"] == shown.fingerprint
