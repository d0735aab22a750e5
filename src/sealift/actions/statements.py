"""What a device says it runs, remembered. Whoever says the same again writes nothing."""

from datetime import datetime

from sealift.actions import told
from sealift.actions.system import System
from sealift.domain.names import Kind, Name
from sealift.domain.statement import Statement
from sealift.records import events, reported, rows, tables
from sealift.records.fleet import COHORTS, DEVICES, Device
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction


def remembered(device: Device) -> Statement:
    return Statement(
        device.reported_release_prn,
        device.reported_bundle_prn,
        device.reported_release_version,
    )


def is_news(device: Device, statement: Statement) -> bool:
    kept = statement.kept(device.organization_id)
    return statement.says_anything and kept != remembered(device)


def hear(
    system: System, actor: str, organization_id: str, device_id: str, statement: Statement
) -> Device:
    """Remember what a device says beside something else; the device as it is then."""
    with system.records.read(organization_id) as tx:
        device = rows.get(tx, DEVICES, device_id)
        if not is_news(device, statement):
            return device
    with system.records.write(organization_id) as tx:
        device = rows.get(tx, DEVICES, device_id, Lock.ALONE)
        remember(tx, actor, device, statement, system.now())
        return rows.get(tx, DEVICES, device_id)


def remember(
    tx: Transaction, actor: str, device: Device, statement: Statement, now: datetime
) -> None:
    """With the device locked. The record counts as unchanged: nobody has changed it."""
    if not is_news(device, statement):
        return
    before, after = remembered(device), statement.kept(device.organization_id)
    reported.keep(tx, device.id, after)
    cohort = None if device.cohort_id is None else rows.find(tx, COHORTS, device.cohort_id)
    release_is_known = _exists(tx, Kind.RELEASE, after.release_prn)
    bundle_is_known = _exists(tx, Kind.BUNDLE, after.bundle_prn)
    release = {"prn": after.release_prn, "version": after.release_version}
    data = {
        "device": told.device(device, cohort),
        "from_release": told.release(before.release_prn, before.release_version),
        "to_release": {**release, "known": release_is_known},
        "from_bundle": before.bundle_prn and {"prn": before.bundle_prn},
        "to_bundle": after.bundle_prn and {"prn": after.bundle_prn, "known": bundle_is_known},
    }
    name = Name(device.organization_id, Kind.DEVICE, device.id)
    events.note(tx, actor, "release_changed", name, now, data)


def _exists(tx: Transaction, kind: Kind, prn: str | None) -> bool:
    table = tables.releases if kind is Kind.RELEASE else tables.bundles
    return prn is not None and rows.exists(tx, table, table.c.id == prn.rpartition(":")[2])
