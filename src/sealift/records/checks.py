"""What the check of one device is decided from, read in a few statements of one transaction.

Claims are counted only where a release counts its devices, devices only where it is for a share of
them, and failures are looked up only where a release gives up on a device: most channels need none
of that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import func

from sealift.domain.checks import Channel, Decision, Device, Override, Step
from sealift.domain.release import PhaseType, Release
from sealift.records import bundles, claims, fleet, tables
from sealift.records.transaction import Transaction

_RELEASE: Final = [tables.releases.c[each.name] for each in fields(Release)]
_OVERRIDE: Final = [tables.bundle_overrides.c[each.name] for each in fields(Override)]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What `resolve` wants, but for what the device reports and the time."""

    device: Device
    overrides: Sequence[Override]
    channel: Channel | None
    unservable: Collection[str]

    def leave_open(self, decision: Decision) -> bool:
        """Whether others' claims have decided, too: then it was true at that moment only."""
        if self.channel is None:
            return False
        by_id = self.channel.by_id
        return any(
            each.step is Step.PHASE
            and each.subject_id is not None
            and by_id[each.subject_id].counts
            for each in decision.story
        )


def inputs(tx: Transaction, row: fleet.Device) -> Inputs:
    overrides = _overrides(tx, row.id)
    releases = releases_in(tx, row.cohort_id) if row.cohort_id is not None else []
    counted = [each.id for each in releases if each.counts]
    channel = None
    if row.cohort_id is not None:
        is_share = any(each.phase_type is PhaseType.PERCENT for each in releases if each.counts)
        devices = devices_in(tx, row.cohort_id) if is_share else 0
        channel = Channel(releases, devices, claims.counts(tx, counted) if counted else {})
    device = Device(
        id=row.id,
        cohort_id=row.cohort_id,
        quarantined=row.quarantined,
        tags=frozenset(row.tags or ()),
        claims=claims.of_device(tx, row.id, counted) if counted else frozenset(),
        failures=_failures(tx, row.id, releases),
    )
    served = {each.bundle_id for each in (*overrides, *releases)}
    unservable = bundles.unservable(tx, served) if served else set[str]()
    return Inputs(device, overrides, channel, unservable)


def devices_in(tx: Transaction, cohort_id: str) -> int:
    """How many devices are in the cohort, archived ones left out."""
    table = tables.devices
    statement = tx.select(table, func.count()).where(
        table.c.cohort_id == cohort_id, table.c.archived_at.is_(None)
    )
    return tx.connection.scalar(statement) or 0


def _overrides(tx: Transaction, device_id: str) -> list[Override]:
    listed, table = tables.override_devices, tables.bundle_overrides
    statement = (
        tx.select(table, *_OVERRIDE)
        .join(listed, listed.c.override_id == table.c.id)
        .where(listed.c.device_id == device_id)
    )
    return [Override(*row) for row in tx.connection.execute(statement)]


def releases_in(tx: Transaction, cohort_id: str) -> list[Release]:
    table = tables.releases
    statement = tx.select(table, *_RELEASE).where(
        table.c.cohort_id == cohort_id, table.c.deleted_at.is_(None)
    )
    return [Release(*row) for row in tx.connection.execute(statement)]


def _failures(tx: Transaction, device_id: str, releases: Sequence[Release]) -> Mapping[str, int]:
    limited = [each.id for each in releases if each.retry_limit is not None]
    if not limited:
        return {}
    table = tables.release_outcomes
    statement = tx.select(table, table.c.release_id, table.c.failures).where(
        table.c.device_id == device_id, table.c.release_id.in_(limited)
    )
    return {row.release_id: row.failures for row in tx.connection.execute(statement)}


def devices_running(tx: Transaction, release_prn: str) -> int:
    """How many devices reported the release last, archived ones left out."""
    table = tables.devices
    statement = tx.select(table, func.count()).where(
        table.c.reported_release_prn == release_prn, table.c.archived_at.is_(None)
    )
    return tx.connection.scalar(statement) or 0


def poll_interval(tx: Transaction, row: fleet.Device) -> int | None:
    """Seconds between two checks: as its cohort says, or else its product; None: neither does."""
    products, cohorts = tables.products, tables.cohorts
    statement = (
        tx.select(products, func.coalesce(cohorts.c.poll_interval, products.c.poll_interval))
        .outerjoin(cohorts, cohorts.c.id == row.cohort_id)
        .where(products.c.id == row.product_id)
    )
    return tx.connection.scalar(statement)
