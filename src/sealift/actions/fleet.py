"""Products, cohorts and devices: create, change, archive, delete.

A device belongs to one product for good, and its cohort is always one of that product. A
product is archived only without devices in use, and takes none then. What an administrator
changes about a device is an event.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sealift.actions import told
from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain.errors import InUse, ProductArchived, ProductOther
from sealift.domain.names import Kind, Name, parse
from sealift.domain.rights import Actor, Right
from sealift.records import audit, events, fleet, rows
from sealift.records.bundles import BUNDLES
from sealift.records.fleet import COHORTS, DEVICES, PRODUCTS, Cohort, Device, Product
from sealift.records.rows import Lock, Noun
from sealift.records.transaction import Transaction

T = TypeVar("T", bound=Product | Cohort | Device)

# --- products and cohorts ------------------------------------------------------------------------


def create_product(system: System, actor: Actor, fields: Mapping[str, Any]) -> Product:
    """`fields` are name, archived and poll_interval."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        return _add(tx, actor, PRODUCTS, fields, now)


def update_product(
    system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]
) -> Product:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, PRODUCTS, row_id, Lock.ALONE)
        if changes.get("archived") and fleet.has_devices_in_use(tx, row_id):
            raise InUse("the product still has devices that are not archived", field="devices")
        return _change(tx, actor, PRODUCTS, seen, changes, now)


def create_cohort(system: System, actor: Actor, fields: Mapping[str, Any]) -> Cohort:
    """`fields` are product_prn, name, description and poll_interval."""
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(fields)
    with system.records.write(actor.organization_id) as tx:
        product = referred(tx, PRODUCTS, values.pop("product_prn"), "product_prn")
        return _add(tx, actor, COHORTS, {**values, "product_id": product.id}, now)


def update_cohort(system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]) -> Cohort:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, COHORTS, row_id, Lock.ALONE)
        return _change(tx, actor, COHORTS, seen, changes, now)


def cohort_id_of(tx: Transaction, product_id: str, cohort_prn: str | None) -> str | None:
    """The id of a cohort that a request names for devices of this product."""
    if cohort_prn is None:
        return None
    cohort = referred(tx, COHORTS, cohort_prn, "cohort_prn")
    if cohort.product_id != product_id:
        raise ProductOther("must be a cohort of the product of the device", field="cohort_prn")
    return cohort.id


# --- devices -------------------------------------------------------------------------------------


def create_device(system: System, actor: Actor, fields: Mapping[str, Any]) -> Device:
    """`fields` are product_prn, cohort_prn, and those of a device that may be given."""
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(fields)
    product_prn, cohort_prn = values.pop("product_prn"), values.pop("cohort_prn")
    with system.records.write(actor.organization_id) as tx:
        product = referred(tx, PRODUCTS, product_prn, "product_prn")
        must_take_devices(product, "product_prn")
        values["product_id"] = product.id
        values["cohort_id"] = cohort_id_of(tx, product.id, cohort_prn)
        return _add(tx, actor, DEVICES, values, now)


def must_take_devices(product: Product, field: str) -> None:
    if product.archived:
        raise ProductArchived(f"the product {product.name} is archived", field=field)


def update_device(system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]) -> Device:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, DEVICES, row_id, Lock.ALONE)
        changed = _change(tx, actor, DEVICES, seen, _columns(tx, seen, changes, now), now)
        if changed != seen:
            facts = {"device": _told(tx, changed)}
            events.note(tx, actor.name, "updated", _name(DEVICES, changed), now, facts)
        return changed


def _columns(
    tx: Transaction, seen: Device, changes: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """What is to be kept of the changes that a request asks for."""
    values = dict(changes)
    if "cohort_prn" in values:
        values["cohort_id"] = cohort_id_of(tx, seen.product_id, values.pop("cohort_prn"))
    if values.get("tags") is not None:
        values["tags"] = tuple(values["tags"])
    if "archived" in values:
        is_archived = values.pop("archived")
        values["archived_at"] = (seen.archived_at or now) if is_archived else None
        if seen.archived_at is not None and not is_archived:
            must_take_devices(rows.get(tx, PRODUCTS, seen.product_id, Lock.SHARED), "archived")
    return values


def delete_device(system: System, actor: Actor, row_id: str) -> None:
    """Claims and events of the device stay, its certificates do not."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, DEVICES, row_id, Lock.ALONE)
        fleet.remove_belongings(tx, row_id)
        rows.remove(tx, DEVICES, row_id)
        facts = {"identifier": seen.identifier}
        audit.note(tx, actor.name, "device.deleted", _name(DEVICES, seen), now, **facts)


def _told(tx: Transaction, device: Device) -> dict[str, Any]:
    cohort = rows.get(tx, COHORTS, device.cohort_id) if device.cohort_id else None
    reported = parse(device.reported_bundle_prn or "")
    is_ours = reported is not None and reported.kind is Kind.BUNDLE
    bundle = rows.find(tx, BUNDLES, reported.id) if reported is not None and is_ours else None
    return {
        **told.device(device, cohort),
        "description": device.description,
        "quarantined": device.quarantined,
        "tags": device.tags,
        "target": device.target,
        "archived": device.archived_at is not None,
        "firmware": None,
        "release": told.release(device.reported_release_prn, device.reported_release_version),
        "bundle": told.bundle(device.reported_bundle_prn, bundle.name if bundle else None),
    }


# --- what all of them share ----------------------------------------------------------------------


def _add(
    tx: Transaction, actor: Actor, noun: Noun[T], values: Mapping[str, Any], now: datetime
) -> T:
    row_id = str(uuid4())
    rows.add(tx, noun, now, id=row_id, **values)
    made = rows.get(tx, noun, row_id)
    audit.note(tx, actor.name, f"{noun.kind}.created", _name(noun, made), now)
    return made


def _change(
    tx: Transaction,
    actor: Actor,
    noun: Noun[T],
    seen: T,
    values: Mapping[str, Any],
    now: datetime,
) -> T:
    """The row with these values; what is already so is no change."""
    name = _name(noun, seen)
    changes = {key: value for key, value in values.items() if getattr(seen, key) != value}
    if not changes:
        return seen
    rows.change(tx, noun, name.id, now, **changes)
    audit.note(tx, actor.name, f"{noun.kind}.changed", name, now, fields=sorted(changes))
    return rows.get(tx, noun, name.id)


def _name(noun: Noun[T], row: T) -> Name:
    return Name(row.organization_id, noun.kind, row.id)
