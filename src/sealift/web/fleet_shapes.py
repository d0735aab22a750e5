"""Products, cohorts, devices and certificates as the wire shows them."""

from sealift.domain.names import Kind
from sealift.records.certificates import CaCertificate, DeviceCertificate, Jitp
from sealift.records.fleet import Cohort, Device, Product
from sealift.web.shapes import common, prn
from sealift.wire import admin as wire


def product(row: Product) -> wire.Product:
    return wire.Product(
        **common(Kind.PRODUCT, row),
        name=row.name,
        archived=row.archived,
        poll_interval=row.poll_interval,
    )


def one_product(row: Product) -> wire.OneProduct:
    shown = product(row)
    return wire.OneProduct(data=shown, product=shown)


def cohort(row: Cohort) -> wire.Cohort:
    return wire.Cohort(
        **common(Kind.COHORT, row),
        product_prn=prn(row.organization_id, Kind.PRODUCT, row.product_id),
        name=row.name,
        description=row.description,
        poll_interval=row.poll_interval,
    )


def device(row: Device) -> wire.Device:
    return wire.Device(
        **common(Kind.DEVICE, row),
        identifier=row.identifier,
        product_prn=prn(row.organization_id, Kind.PRODUCT, row.product_id),
        cohort_prn=_prn_or_none(row.organization_id, Kind.COHORT, row.cohort_id),
        description=row.description,
        quarantined=row.quarantined,
        tags=None if row.tags is None else list(row.tags),
        target=row.target,
        archived=row.archived_at is not None,
        last_connected_at=row.last_connected_at,
        reported_bundle_prn=row.reported_bundle_prn,
        reported_release_prn=row.reported_release_prn,
        reported_release_version=row.reported_release_version,
    )


def ca_certificate(row: CaCertificate) -> wire.CaCertificate:
    return wire.CaCertificate(
        **common(Kind.CA_CERTIFICATE, row),
        description=row.description,
        serial=row.serial,
        not_before=row.not_before,
        not_after=row.not_after,
        fingerprint=row.fingerprint,
        jitp=_jitp(row),
    )


def _jitp(row: CaCertificate) -> wire.Jitp | None:
    if row.jitp is None:
        return None
    kept = Jitp(**row.jitp)
    return wire.Jitp(
        product_prn=prn(row.organization_id, Kind.PRODUCT, kept.product_id),
        cohort_prn=_prn_or_none(row.organization_id, Kind.COHORT, kept.cohort_id),
        description=kept.description,
        tags=kept.tags,
        target=kept.target,
    )


def device_certificate(row: DeviceCertificate) -> wire.DeviceCertificate:
    organization_id = row.organization_id
    return wire.DeviceCertificate(
        **common(Kind.DEVICE_CERTIFICATE, row),
        device_prn=prn(organization_id, Kind.DEVICE, row.device_id),
        ca_certificate_prn=_prn_or_none(
            organization_id, Kind.CA_CERTIFICATE, row.ca_certificate_id
        ),
        serial=row.serial,
        not_before=row.not_before,
        not_after=row.not_after,
        fingerprint=row.fingerprint,
    )


def _prn_or_none(organization_id: str, kind: Kind, row_id: str | None) -> str | None:
    return None if row_id is None else prn(organization_id, kind, row_id)
