"""Who is let in at the device door: by a certificate that is known, or by a CA that vouches."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from starlette.testclient import TestClient

from sealift.actions import admission
from sealift.actions.admission import MOST_CERTIFICATES, MOST_TOLD, Admitted
from sealift.domain.errors import CertificateUnknown, DeviceArchived, Refusal
from tests.certificates import SERVER, Issued, a_ca, a_device, issue, used_by
from tests.yard import (
    FIRST_START,
    Yard,
    a_cohort,
    a_product,
    register_ca,
    register_certificate,
)
from tests.yard import a_device as a_known_device

ADDRESS = "2001:db8::1"
IDENTIFIER = "gw-0001"


def _admit(yard: Yard, shown: Issued) -> Admitted:
    return admission.admit(yard.system, shown.der, ADDRESS, yard.clock())


def assert_refused(yard: Yard, shown: Issued, refusal: type[Refusal] = CertificateUnknown) -> str:
    with pytest.raises(refusal) as refused:
        _admit(yard, shown)
    return refused.value.message


def _prn_of(admitted: Admitted) -> str:
    device = admitted.device
    return f"prn:1:{device.organization_id}:device:{device.id}"


def _list(api: TestClient, noun: str, **query: str) -> list[dict[str, Any]]:
    answer = api.get(f"/{noun}", params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()[noun]


def _told(api: TestClient) -> list[dict[str, Any]]:
    """What organizations are told of those who were refused, the oldest first."""
    found = _list(api, "events", subtype="authentication_failed", order="asc")
    assert all(each["type"] == "device" for each in found)
    return [each["data"]["data"] for each in found]


def _reasons(api: TestClient) -> list[str]:
    return [each["reason"] for each in _told(api)]


def _device(yard: Yard, shown: Issued, **fields: object) -> dict[str, Any]:
    """A device with this certificate, registered by hand."""
    made = a_known_device(yard.api, a_product(yard.api, "by hand"), IDENTIFIER, **fields)
    register_certificate(yard.api, made, shown)
    return made


def _inviting(yard: Yard, api: TestClient | None = None) -> Issued:
    """A CA that takes in unknown devices, whose product is called gateway."""
    ca, by = a_ca(), api or yard.api
    product = a_product(by)
    jitp = {
        "product_prn": product,
        "cohort_prn": a_cohort(by, product),
        "description": "came by itself",
        "tags": ["new"],
        "target": "arm",
    }
    register_ca(by, ca, jitp=jitp)
    return ca


# --- those who are known -------------------------------------------------------------------------


def test_a_registered_certificate_leads_to_its_device(yard: Yard) -> None:
    shown = a_device(IDENTIFIER)
    device = _device(yard, shown)

    admitted = _admit(yard, shown)

    assert _prn_of(admitted) == device["prn"]
    assert device["prn"].startswith(f"prn:1:{admitted.organization_id}:")
    assert admitted.certificate.fingerprint == shown.fingerprint
    assert admitted.ca is None


def test_what_has_expired_since_leads_to_its_device_all_the_same(yard: Yard) -> None:
    soon = FIRST_START + timedelta(days=1)
    ca = a_ca(ends=soon)
    register_ca(yard.api, ca)
    shown = a_device(IDENTIFIER, ca, ends=soon)
    device = _device(yard, shown)

    yard.clock.pass_time(timedelta(days=2))
    admitted = _admit(yard, shown)

    assert _prn_of(admitted) == device["prn"]
    assert admitted.ca is not None
    assert admitted.ca.fingerprint == ca.fingerprint


def test_a_device_goes_on_when_the_ca_that_brought_it_is_deleted(yard: Yard) -> None:
    ca = _inviting(yard)
    shown, late = a_device(IDENTIFIER, ca), a_device("gw-0002", ca)
    before = _admit(yard, shown)

    (registered,) = _list(yard.api, "ca_certificates")
    yard.api.delete(f"/ca_certificates/{registered['prn']}")

    assert _admit(yard, shown) == before
    assert_refused(yard, late)


def test_a_removed_certificate_opens_nothing(yard: Yard) -> None:
    shown = a_device(IDENTIFIER)
    _device(yard, shown)
    (certificate,) = _list(yard.api, "device_certificates")

    yard.api.delete(f"/device_certificates/{certificate['prn']}")

    assert_refused(yard, shown)


def test_an_archived_device_is_not_let_in_and_that_is_told(yard: Yard) -> None:
    shown = a_device(IDENTIFIER)
    device = _device(yard, shown)
    yard.api.patch(f"/devices/{device['prn']}", json={"archived": True})

    assert_refused(yard, shown, DeviceArchived)

    key_id = shown.certificate.extensions[1].value
    assert _told(yard.api) == [
        {
            "reason": "device_is_archived",
            "ip_address": ADDRESS,
            "certificate": {
                "authority_key_identifier": key_id.key_identifier.hex().upper(),
                "common_name": IDENTIFIER,
                "fingerprint": shown.fingerprint,
            },
            "ca_certificate": None,
            "device": {"prn": device["prn"], "identifier": IDENTIFIER, "cohort": None},
        }
    ]
    yard.api.patch(f"/devices/{device['prn']}", json={"archived": False})
    assert _prn_of(_admit(yard, shown)) == device["prn"]


# --- strangers -----------------------------------------------------------------------------------


def test_a_stranger_is_refused_and_leaves_no_trace(yard: Yard) -> None:
    ca = _inviting(yard)
    lookalike = a_ca()
    assert lookalike.name == ca.name

    for shown in (a_device(IDENTIFIER), a_device(IDENTIFIER, lookalike), lookalike):
        assert_refused(yard, shown)

    assert _told(yard.api) == _told(yard.other) == []
    assert _list(yard.api, "devices") == []


def test_what_is_no_certificate_is_refused(yard: Yard) -> None:
    for der in (b"", b"nonsense", a_device(IDENTIFIER).der[:-1]):
        with pytest.raises(CertificateUnknown):
            admission.admit(yard.system, der, ADDRESS, yard.clock())


def test_a_ca_that_does_not_invite_brings_nobody(yard: Yard) -> None:
    ca = a_ca()
    registered = register_ca(yard.api, ca)

    assert_refused(yard, a_device(IDENTIFIER, ca))

    (told,) = _told(yard.api)
    assert told["reason"] == "jitp_disabled"
    assert told["ca_certificate"] == {"common_name": ca.name, "fingerprint": ca.fingerprint}
    assert told["device"] is None
    (event,) = _list(yard.api, "events", resource_prn=registered["prn"])
    assert (event["actor_prn"], event["data"]["type"]) == (None, "authentication_failed")
    assert _list(yard.api, "devices") == []


# --- first contact -------------------------------------------------------------------------------


def test_a_ca_that_invites_brings_the_device_as_it_was_told(yard: Yard) -> None:
    ca = _inviting(yard)
    shown = a_device(IDENTIFIER, ca)

    admitted = _admit(yard, shown)

    device = yard.api.get(f"/devices/{_prn_of(admitted)}").json()["device"]
    (registered,) = _list(yard.api, "ca_certificates")
    wanted = {"identifier": IDENTIFIER, **registered["jitp"], "quarantined": False}
    assert wanted.items() <= device.items()
    (certificate,) = _list(yard.api, "device_certificates")
    assert certificate["device_prn"] == device["prn"]
    assert certificate["ca_certificate_prn"] == registered["prn"]
    assert certificate["fingerprint"] == shown.fingerprint
    assert admitted.ca is not None
    assert admitted.ca.fingerprint == ca.fingerprint
    assert _admit(yard, shown) == admitted
    assert _told(yard.api) == []


def test_a_device_that_is_recorded_without_a_certificate_waits_for_its_ca(yard: Yard) -> None:
    ca = _inviting(yard)
    (product,) = _list(yard.api, "products")
    waiting = a_known_device(yard.api, product["prn"], IDENTIFIER, target="other")

    admitted = _admit(yard, a_device(IDENTIFIER, ca))

    assert _prn_of(admitted) == waiting["prn"]
    assert admitted.device.target == "other"


def test_a_ca_renews_the_certificates_that_it_issued(yard: Yard) -> None:
    ca = _inviting(yard)
    first = _admit(yard, a_device(IDENTIFIER, ca))

    renewed = _admit(yard, a_device(IDENTIFIER, ca))

    assert renewed.device.id == first.device.id
    assert len(_list(yard.api, "device_certificates")) == 2


def test_a_device_is_not_given_certificates_without_end(yard: Yard) -> None:
    ca = _inviting(yard)
    for _ in range(MOST_CERTIFICATES):
        _admit(yard, a_device(IDENTIFIER, ca))

    assert_refused(yard, a_device(IDENTIFIER, ca))

    assert _reasons(yard.api) == ["jitp_failed"]


def test_a_ca_does_not_take_over_a_device_that_others_let_in(yard: Yard) -> None:
    ca, another = _inviting(yard), a_ca()
    (product,) = _list(yard.api, "products")
    by_hand = a_known_device(yard.api, product["prn"], "by hand")
    register_certificate(yard.api, by_hand, a_device("by hand"))
    register_ca(yard.api, another, jitp={"product_name": "gateway"})
    brought = _admit(yard, a_device("brought", another))

    refused = [assert_refused(yard, a_device(name, ca)) for name in ("by hand", "brought")]

    assert all("that the CA did not issue" in message for message in refused)
    assert _reasons(yard.api) == ["jitp_failed", "jitp_failed"]
    owners = {each["device_prn"] for each in _list(yard.api, "device_certificates")}
    assert owners == {by_hand["prn"], _prn_of(brought)}
    assert len(_list(yard.api, "device_certificates")) == 2


def test_a_ca_opens_no_device_of_another_product_and_no_archived_one(yard: Yard) -> None:
    ca = _inviting(yard)
    (product,) = _list(yard.api, "products")
    a_known_device(yard.api, a_product(yard.api, "other"), "elsewhere")
    archived = a_known_device(yard.api, product["prn"], "archived")
    yard.api.patch(f"/devices/{archived['prn']}", json={"archived": True})

    assert_refused(yard, a_device("elsewhere", ca))
    assert_refused(yard, a_device("archived", ca), DeviceArchived)

    assert _reasons(yard.api) == ["jitp_failed", "device_is_archived"]
    assert _list(yard.api, "device_certificates") == []


def test_an_archived_product_takes_nobody_in(yard: Yard) -> None:
    ca = _inviting(yard)
    (product,) = _list(yard.api, "products")
    yard.api.patch(f"/products/{product['prn']}", json={"archived": True})

    assert_refused(yard, a_device(IDENTIFIER, ca))

    assert _reasons(yard.api) == ["jitp_failed"]


def test_a_ca_that_has_expired_brings_nobody(yard: Yard) -> None:
    ca = a_ca(ends=FIRST_START + timedelta(days=1))
    a_product(yard.api)
    register_ca(yard.api, ca, jitp={"product_name": "gateway"})
    brought, late = a_device("brought", ca), a_device("late", ca)
    _admit(yard, brought)

    yard.clock.pass_time(timedelta(days=2))

    assert_refused(yard, late)
    assert _reasons(yard.api) == ["jitp_failed"]
    assert _admit(yard, brought).device.identifier == "brought"


@pytest.mark.parametrize(
    "wrong", ["expired", "for servers", "a CA", "without a name", "with two names"]
)
def test_a_certificate_that_could_not_be_registered_brings_no_device(
    yard: Yard, wrong: str
) -> None:
    ca = _inviting(yard)
    shown = {
        "expired": a_device(IDENTIFIER, ca, ends=FIRST_START - timedelta(days=1)),
        "for servers": issue(IDENTIFIER, by=ca, further=[used_by(SERVER)]),
        "a CA": issue(IDENTIFIER, by=ca, is_ca=True),
        "without a name": issue(by=ca),
        "with two names": issue(IDENTIFIER, "gw-0002", by=ca),
    }[wrong]

    assert_refused(yard, shown)

    assert _reasons(yard.api) == ["jitp_failed"]
    assert _list(yard.api, "devices") == []


# --- other organizations -------------------------------------------------------------------------


def test_a_ca_opens_devices_of_its_own_organization_only(yard: Yard) -> None:
    ca = _inviting(yard, yard.other)
    device = _device(yard, a_device(IDENTIFIER))

    admitted = _admit(yard, a_device(IDENTIFIER, ca))

    assert _prn_of(admitted) != device["prn"]
    assert admitted.organization_id == yard.other.get("/users/me").json()["data"][
        "organization_prn"
    ].removeprefix("prn:1:")
    assert len(_list(yard.api, "device_certificates")) == 1


def test_a_ca_of_two_organizations_brings_nobody_and_both_are_told(yard: Yard) -> None:
    ca = _inviting(yard)
    register_ca(yard.other, ca)
    shown = a_device(IDENTIFIER, ca)

    assert_refused(yard, shown)

    assert _reasons(yard.api) == _reasons(yard.other) == ["multi_cert_jitr_disabled"]
    (theirs,) = _list(yard.other, "ca_certificates")
    yard.other.delete(f"/ca_certificates/{theirs['prn']}")
    assert _admit(yard, shown).device.identifier == IDENTIFIER


# --- how much is told ----------------------------------------------------------------------------


def test_the_same_refusal_is_told_once_an_hour(yard: Yard) -> None:
    ca = a_ca()
    register_ca(yard.api, ca)
    shown, another = a_device(IDENTIFIER, ca), a_device("gw-0002", ca)

    for _ in range(3):
        assert_refused(yard, shown)
    assert_refused(yard, another)
    assert len(_told(yard.api)) == 2
    yard.clock.pass_time(timedelta(hours=1))
    assert_refused(yard, shown)

    names = [each["certificate"]["common_name"] for each in _told(yard.api)]
    assert names == [IDENTIFIER, "gw-0002", IDENTIFIER]


def test_who_has_the_key_of_a_ca_cannot_fill_the_events(yard: Yard) -> None:
    ca = a_ca()
    register_ca(yard.api, ca)

    for number in range(MOST_TOLD + 5):
        assert_refused(yard, a_device(f"gw-{number}", ca))

    assert len(_told(yard.api)) == MOST_TOLD


# --- many at once --------------------------------------------------------------------------------


def _at_once(yard: Yard, many: Sequence[Issued]) -> list[Admitted]:
    together = Barrier(len(many))

    def come(shown: Issued) -> Admitted:
        together.wait()
        return _admit(yard, shown)

    with ThreadPoolExecutor(len(many)) as threads:
        return list(threads.map(come, many))


def test_two_first_contacts_at_once_make_one_device(yard: Yard) -> None:
    ca = _inviting(yard)

    for number in range(5):
        admitted = _at_once(yard, [a_device(f"gw-{number}", ca)] * 4)

        assert len({each.device.id for each in admitted}) == 1
    assert len(_list(yard.api, "devices")) == 5
    assert len(_list(yard.api, "device_certificates")) == 5
    assert _told(yard.api) == []


def test_two_new_certificates_at_once_are_of_one_device(yard: Yard) -> None:
    ca = _inviting(yard)

    for number in range(5):
        admitted = _at_once(yard, [a_device(f"gw-{number}", ca) for _ in range(3)])

        assert len({each.device.id for each in admitted}) == 1
    assert len(_list(yard.api, "devices")) == 5
    assert len(_list(yard.api, "device_certificates")) == 15
