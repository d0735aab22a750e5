"""Products, cohorts and devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_

from sealift.domain.names import Kind, Name
from sealift.records import rows, tables
from sealift.records.rows import Condition, Noun
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    organization_id: str
    name: str
    archived: bool
    poll_interval: int | None
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Cohort:
    id: str
    organization_id: str
    product_id: str
    name: str
    description: str | None
    poll_interval: int | None
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    organization_id: str
    product_id: str
    cohort_id: str | None
    identifier: str
    description: str | None
    tags: Sequence[str] | None
    target: str | None
    quarantined: bool
    archived_at: datetime | None
    last_connected_at: datetime | None
    reported_bundle_prn: str | None
    reported_release_prn: str | None
    reported_release_version: str | None
    inserted_at: datetime
    updated_at: datetime


_devices: Final = tables.devices


def _is_archived(_tx: Transaction, value: object) -> ColumnElement[bool]:
    archived_at = _devices.c.archived_at
    return archived_at.is_not(None) if value else archived_at.is_(None)


def _reported(column: str, kind: Kind) -> Condition:
    """What a device reported is kept as its whole name, which may name nothing."""

    def names(tx: Transaction, row_id: object) -> ColumnElement[bool]:
        return _devices.c[column] == str(Name(tx.organization_id or "", kind, str(row_id)))

    return names


PRODUCTS: Final = Noun(tables.products, Product, Kind.PRODUCT)
COHORTS: Final = Noun(
    tables.cohorts,
    Cohort,
    Kind.COHORT,
    keys={"product_prn": "product_id"},
    folded={"name": "name_folded"},
)
DEVICES: Final = Noun(
    tables.devices,
    Device,
    Kind.DEVICE,
    keys={"cohort_prn": "cohort_id", "product_prn": "product_id"},
    conditions={
        "archived": _is_archived,
        "reported_bundle_prn": _reported("reported_bundle_prn", Kind.BUNDLE),
        "reported_release_prn": _reported("reported_release_prn", Kind.RELEASE),
    },
    unless_asked={"archived": _devices.c.archived_at.is_(None)},
)


def has_devices_in_use(tx: Transaction, product_id: str) -> bool:
    in_use = and_(_devices.c.product_id == product_id, _devices.c.archived_at.is_(None))
    return rows.exists(tx, _devices, in_use)


def remove_belongings(tx: Transaction, device_id: str) -> None:
    """What cannot be without its device: its certificates, and its places in overrides."""
    for table in (tables.device_certificates, tables.override_devices):
        tx.connection.execute(tx.delete(table).where(table.c.device_id == device_id))


def product_named(tx: Transaction, name: str) -> Product | None:
    found = tx.connection.execute(
        rows.query(tx, PRODUCTS).where(tables.products.c.name == name)
    ).one_or_none()
    return None if found is None else PRODUCTS.made_of(found)


def device_identified(tx: Transaction, identifier: str) -> Device | None:
    """Locked, as one that is about to change."""
    query = rows.query(tx, DEVICES).where(_devices.c.identifier == identifier)
    return next(iter(rows.all_of(tx, DEVICES, query.with_for_update(of=_devices))), None)
