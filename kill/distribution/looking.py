"""Looking at what is distributed, in one snapshot of the records, after a kill and a start."""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, or_, select

from kill.distribution.observed import Distribution, Happened, SeenRelease, SeenReport
from kill.stage import Stage
from sealift.records import tables
from sealift.records.transaction import Records, Transaction

_KINDS: Final = ("release", "bundle")


def look(stage: Stage) -> Distribution:
    records = Records(stage.database)
    with closing(records), records.read(None) as tx:
        return _read(tx)


def _read(tx: Transaction) -> Distribution:
    releases, members = tables.releases, tables.bundle_binaries
    claims, reports = tables.release_claims, tables.device_reports
    of = members.c
    counted = select(of.bundle_id, func.count().label("members")).group_by(of.bundle_id)
    sizes = {row.bundle_id: row.members for row in tx.connection.execute(counted)}
    in_order = select(reports).order_by(reports.c.inserted_at, reports.c.id)
    return Distribution(
        releases={row.id: _release(row) for row in tx.connection.execute(select(releases))},
        bundles={
            row.id: sizes.get(row.id, 0) for row in tx.connection.execute(select(tables.bundles))
        },
        claims=[(row.release_id, row.device_id) for row in tx.connection.execute(select(claims))],
        told_claims=_told_claims(tx),
        reports=[
            SeenReport(row.id, row.device_id, row.release_id, str(row.outcome))
            for row in tx.connection.execute(in_order)
        ],
        standings={
            (row.release_id, row.device_id): (str(row.outcome), row.failures)
            for row in tx.connection.execute(select(tables.release_outcomes))
        },
        reported={
            row.id: _id(row.reported_release_prn)
            for row in tx.connection.execute(select(tables.devices))
        },
        told_reported=_told_reported(tx),
        lines=_lines(tx),
        events=_events(tx),
    )


def _release(row: Any) -> SeenRelease:  # noqa: ANN401 - a row is whatever was selected
    return SeenRelease(
        id=row.id,
        name=row.name,
        cohort=row.cohort_id,
        bundle=row.bundle_id,
        next=row.next_release_id,
        phase=Decimal(row.phase_value),
        disabled=row.disabled,
        is_archived=row.deleted_at is not None,
    )


def _id(prn: str | None) -> str | None:
    return None if prn is None else prn.rpartition(":")[2]


def _told_claims(tx: Transaction) -> list[tuple[str, str]]:
    of = tables.events.c
    told = select(of.resource_prn, of.data).where(of.subtype == "claimed_release")
    return [
        (json.loads(row.data)["release"]["prn"].rpartition(":")[2], str(_id(row.resource_prn)))
        for row in tx.connection.execute(told)
    ]


def _told_reported(tx: Transaction) -> dict[str, str | None]:
    """The last of each device."""
    of = tables.events.c
    told = select(of.resource_prn, of.data).where(of.subtype == "release_changed")
    return {
        str(_id(row.resource_prn)): _id(json.loads(row.data)["to_release"]["prn"])
        for row in tx.connection.execute(told.order_by(of.inserted_at))
    }


def _lines(tx: Transaction) -> Happened:
    of = tables.audit.c
    ours = or_(*(of.action.like(f"{kind}.%") for kind in _KINDS))
    found = tx.connection.execute(select(of.action, of.resource).where(ours))
    return _counted((row.action, row.resource) for row in found)


def _events(tx: Transaction) -> Happened:
    of = tables.events.c
    found = tx.connection.execute(
        select(of.type, of.subtype, of.resource_prn).where(of.type.in_(_KINDS))
    )
    return _counted((f"{row.type}.{row.subtype}", row.resource_prn) for row in found)


def _counted(happened: Iterable[tuple[str, str]]) -> Happened:
    return Counter((what, str(_id(prn))) for what, prn in happened)
