"""Who is let in at the device door: the device that a client certificate leads to.

A certificate that is registered leads to its device, whatever has expired since. An unknown one
that a registered CA issued may bring its device along: just-in-time provisioning. The TLS door
has made sure that whoever comes has the certificate's key; all else is decided here.

- A CA opens devices of its own organization only. If several organizations have registered the
  same CA, nobody can tell whose the device is, and it is not taken in.
- A CA speaks for devices without a certificate, and for those whose certificates all are its
  own: that is how they renew them. So the key of one CA, once stolen, does not open a device
  that another CA or an administrator let in. Nor does it open devices of other products than the
  one that its devices become, or an archived one.
- Of many first contacts at the same time one makes the device; the others find it.

Who is refused is told to the organization whose CA or device it is: once an hour for each
certificate, and only so many times for each CA, since whoever has a CA's key can go on for ever.
A stranger whose certificate no CA of ours issued leaves no trace in the records.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from sealift.actions import certificates as actions
from sealift.actions import told
from sealift.actions.fleet import must_take_devices
from sealift.actions.system import System
from sealift.domain import x509
from sealift.domain.errors import (
    CertificateUnknown,
    CertificateWrong,
    Changed,
    DeviceArchived,
    ProductArchived,
    Taken,
)
from sealift.domain.names import Kind, Name
from sealift.domain.x509 import Certificate
from sealift.records import audit, certificates, events, fleet, rows
from sealift.records.certificates import CA_CERTIFICATES, CaCertificate, Jitp
from sealift.records.fleet import COHORTS, DEVICES, PRODUCTS, Device
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

MOST_CERTIFICATES: Final = 20  # of one device that a CA brings by itself
MOST_TOLD: Final = 60  # refusals of one CA or device in a while

_A_WHILE: Final = timedelta(hours=1)
_ACTOR: Final = "system:admission"
_TOLD: Final = "authentication_failed"


class Reason(StrEnum):
    ARCHIVED = "device_is_archived"
    SHARED_CA = "multi_cert_jitr_disabled"
    DISABLED = "jitp_disabled"
    FAILED = "jitp_failed"


@dataclass(frozen=True, slots=True)
class Admitted:
    """`ca` is what its organization registered of who issued the certificate, if it did."""

    device: Device
    certificate: Certificate
    ca: Certificate | None

    @property
    def organization_id(self) -> str:
        return self.device.organization_id


@dataclass(frozen=True, slots=True)
class _Contact:
    shown: Certificate
    ip_address: str
    now: datetime


def admit(system: System, der: bytes, ip_address: str, now: datetime) -> Admitted:
    """The device that comes with this certificate; it is made if a CA may bring it."""
    try:
        contact = _Contact(x509.of_der(der), ip_address, now)
    except CertificateWrong as error:
        raise CertificateUnknown(f"the certificate {error.message}") from error
    try:
        return _admitted(system, contact)
    except (Taken, Changed):  # another first contact was faster, and there is a device now
        return _admitted(system, contact)


def _admitted(system: System, contact: _Contact) -> Admitted:
    known = _known(system, contact)
    if known is None:
        return _taken_in(system, contact, _ca_that_invites(system, contact))
    if known.device.archived_at is not None:
        told_to = Name(known.organization_id, Kind.DEVICE, known.device.id)
        _tell(system, contact, Reason.ARCHIVED, told_to, known.ca, known.device)
        raise DeviceArchived(f"the device {known.device.identifier} is archived")
    return known


def _known(system: System, contact: _Contact) -> Admitted | None:
    with system.records.read(None) as tx:
        found = certificates.with_fingerprint(tx, contact.shown.fingerprint)
        if found is None:
            return None
        device, ca = rows.get(tx, DEVICES, found.device_id), certificates.issuer(tx, found)
    return Admitted(device, contact.shown, actions.known(ca) if ca else None)


# --- first contact -------------------------------------------------------------------------------


def _ca_that_invites(system: System, contact: _Contact) -> CaCertificate:
    """The only one that may bring the device, or a refusal."""
    issuers = actions.issuers(system, contact.shown)
    if not issuers:
        raise CertificateUnknown("no CA that is registered issued the certificate")
    fresh = [ca for ca in issuers if contact.now <= ca.not_after]
    inviting = [ca for ca in fresh if ca.jitp is not None]
    if len({ca.organization_id for ca in issuers}) > 1:
        reason = Reason.SHARED_CA
    elif fresh and not inviting:
        reason = Reason.DISABLED
    elif not fresh:
        reason = Reason.FAILED
    else:
        return inviting[0]
    for ca in {ca.organization_id: ca for ca in issuers}.values():
        _tell_of_ca(system, contact, reason, ca)
    raise CertificateUnknown(f"the certificate is not registered: {reason}")


def _taken_in(system: System, contact: _Contact, ca: CaCertificate) -> Admitted:
    try:
        with system.records.write(ca.organization_id) as tx:
            device = _device_of(tx, contact, ca.id)
    except (CertificateUnknown, CertificateWrong, ProductArchived) as refusal:
        _tell_of_ca(system, contact, Reason.FAILED, ca)
        raise CertificateUnknown(f"the device is not taken in: {refusal.message}") from refusal
    except DeviceArchived:
        _tell_of_ca(system, contact, Reason.ARCHIVED, ca)
        raise
    return Admitted(device, contact.shown, actions.known(ca.certificate))


def _device_of(tx: Transaction, contact: _Contact, ca_id: str) -> Device:
    """The device of the certificate, which is now registered for it."""
    identifier = x509.identifier_in(contact.shown)
    x509.must_be_device(contact.shown, identifier, contact.now)
    ca = rows.find(tx, CA_CERTIFICATES, ca_id, Lock.SHARED)
    if ca is None or ca.jitp is None:
        raise CertificateUnknown("the CA was told meanwhile to bring no more devices")
    jitp = Jitp(**ca.jitp)
    must_take_devices(rows.get(tx, PRODUCTS, jitp.product_id, Lock.SHARED), "product_prn")
    device = fleet.device_identified(tx, identifier)
    if device is None:
        device = _new_device(tx, identifier, jitp, contact.now)
    else:
        _must_be_brought_by(tx, ca, jitp, device)
    actions.keep(tx, _ACTOR, device, contact.shown, ca, contact.now)
    return device


def _new_device(tx: Transaction, identifier: str, jitp: Jitp, now: datetime) -> Device:
    row_id = str(uuid4())
    values = {**asdict(jitp), "identifier": identifier, "quarantined": False}
    rows.add(tx, DEVICES, now, id=row_id, **values)
    made = rows.get(tx, DEVICES, row_id)
    audit.note(tx, _ACTOR, "device.created", Name(made.organization_id, Kind.DEVICE, row_id), now)
    return made


def _must_be_brought_by(tx: Transaction, ca: CaCertificate, jitp: Jitp, device: Device) -> None:
    """Refuse a device that is there already, and that is not the CA's to speak for."""
    if device.archived_at is not None:
        raise DeviceArchived(f"the device {device.identifier} is archived")
    if device.product_id != jitp.product_id:
        raise CertificateUnknown(f"{device.identifier} is a device of another product")
    others = certificates.of_device(tx, device.id)
    if len(others) >= MOST_CERTIFICATES:
        raise CertificateUnknown(f"{device.identifier} has {len(others)} certificates already")
    issuer = actions.known(ca.certificate)
    if not all(x509.issued_by(actions.known(each.certificate), issuer) for each in others):
        raise CertificateUnknown(f"{device.identifier} has a certificate that the CA did not issue")


# --- telling -------------------------------------------------------------------------------------


def _tell_of_ca(system: System, contact: _Contact, reason: Reason, ca: CaCertificate) -> None:
    told_to = Name(ca.organization_id, Kind.CA_CERTIFICATE, ca.id)
    _tell(system, contact, reason, told_to, actions.known(ca.certificate), None)


def _tell(
    system: System,
    contact: _Contact,
    reason: Reason,
    of: Name,
    ca: Certificate | None,
    device: Device | None,
) -> None:
    with system.records.read(of.organization_id) as tx:
        if _is_told(tx, contact, reason, of):
            return
    with system.records.write(of.organization_id) as tx:
        cohort = rows.get(tx, COHORTS, device.cohort_id) if device and device.cohort_id else None
        facts = {
            "reason": reason,
            "ip_address": contact.ip_address,
            "certificate": told.certificate(contact.shown),
            "ca_certificate": told.ca_certificate(ca),
            "device": told.device(device, cohort) if device else None,
        }
        events.note(tx, None, _TOLD, of, contact.now, facts, of=Kind.DEVICE)


def _is_told(tx: Transaction, contact: _Contact, reason: Reason, of: Name) -> bool:
    lately = events.told_since(tx, of, _TOLD, contact.now - _A_WHILE, MOST_TOLD)
    same = [f'"{contact.shown.fingerprint}"', f'"{reason}"']
    return len(lately) == MOST_TOLD or any(all(part in one for part in same) for one in lately)
