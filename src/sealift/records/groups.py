"""Devices that are alike to a decision, counted together: a fleet has few kinds of them.

Archived devices and those in quarantine are left out, since nobody gives them anything.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, null, or_

from sealift.domain import likeness
from sealift.domain.checks import Channel, Device, Override, Report
from sealift.domain.likeness import Likeness
from sealift.domain.statement import Statement
from sealift.records import bundles, checks, claims, planning, tables
from sealift.records.rows import portions
from sealift.records.transaction import Transaction

_devices: Final = tables.devices
_listed: Final = tables.override_devices
_overrides: Final = tables.bundle_overrides
_OVERRIDE: Final = [_overrides.c[each.name] for each in fields(Override)]
_SAID: Final = (
    _devices.c.reported_release_prn,
    _devices.c.reported_bundle_prn,
    _devices.c.reported_release_version,
)
_IN_USE: Final = (_devices.c.archived_at.is_(None), _devices.c.quarantined.is_(False))
# Of all devices; the index that has them in the order of what they said would read the others, too.
_OF_COHORT: Final = 0.01


@dataclass(frozen=True, slots=True)
class Group:
    """`overrides` are those that are active."""

    alike: Likeness
    overrides: tuple[Override, ...]
    devices: int


def channel(tx: Transaction, cohort_id: str) -> Channel:
    releases = checks.releases_in(tx, cohort_id)
    counted = [each.id for each in releases if each.counts]
    return Channel(releases, checks.devices_in(tx, cohort_id), claims.counts(tx, counted))


def on_releases(tx: Transaction, release_prns: Sequence[str]) -> dict[str, int]:
    """How many devices said last that they run each of the releases."""
    prn, found = _devices.c.reported_release_prn, dict.fromkeys(release_prns, 0)
    for some in portions(release_prns):
        statement = tx.select(_devices, prn, func.count().label("devices")).where(
            prn.in_(some), _devices.c.archived_at.is_(None)
        )
        for row in tx.connection.execute(statement.group_by(prn)):
            found[row.reported_release_prn] = row.devices
    return found


# --- devices that are given what their releases say ----------------------------------------------


def of_cohort(tx: Transaction, cohort_id: str, channel: Channel, now: datetime) -> list[Group]:
    """Those in the cohort that no override has now, told apart by what the channel looks at."""
    counted = [each.id for each in channel.releases if each.counts]
    limited = [each.id for each in channel.releases if each.retry_limit is not None]
    failures = _failures(tx, limited) if limited else {}
    device_id = _devices.c.id
    wants_tags = any(each.phase_tags for each in channel.releases)
    own_id = case((device_id.in_(_failing(tx, limited)), device_id), else_=null())
    alike: dict[str, ColumnElement[Any]] = {
        "carried": _devices.c.tags if wants_tags else null(),
        "claimed": device_id.in_(_claimants(tx, counted)) if counted else false(),
        "failing": own_id if failures else null(),
    }
    labelled = [column.label(name) for name, column in alike.items()]
    statement = (
        tx.select(_devices, *_SAID, *labelled, func.count().label("devices"))
        .where(planning.holding_for(tx, _OF_COHORT, _devices.c.cohort_id == cohort_id), *_IN_USE)
        .where(device_id.not_in(_overridden(tx, now)))
        .group_by(*_SAID, *alike)
    )
    found, alike_to = Counter[Likeness](), likeness.in_channel(channel)
    for row in tx.connection.execute(statement):
        device = Device(
            "",
            cohort_id,
            tags=frozenset(row.carried or ()),
            claims=frozenset(counted if row.claimed else ()),
            failures=failures.get(row.failing, {}),
        )
        found[alike_to(device, _report(tx, row))] += row.devices
    return [Group(each, (), devices) for each, devices in found.items()]


def _claimants(tx: Transaction, release_ids: Collection[str]) -> Select[Any]:
    of = tables.release_claims.c
    return tx.select(tables.release_claims, of.device_id).where(of.release_id.in_(release_ids))


def _failing(tx: Transaction, release_ids: Collection[str]) -> Select[Any]:
    of = tables.release_outcomes.c
    statement = tx.select(tables.release_outcomes, of.device_id)
    return statement.where(of.release_id.in_(release_ids), of.failures > 0)


def _failures(tx: Transaction, release_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Of each device, how often it failed on which release."""
    of, found = tables.release_outcomes.c, dict[str, dict[str, int]]()
    statement = _failing(tx, release_ids).add_columns(of.release_id, of.failures)
    for row in tx.connection.execute(statement):
        found.setdefault(row.device_id, {})[row.release_id] = row.failures
    return found


# --- devices that an override has ----------------------------------------------------------------


def overridden_with(tx: Transaction, binary_id: str, now: datetime) -> list[Group]:
    """Those that are given the binary by an active override, with all their active ones."""
    concerned = _overridden(tx, now).where(
        _overrides.c.bundle_id.in_(bundles.with_binary(tx, binary_id))
    )
    statement = (
        tx.select(_listed, _listed.c.device_id, *_SAID, *_OVERRIDE)
        .join(_overrides, _overrides.c.id == _listed.c.override_id)
        .join(_devices, _devices.c.id == _listed.c.device_id)
        .where(_listed.c.device_id.in_(concerned), _is_active(now), *_IN_USE)
    )
    by_device: dict[str, tuple[Report, list[Override]]] = {}
    for row in tx.connection.execute(statement):
        _, overrides = by_device.setdefault(row.device_id, (_report(tx, row), []))
        overrides.append(Override(*row[-len(_OVERRIDE) :]))
    found = Counter[tuple[Likeness, tuple[Override, ...]]]()
    for report, overrides in by_device.values():
        alike = likeness.to_overrides(report, {each.bundle_id for each in overrides})
        found[alike, tuple(sorted(overrides, key=lambda each: each.id))] += 1
    return [Group(alike, overrides, devices) for (alike, overrides), devices in found.items()]


def _overridden(tx: Transaction, now: datetime) -> Select[Any]:
    """The devices that an active override lists."""
    statement = tx.select(_listed, _listed.c.device_id)
    return statement.join(_overrides, _overrides.c.id == _listed.c.override_id).where(
        _is_active(now)
    )


def _is_active(now: datetime) -> ColumnElement[bool]:
    ends_at = _overrides.c.ends_at
    return and_(_overrides.c.starts_at <= now, or_(ends_at.is_(None), ends_at > now))


def _report(tx: Transaction, row: Row[Any]) -> Report:
    said = Statement(
        row.reported_release_prn, row.reported_bundle_prn, row.reported_release_version
    )
    return said.report(tx.organization_id or "")
