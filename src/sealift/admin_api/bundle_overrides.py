"""Bundle overrides: a bundle for named devices and for a while, whatever their releases say."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import overrides as actions
from sealift.domain.names import Kind
from sealift.domain.search import BUNDLE_OVERRIDES as KEYS
from sealift.records.bundles import BUNDLE_OVERRIDES
from sealift.web import distribution_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery, PlainPageQuery
from sealift.wire.admin import (
    BundleOverrideChanges,
    BundleOverridePage,
    NewBundleOverride,
    NewOverrideDevice,
    OneBundleOverride,
    OneOverrideDevice,
    OverrideDevicePage,
)

router = APIRouter(prefix="/bundle_overrides", tags=["bundle overrides"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_bundle_override(by: ByCaller, body: NewBundleOverride) -> OneBundleOverride:
    """It concerns no device yet; add them. Of several active ones the last to begin counts."""
    fields = body.model_dump(exclude={"bundle_prn"})
    made = actions.create(by.system, by.actor, body.bundle_prn, fields)
    return OneBundleOverride(bundle_override=shapes.bundle_override(made))


@router.get("")
def list_bundle_overrides(
    by: ByCaller, query: Annotated[PageQuery, Depends()]
) -> BundleOverridePage:
    """Search keys: `prn`, `organization_prn`, `bundle_prn`, `name`, `inserted_at`,
    `updated_at`.
    """
    listing = by.pages.listing("bundle_overrides", query, KEYS)
    found = catalog.search(by.system, by.actor, BUNDLE_OVERRIDES, listing)
    next_page = by.pages.after("bundle_overrides", found, listing)
    shown = [shapes.bundle_override(row) for row in found.rows]
    return BundleOverridePage(bundle_overrides=shown, next_page=next_page)


@router.get("/{bundle_override_prn}")
def get_a_bundle_override(by: ByCaller, bundle_override_prn: str) -> OneBundleOverride:
    """Its devices have a list of their own."""
    row_id = by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn)
    row = catalog.look(by.system, by.actor, BUNDLE_OVERRIDES, row_id)
    return OneBundleOverride(bundle_override=shapes.bundle_override(row))


@router.patch("/{bundle_override_prn}")
def update_a_bundle_override(
    by: ByCaller, bundle_override_prn: str, body: BundleOverrideChanges
) -> OneBundleOverride:
    """All of it may be changed at any time, even the bundle."""
    row_id = by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn)
    row = actions.update(by.system, by.actor, row_id, body.sent())
    return OneBundleOverride(bundle_override=shapes.bundle_override(row))


@router.delete("/{bundle_override_prn}", status_code=204)
def delete_a_bundle_override(by: ByCaller, bundle_override_prn: str) -> None:
    """Its devices are given what their releases say again."""
    actions.delete(by.system, by.actor, by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn))


@router.post("/{bundle_override_prn}/devices", status_code=201)
def add_a_device_to_a_bundle_override(
    by: ByCaller, bundle_override_prn: str, body: NewOverrideDevice
) -> OneOverrideDevice:
    """Refused with 422 if the override lists the device already."""
    row_id = by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn)
    made = actions.add_device(by.system, by.actor, row_id, body.device_prn)
    return OneOverrideDevice(device=shapes.override_device(made))


@router.get("/{bundle_override_prn}/devices")
def list_devices_of_a_bundle_override(
    by: ByCaller, bundle_override_prn: str, query: Annotated[PlainPageQuery, Depends()]
) -> OverrideDevicePage:
    """Those that it lists, whether it is active or not; ordered by when they were added."""
    row_id = by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn)
    listing = by.pages.listing("override_devices", query, {})
    found = actions.list_devices(by.system, by.actor, row_id, listing)
    next_page = by.pages.after("override_devices", found, listing)
    shown = [shapes.override_device(row) for row in found.rows]
    return OverrideDevicePage(devices=shown, next_page=next_page)


@router.delete("/{bundle_override_prn}/devices/{device_prn}", status_code=204)
def remove_a_device_from_a_bundle_override(
    by: ByCaller, bundle_override_prn: str, device_prn: str
) -> None:
    """404 as well if the override does not list the device."""
    row_id = by.own(Kind.BUNDLE_OVERRIDE, bundle_override_prn)
    actions.remove_device(by.system, by.actor, row_id, by.own(Kind.DEVICE, device_prn))
