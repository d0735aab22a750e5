"""Device certificates: by which devices are known when they come."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import certificates as actions
from sealift.domain.names import Kind
from sealift.domain.search import DEVICE_CERTIFICATES as KEYS
from sealift.records.certificates import DEVICE_CERTIFICATES
from sealift.web import fleet_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import DeviceCertificatePage, NewDeviceCertificate, OneDeviceCertificate

router = APIRouter(
    prefix="/device_certificates", tags=["device certificates"], route_class=CallerFirst
)


@router.post("", status_code=201)
def create_a_device_certificate(by: ByCaller, body: NewDeviceCertificate) -> OneDeviceCertificate:
    """Its common name is the identifier of the device. It may not have expired now; when it
    does later, the device is let in all the same.
    """
    made = actions.register(by.system, by.actor, body.device_prn, body.certificate)
    return OneDeviceCertificate(device_certificate=shapes.device_certificate(made))


@router.get("")
def list_device_certificates(
    by: ByCaller, query: Annotated[PageQuery, Depends()]
) -> DeviceCertificatePage:
    """Search keys: `prn`, `organization_prn`, `device_prn`, `product_prn`, `inserted_at`,
    `updated_at`.
    """
    listing = by.pages.listing("device_certificates", query, KEYS)
    found = catalog.search(by.system, by.actor, DEVICE_CERTIFICATES, listing)
    next_page = by.pages.after("device_certificates", found, listing)
    shown = [shapes.device_certificate(row) for row in found.rows]
    return DeviceCertificatePage(device_certificates=shown, next_page=next_page)


@router.get("/{device_certificate_prn}")
def get_a_device_certificate(by: ByCaller, device_certificate_prn: str) -> OneDeviceCertificate:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.DEVICE_CERTIFICATE, device_certificate_prn)
    row = catalog.look(by.system, by.actor, DEVICE_CERTIFICATES, row_id)
    return OneDeviceCertificate(device_certificate=shapes.device_certificate(row))


@router.delete("/{device_certificate_prn}", status_code=204)
def delete_a_device_certificate(by: ByCaller, device_certificate_prn: str) -> None:
    """Whoever comes with it is unknown from the next request on. A CA with `jitp` may take the
    device in again: to lock it out for good, archive it.
    """
    row_id = by.own(Kind.DEVICE_CERTIFICATE, device_certificate_prn)
    actions.delete(by.system, by.actor, row_id)
