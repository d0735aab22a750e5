"""CA certificates: those who vouch for devices, and how unknown devices are taken in."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import certificates as actions
from sealift.domain.names import Kind
from sealift.domain.search import CA_CERTIFICATES as KEYS
from sealift.records.certificates import CA_CERTIFICATES
from sealift.web import fleet_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import (
    CaCertificateChanges,
    CaCertificatePage,
    NewCaCertificate,
    OneCaCertificate,
    VerificationCode,
)

router = APIRouter(prefix="/ca_certificates", tags=["CA certificates"], route_class=CallerFirst)


@router.post("/verification_codes", status_code=201)
def create_a_verification_code(by: ByCaller) -> VerificationCode:
    """For the common name of a certificate that the CA signs, to prove that its key is yours.
    Good for one CA, and for a week.
    """
    return VerificationCode(verification_code=actions.make_code(by.system, by.actor))


@router.post("", status_code=201)
def create_a_ca_certificate(by: ByCaller, body: NewCaCertificate) -> OneCaCertificate:
    """Registers a CA, which may not have expired. Devices with its certificates can be
    registered without a restart, and with `jitp` the unknown ones are taken in when they come.
    """
    made = actions.register_ca(by.system, by.actor, body.model_dump())
    return OneCaCertificate(ca_certificate=shapes.ca_certificate(made))


@router.get("")
def list_ca_certificates(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> CaCertificatePage:
    """Search keys: `prn`, `organization_prn`, `description`, `inserted_at`, `updated_at`."""
    listing = by.pages.listing("ca_certificates", query, KEYS)
    found = catalog.search(by.system, by.actor, CA_CERTIFICATES, listing)
    next_page = by.pages.after("ca_certificates", found, listing)
    shown = [shapes.ca_certificate(row) for row in found.rows]
    return CaCertificatePage(ca_certificates=shown, next_page=next_page)


@router.get("/{ca_certificate_prn}")
def get_a_ca_certificate(by: ByCaller, ca_certificate_prn: str) -> OneCaCertificate:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.CA_CERTIFICATE, ca_certificate_prn)
    row = catalog.look(by.system, by.actor, CA_CERTIFICATES, row_id)
    return OneCaCertificate(ca_certificate=shapes.ca_certificate(row))


@router.put("/{ca_certificate_prn}")
def replace_the_fields_of_a_ca_certificate(
    by: ByCaller, ca_certificate_prn: str, body: CaCertificateChanges
) -> OneCaCertificate:
    """The same as PATCH: clients differ in which of them they send."""
    return update_a_ca_certificate(by, ca_certificate_prn, body)


@router.patch("/{ca_certificate_prn}")
def update_a_ca_certificate(
    by: ByCaller, ca_certificate_prn: str, body: CaCertificateChanges
) -> OneCaCertificate:
    """Changes the fields that are sent; `jitp` as a whole. Null clears."""
    row_id = by.own(Kind.CA_CERTIFICATE, ca_certificate_prn)
    sent = body.model_dump(include=body.model_fields_set)
    row = actions.update_ca(by.system, by.actor, row_id, sent)
    return OneCaCertificate(ca_certificate=shapes.ca_certificate(row))


@router.delete("/{ca_certificate_prn}", status_code=204)
def delete_a_ca_certificate(by: ByCaller, ca_certificate_prn: str) -> None:
    """It vouches for no further device. Those whose certificates are registered go on."""
    actions.delete_ca(by.system, by.actor, by.own(Kind.CA_CERTIFICATE, ca_certificate_prn))
