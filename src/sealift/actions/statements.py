"""What a device says it runs, remembered. Whoever says the same again writes nothing."""

from datetime import datetime

from sealift.actions import told
from sealift.domain.names import Kind, Name
from sealift.domain.statement import Statement
from sealift.records import events, reported, rows, tables
from sealift.records.fleet import COHORTS, Device
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
