"""The collections of the fleet and of distribution: records in, the wire's models out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sealift.domain.errors import NotFound
from sealift.wire.admin import (
    BundleChanges,
    BundleOverrideChanges,
    CaCertificateChanges,
    CohortChanges,
    DeviceChanges,
    NewBundle,
    NewBundleBinary,
    NewBundleOverride,
    NewCaCertificate,
    NewCohort,
    NewDevice,
    NewDeviceCertificate,
    NewProduct,
    NewRelease,
    ProductChanges,
    ReleaseChanges,
)
from sealift.wire.updates import UpdateQuestion
from tests.certificates import a_ca, a_device, issue
from tests.client.line import Line
from tests.yard import FIRST_START, a_bundle, a_cohort, a_product, a_release, a_version, brought_to
from tests.yard import a_device as a_device_of


def test_the_fleet_has_its_collections(line: Line) -> None:
    with line.client() as client:
        product = client.products.create(NewProduct(name="gateway", poll_interval=60))
        cohort = client.cohorts.create(NewCohort(product_prn=product.prn, name="field"))
        device = client.devices.create(NewDevice(product_prn=product.prn, identifier="gw-1"))
        named = client.cohorts.change(cohort.prn, CohortChanges(description="all"))
        moved = client.devices.change(
            device.prn, DeviceChanges(cohort_prn=cohort.prn, tags=["a"], quarantined=True)
        )
        client.devices.delete(device.prn)
        archived = client.products.change(product.prn, ProductChanges(archived=True))

        assert (product.poll_interval, named.description, archived.archived) == (60, "all", True)
        assert (moved.cohort_prn, moved.tags, moved.quarantined) == (cohort.prn, ["a"], True)
        assert [each.prn for each in client.cohorts.all()] == [cohort.prn]
        with pytest.raises(NotFound):
            client.devices.get(device.prn)


def test_certificates_are_registered_and_taken_away(line: Line) -> None:
    device = a_device_of(line.yard.api, a_product(line.yard.api), "gw-1")["prn"]
    ca = a_ca()
    with line.client() as client:
        proof = issue(client.ca_certificates.verification_code(), by=ca)
        authority = client.ca_certificates.create(
            NewCaCertificate(certificate=ca.as_sent, verification_certificate=proof.as_sent)
        )
        named = client.ca_certificates.change(
            authority.prn, CaCertificateChanges(description="factory")
        )
        certificate = client.device_certificates.create(
            NewDeviceCertificate(device_prn=device, certificate=a_device("gw-1", by=ca).as_sent)
        )
        client.ca_certificates.delete(authority.prn)
        client.device_certificates.delete(certificate.prn)

        assert named.description == "factory"
        assert certificate.ca_certificate_prn == authority.prn
        assert list(client.device_certificates.all()) == []
        assert list(client.ca_certificates.all()) == []


def test_a_bundle_gets_to_a_device_by_an_override(line: Line) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))
    device = a_device_of(line.yard.api, a_product(line.yard.api))["prn"]
    now = FIRST_START
    with line.client() as client:
        bundle = client.bundles.create(
            NewBundle(binaries=[NewBundleBinary(prn=binary["prn"], custom_metadata={"a": 1})])
        )
        named = client.bundles.change(bundle.prn, BundleChanges(name="b"))
        override = client.bundle_overrides.create(
            NewBundleOverride(name="o", bundle_prn=bundle.prn, starts_at=now)
        )
        added = client.bundle_overrides.add_device(override.prn, device)
        listed = client.bundle_overrides.devices(override.prn)
        update = client.devices.check(device, UpdateQuestion(release_version="1.0.0"))
        ended = client.bundle_overrides.change(
            override.prn, BundleOverrideChanges(ends_at=now + timedelta(hours=1))
        )
        client.bundle_overrides.remove_device(override.prn, device)

        assert named.binaries[0].custom_metadata == {"a": 1}
        assert listed == [added]
        assert (update.source_prn, update.bundle_prn) == (override.prn, bundle.prn)
        assert ended.ends_at == now + timedelta(hours=1)
        assert client.bundle_overrides.devices(override.prn) == []
        assert client.bundles.signatures(bundle.prn) == []


def test_a_release_is_published_followed_and_undone(line: Line) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))
    product = a_product(line.yard.api)
    cohort = a_cohort(line.yard.api, product)
    device = a_device_of(line.yard.api, product, cohort_prn=cohort)["prn"]
    first = a_release(line.yard.api, cohort, a_bundle(line.yard.api, binary))
    with line.client() as client:
        second = client.releases.create(
            NewRelease(
                bundle_prn=first["bundle_prn"],
                cohort_prn=cohort,
                name="second",
                required=False,
                schedule_date=FIRST_START,
                phase_value=Decimal("0.1"),
            )
        )
        complete = client.releases.change(second.prn, ReleaseChanges(phase_value=Decimal(1)))
        explained = client.devices.explain(device, at=datetime.now(UTC), release_prn=second.prn)
        preview = client.releases.rollback_preview(first["prn"])
        again = client.releases.roll_back(first["prn"])

        assert str(second.phase_value) == "0.1"
        assert complete.phase_value == 1
        assert (explained.status, explained.why_not is None) == ("no_update", False)
        assert preview.withdrawn_release_prns == [second.prn]
        assert again.bundle_prn == first["bundle_prn"]
        assert client.releases.progress(second.prn).devices == 1
        assert client.releases.retry(second.prn, device).failures == 0
        assert list(client.releases.reports(second.prn)) == []
        assert len(client.binaries.impact(binary["prn"]).releases) == 3


def test_events_are_found_by_what_they_are_about(line: Line) -> None:
    device = a_device_of(line.yard.api, a_product(line.yard.api))["prn"]
    with line.client() as client:
        client.devices.change(device, DeviceChanges(quarantined=True))

        found = list(client.events.all(resource_prn=device))
        none, _ = client.events.page(resource_prn=device, subtype="connected")

    assert [each.event_subtype for each in found] == ["updated"]
    assert none == []
