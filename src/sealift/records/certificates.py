"""Certificates of devices, and of those who vouch for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import and_, func, or_

from sealift.domain.names import Kind
from sealift.records import rows, tables
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
    keys={"device_prn": "device_id", "product_prn": "product_id"},
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


# --- who is known, and who vouches ---------------------------------------------------------------


def registered_cas(tx: Transaction) -> list[CaCertificate]:
    """The newest first, without those that were deleted."""
    cas = tables.ca_certificates
    here = rows.query(tx, CA_CERTIFICATES).where(cas.c.deleted_at.is_(None))
    return rows.all_of(tx, CA_CERTIFICATES, here.order_by(cas.c.inserted_at.desc()))


def issuer(tx: Transaction, certificate: DeviceCertificate) -> bytes | None:
    """The DER of the CA that was registered when the certificate came; it may be deleted now."""
    cas = tables.ca_certificates
    of_it = tx.select(cas, cas.c.certificate).where(cas.c.id == certificate.ca_certificate_id)
    return tx.connection.scalar(of_it)


def with_fingerprint(tx: Transaction, fingerprint: str) -> DeviceCertificate | None:
    own = tables.device_certificates
    query = rows.query(tx, DEVICE_CERTIFICATES).where(own.c.fingerprint == fingerprint)
    return next(iter(rows.all_of(tx, DEVICE_CERTIFICATES, query)), None)


def standing_alone(records: Records) -> int:
    """How many device certificates no CA of ours has issued."""
    own = tables.device_certificates
    with records.read(None) as tx:
        counted = tx.select(own, func.count()).where(own.c.ca_certificate_id.is_(None))
        return tx.connection.scalar(counted) or 0


def of_device(tx: Transaction, device_id: str) -> list[DeviceCertificate]:
    own = tables.device_certificates
    query = rows.query(tx, DEVICE_CERTIFICATES).where(own.c.device_id == device_id)
    return rows.all_of(tx, DEVICE_CERTIFICATES, query)


# --- verification codes --------------------------------------------------------------------------


def offer_code(tx: Transaction, code: str, now: datetime, expires_at: datetime) -> None:
    """Keep a code until it is used or expires; those that have expired are dropped."""
    codes = tables.verification_codes
    tx.connection.execute(tx.delete(codes).where(codes.c.expires_at <= now))
    tx.insert(
        codes,
        id=str(uuid4()),
        code=code,
        expires_at=expires_at,
        inserted_at=now,
        updated_at=now,
    )


def use_code(tx: Transaction, code: str, now: datetime) -> bool:
    """Whether the code was good; it no longer is."""
    codes = tables.verification_codes
    is_it = and_(codes.c.code == code, codes.c.expires_at > now)
    return tx.changed_one(tx.delete(codes).where(is_it))
