"""Devices: what receives updates. What they are answered is another matter."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import fleet as actions
from sealift.domain.names import Kind
from sealift.domain.search import DEVICES as KEYS
from sealift.records.fleet import DEVICES
from sealift.web import fleet_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import DeviceChanges, DevicePage, NewDevice, OneDevice

router = APIRouter(prefix="/devices", tags=["devices"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_device(by: ByCaller, body: NewDevice) -> OneDevice:
    """It is let in once a certificate that names it is registered, or is vouched for by a CA
    that takes in unknown devices. An archived product takes no new devices.
    """
    made = actions.create_device(by.system, by.actor, body.model_dump())
    return OneDevice(device=shapes.device(made))


@router.get("")
def list_devices(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> DevicePage:
    """Archived devices are left out unless the search names `archived`. Search keys: `prn`,
    `organization_prn`, `archived`, `cohort_prn`, `product_prn`, `identifier`, `description`,
    `target`, `last_connected_at`, `reported_bundle_prn`, `reported_release_prn`,
    `reported_release_version`, `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("devices", query, KEYS)
    found = catalog.search(by.system, by.actor, DEVICES, listing)
    next_page = by.pages.after("devices", found, listing)
    shown = [shapes.device(row) for row in found.rows]
    return DevicePage(devices=shown, next_page=next_page)


@router.get("/{device_prn}")
def get_a_device(by: ByCaller, device_prn: str) -> OneDevice:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.DEVICE, device_prn)
    return OneDevice(device=shapes.device(catalog.look(by.system, by.actor, DEVICES, row_id)))


@router.patch("/{device_prn}")
def update_a_device(by: ByCaller, device_prn: str, body: DeviceChanges) -> OneDevice:
    """Changes the fields that are sent; null clears those that may be empty. Another cohort
    moves the device to the releases of that one.
    """
    row_id = by.own(Kind.DEVICE, device_prn)
    row = actions.update_device(by.system, by.actor, row_id, body.sent())
    return OneDevice(device=shapes.device(row))


@router.delete("/{device_prn}", status_code=204)
def delete_a_device(by: ByCaller, device_prn: str) -> None:
    """Its certificates go with it, and its places in overrides. What it claimed still counts,
    and what happened to it is still told.
    """
    actions.delete_device(by.system, by.actor, by.own(Kind.DEVICE, device_prn))
