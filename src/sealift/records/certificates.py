"""Certificates of devices, and of those who vouch for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.rows import Noun
from sealift.records.transaction import Records, Transaction

# Those that no CA of ours vouches for are taught to TLS one by one.
MOST_ALONE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Jitp:
    """What an unknown device becomes that comes with a certificate of the CA."""

    product_id: str
    cohort_id: str | None
    description: str | None
    tags: list[str] | None
    target: str | None


@dataclass(frozen=True, slots=True)
class CaCertificate:
    id: str
    organization_id: str
    certificate: bytes  # DER
    fingerprint: str
    serial: str
    not_before: datetime
    not_after: datetime
    description: str | None
    jitp: dict[str, Any] | None  # the fields of a `Jitp`
    deleted_at: datetime | None
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    id: str
    organization_id: str
    device_id: str
    ca_certificate_id: str | None
    certificate: bytes  # DER
    fingerprint: str
    serial: str
    not_before: datetime
    not_after: datetime
    inserted_at: datetime
    updated_at: datetime


def _of_product(tx: Transaction, product_id: object) -> ColumnElement[bool]:
    devices = tables.devices
    of_it = tx.select(devices, devices.c.id).where(devices.c.product_id == product_id)
    return tables.device_certificates.c.device_id.in_(of_it)


CA_CERTIFICATES: Final = Noun(
    tables.ca_certificates,
    CaCertificate,
    Kind.CA_CERTIFICATE,
    unless_asked={"deleted_at": tables.ca_certificates.c.deleted_at.is_(None)},
    gone=tables.ca_certificates.c.deleted_at.is_not(None),
)
DEVICE_CERTIFICATES: Final = Noun(
    tables.device_certificates,
    DeviceCertificate,
    Kind.DEVICE_CERTIFICATE,
    keys={"device_prn": "device_id"},
    conditions={"product_prn": _of_product},
)


def trusted(records: Records) -> frozenset[bytes]:
    """What a handshake may end at, in DER: the CAs, also deleted ones that brought devices which
    are still here, and the newest of the device certificates that stand alone.
    """
    cas, own = tables.ca_certificates, tables.device_certificates
    with records.read(None) as tx:
        brought = tx.select(own, own.c.id).where(own.c.ca_certificate_id == cas.c.id).exists()
        of_cas = tx.select(cas, cas.c.certificate).where(or_(cas.c.deleted_at.is_(None), brought))
        alone = tx.select(own, own.c.certificate).where(own.c.ca_certificate_id.is_(None))
        newest = alone.order_by(own.c.inserted_at.desc()).limit(MOST_ALONE)
        return frozenset([*tx.connection.scalars(of_cas), *tx.connection.scalars(newest)])
