"""Bundle overrides: for a while, named devices are given a bundle whatever their releases say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain.errors import NotFound, RequestInvalid
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.domain.search import Clause
from sealift.records import audit, bundles, pages, rows
from sealift.records.bundles import (
    BUNDLE_OVERRIDES,
    BUNDLES,
    OVERRIDE_DEVICES,
    BundleOverride,
    OverrideDevice,
)
from sealift.records.fleet import DEVICES
from sealift.records.pages import Listing, Page
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction


def create(
    system: System, actor: Actor, bundle_prn: str, fields: Mapping[str, Any]
) -> BundleOverride:
    """`fields` are name, description, starts_at, ends_at."""
    actor.needs(Right.WRITE)
    now, row_id = system.now(), str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        bundle = referred(tx, BUNDLES, bundle_prn, "bundle_prn")
        _must_end_later(fields["starts_at"], fields["ends_at"])
        rows.add(tx, BUNDLE_OVERRIDES, now, id=row_id, bundle_id=bundle.id, **fields)
        audit.note(tx, actor.name, "bundle_override.created", _name(actor, row_id), now)
        return rows.get(tx, BUNDLE_OVERRIDES, row_id)


def update(system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]) -> BundleOverride:
    """`changes` are any of bundle_prn and the fields; all of them are free at any time."""
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(changes)
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BUNDLE_OVERRIDES, row_id, Lock.ALONE)
        if "bundle_prn" in values:
            values["bundle_id"] = referred(tx, BUNDLES, values.pop("bundle_prn"), "bundle_prn").id
        _must_end_later(
            values.get("starts_at", seen.starts_at), values.get("ends_at", seen.ends_at)
        )
        if not values:
            return seen
        rows.change(tx, BUNDLE_OVERRIDES, row_id, now, **values)
        facts = {"fields": sorted(changes)}
        audit.note(tx, actor.name, "bundle_override.changed", _name(actor, row_id), now, **facts)
        return rows.get(tx, BUNDLE_OVERRIDES, row_id)


def _must_end_later(starts_at: datetime, ends_at: datetime | None) -> None:
    if ends_at is not None and ends_at <= starts_at:
        raise RequestInvalid({"ends_at": ["must be after starts_at; null means never"]})


def delete(system: System, actor: Actor, row_id: str) -> None:
    """Its devices fall back to their releases."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, BUNDLE_OVERRIDES, row_id, Lock.ALONE)
        bundles.forget_devices(tx, row_id)
        rows.remove(tx, BUNDLE_OVERRIDES, row_id)
        audit.note(tx, actor.name, "bundle_override.deleted", _name(actor, row_id), now)


# --- its devices ---------------------------------------------------------------------------------


def add_device(system: System, actor: Actor, row_id: str, device_prn: str) -> OverrideDevice:
    actor.needs(Right.WRITE)
    now, listed_id = system.now(), str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, BUNDLE_OVERRIDES, row_id, Lock.SHARED)
        device = referred(tx, DEVICES, device_prn, "device_prn")
        rows.add(tx, OVERRIDE_DEVICES, now, id=listed_id, override_id=row_id, device_id=device.id)
        _note_device(tx, actor, "added", row_id, device.id, now)
        return rows.get(tx, OVERRIDE_DEVICES, listed_id)


def list_devices(
    system: System, actor: Actor, row_id: str, listing: Listing
) -> Page[OverrideDevice]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BUNDLE_OVERRIDES, row_id)
        own = Clause("bundle_override_prn", ":", _name(actor, row_id))
        return pages.page(tx, OVERRIDE_DEVICES, replace(listing, clauses=[own]))


def remove_device(system: System, actor: Actor, row_id: str, device_id: str) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, BUNDLE_OVERRIDES, row_id, Lock.SHARED)
        if not bundles.forget_device(tx, row_id, device_id):
            raise NotFound("no such device in the bundle override")
        _note_device(tx, actor, "removed", row_id, device_id, now)


def _note_device(
    tx: Transaction, actor: Actor, happened: str, row_id: str, device_id: str, now: datetime
) -> None:
    action = f"bundle_override.device_{happened}"
    device = str(Name(actor.organization_id, Kind.DEVICE, device_id))
    audit.note(tx, actor.name, action, _name(actor, row_id), now, device=device)


def _name(actor: Actor, row_id: str) -> Name:
    return Name(actor.organization_id, Kind.BUNDLE_OVERRIDE, row_id)
