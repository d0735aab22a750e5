"""Certificates of devices, and of the CAs that vouch for them: registered, changed, deleted.

Who registers a CA proves that it has the CA's key. A CA that is deleted vouches for nobody new,
and the devices that it brought stay known. A device certificate is known on all of the platform
once, since a handshake has to lead to one device.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.fleet import cohort_id_of, must_take_devices
from sealift.actions.system import System
from sealift.domain import x509
from sealift.domain.errors import CertificateWrong, ReferenceUnknown, RequestInvalid
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.domain.x509 import Certificate
from sealift.records import audit, certificates, fleet, rows
from sealift.records.certificates import (
    CA_CERTIFICATES,
    DEVICE_CERTIFICATES,
    CaCertificate,
    DeviceCertificate,
    Jitp,
)
from sealift.records.fleet import DEVICES, PRODUCTS, Device, Product
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

CODE_LIVES: Final = timedelta(weeks=1)

_PROOF: Final = "verification_certificate"
_PRODUCT: Final = ("product_prn", "product_name")

# --- of CAs --------------------------------------------------------------------------------------


def make_code(system: System, actor: Actor) -> str:
    """Text for the common name of the certificate that proves possession of a CA's key."""
    actor.needs(Right.WRITE)
    now, code = system.now(), secrets.token_hex(16)
    with system.records.write(actor.organization_id) as tx:
        certificates.offer_code(tx, code, now, now + CODE_LIVES)
        organization = Name(actor.organization_id, Kind.ORGANIZATION, actor.organization_id)
        audit.note(tx, actor.name, "verification_code.created", organization, now)
    return code


def register_ca(system: System, actor: Actor, fields: Mapping[str, Any]) -> CaCertificate:
    """`fields` are certificate, verification_certificate, description and jitp."""
    actor.needs(Right.WRITE)
    now, row_id = system.now(), str(uuid4())
    ca, proof = x509.read(fields["certificate"]), x509.read(fields[_PROOF], _PROOF)
    x509.must_be_ca(ca, now)
    code = proof.common_name or ""
    x509.must_prove_possession(ca, proof, code)
    with system.records.write(actor.organization_id) as tx:
        if not certificates.use_code(tx, code, now):
            said = "is invalid: its common name must be a verification code of the last week"
            raise CertificateWrong(f"{said} that was not used yet, not {code}", field=_PROOF)
        jitp = _jitp(tx, fields["jitp"])
        values = {"description": fields["description"], "jitp": jitp, **_facts(ca)}
        rows.add(tx, CA_CERTIFICATES, now, id=row_id, **values)
        name = Name(actor.organization_id, Kind.CA_CERTIFICATE, row_id)
        audit.note(tx, actor.name, "ca_certificate.created", name, now, fingerprint=ca.fingerprint)
        return rows.get(tx, CA_CERTIFICATES, row_id)


def update_ca(
    system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]
) -> CaCertificate:
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(changes)
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, CA_CERTIFICATES, row_id, Lock.ALONE)
        if "jitp" in values:
            values["jitp"] = _jitp(tx, values["jitp"])
        if all(getattr(seen, name) == value for name, value in values.items()):
            return seen
        rows.change(tx, CA_CERTIFICATES, row_id, now, **values)
        name = Name(actor.organization_id, Kind.CA_CERTIFICATE, row_id)
        audit.note(tx, actor.name, "ca_certificate.changed", name, now, fields=sorted(values))
        return rows.get(tx, CA_CERTIFICATES, row_id)


def delete_ca(system: System, actor: Actor, row_id: str) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, CA_CERTIFICATES, row_id, Lock.ALONE)
        rows.change(tx, CA_CERTIFICATES, row_id, now, deleted_at=now)
        name = Name(actor.organization_id, Kind.CA_CERTIFICATE, row_id)
        audit.note(
            tx, actor.name, "ca_certificate.deleted", name, now, fingerprint=seen.fingerprint
        )


def _jitp(tx: Transaction, wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How unknown devices are taken in, as it is kept."""
    if wanted is None:
        return None
    product = _product(tx, wanted["product_prn"], wanted["product_name"])
    kept = Jitp(
        product_id=product.id,
        cohort_id=cohort_id_of(tx, product.id, wanted["cohort_prn"]),
        description=wanted["description"],
        tags=wanted["tags"],
        target=wanted["target"],
    )
    return asdict(kept)


def _product(tx: Transaction, prn: str | None, name: str | None) -> Product:
    if (prn is None) == (name is None):
        text = "give exactly one of product_prn and product_name"
        raise RequestInvalid({field: [text] for field in _PRODUCT})
    field = "product_prn" if prn is not None else "product_name"
    if prn is not None:
        found = referred(tx, PRODUCTS, prn, field)
    else:
        named = fleet.product_named(tx, name or "")
        found = named and rows.find(tx, PRODUCTS, named.id, Lock.SHARED)
    if found is None:
        raise ReferenceUnknown("does not exist", field=field)
    must_take_devices(found, field)
    return found


# --- of devices ----------------------------------------------------------------------------------


def register(system: System, actor: Actor, device_prn: str, certificate: str) -> DeviceCertificate:
    """By hand. What a CA of another organization issued is that organization's to register:
    certificates are no secrets, and whoever registers one has its device.
    """
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.read(actor.organization_id) as tx:
        device = referred(tx, DEVICES, device_prn, "device_prn", lock=None)
    shown = x509.read(certificate)
    x509.must_be_device(shown, device.identifier, now)
    found = issuers(system, shown)
    own = [ca for ca in found if ca.organization_id == actor.organization_id]
    if found and not own:
        raise CertificateWrong(
            "is invalid: the CA that issued it is registered by another organization",
            field="certificate",
        )
    with system.records.write(actor.organization_id) as tx:
        device = referred(tx, DEVICES, device_prn, "device_prn")
        return keep(tx, actor.name, device, shown, own[0] if own else None, now)


def keep(
    tx: Transaction,
    actor: str,
    device: Device,
    shown: Certificate,
    ca: CaCertificate | None,
    now: datetime,
) -> DeviceCertificate:
    """From now on the certificate opens this device."""
    row_id = str(uuid4())
    of = {"device_id": device.id, "product_id": device.product_id}
    issued_by = {"ca_certificate_id": ca and ca.id}
    rows.add(tx, DEVICE_CERTIFICATES, now, id=row_id, **of, **issued_by, **_facts(shown))
    name = Name(device.organization_id, Kind.DEVICE_CERTIFICATE, row_id)
    facts = {"identifier": device.identifier, "fingerprint": shown.fingerprint}
    audit.note(tx, actor, "device_certificate.created", name, now, **facts)
    return rows.get(tx, DEVICE_CERTIFICATES, row_id)


def delete(system: System, actor: Actor, row_id: str) -> None:
    """Whoever comes with it is unknown from now on. A CA that takes in unknown devices may let
    it in again: to lock a device out for good, archive it.
    """
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, DEVICE_CERTIFICATES, row_id, Lock.ALONE)
        rows.remove(tx, DEVICE_CERTIFICATES, row_id)
        name = Name(actor.organization_id, Kind.DEVICE_CERTIFICATE, row_id)
        audit.note(
            tx, actor.name, "device_certificate.deleted", name, now, fingerprint=seen.fingerprint
        )


def issuers(system: System, shown: Certificate) -> list[CaCertificate]:
    """The registered CAs of all organizations whose key signed it, the newest first."""
    with system.records.read(None) as tx:
        registered = certificates.registered_cas(tx)
    return [ca for ca in registered if x509.issued_by(shown, known(ca.certificate))]


@lru_cache(maxsize=1_000)
def known(der: bytes) -> Certificate:
    """What a certificate says that was read before, when it was registered."""
    return x509.of_der(der)


def _facts(shown: Certificate) -> dict[str, Any]:
    return {
        "certificate": shown.der,
        "fingerprint": shown.fingerprint,
        "serial": shown.serial,
        "not_before": shown.not_before,
        "not_after": shown.not_after,
    }
