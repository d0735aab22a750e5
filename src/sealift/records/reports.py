"""What devices said became of an update: each report, and where each device stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func

from sealift.domain.feedback import FAILURES
from sealift.domain.names import Kind
from sealift.domain.release import Outcome
from sealift.records import rows, tables
from sealift.records.rows import Noun
from sealift.records.transaction import Transaction

# Of one device about one release, the newest; and as many about none.
MOST_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class DeviceReport:
    id: str
    organization_id: str
    device_id: str
    release_id: str | None
    bundle_id: str
    binary_id: str | None
    outcome: Outcome
    message: str | None
    inserted_at: datetime
    updated_at: datetime


REPORTS: Final = Noun(
    tables.device_reports,
    DeviceReport,
    Kind.RELEASE,
    keys={"release_prn": "release_id"},
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a device stands with a release. Failures are forgotten when somebody says so."""

    outcome: Outcome
    failures: int


def add(tx: Transaction, now: datetime, report: DeviceReport) -> None:
    """With its device locked; the oldest of too many go."""
    rows.add(
        tx,
        REPORTS,
        now,
        id=report.id,
        device_id=report.device_id,
        release_id=report.release_id,
        bundle_id=report.bundle_id,
        binary_id=report.binary_id,
        outcome=report.outcome,
        message=report.message,
    )
    table = tables.device_reports
    of = table.c
    alike = of.device_id == report.device_id, of.release_id.is_not_distinct_from(report.release_id)
    newest_first = (
        tx.select(table, of.id).where(*alike).order_by(of.inserted_at.desc(), of.id.desc())
    )
    too_many = list(tx.connection.scalars(newest_first.offset(MOST_KEPT)))
    if too_many:
        tx.connection.execute(tx.delete(table).where(of.id.in_(too_many)))


def standing(tx: Transaction, release_id: str, device_id: str) -> Standing | None:
    of = tables.release_outcomes.c
    statement = tx.select(tables.release_outcomes, of.outcome, of.failures)
    row = tx.connection.execute(statement.where(*_of(release_id, device_id))).one_or_none()
    return None if row is None else Standing(*row)


def stand(
    tx: Transaction,
    release_id: str,
    device_id: str,
    outcome: Outcome,
    now: datetime,
    *,
    changes_answers: bool,
) -> None:
    """With the device locked."""
    before = standing(tx, release_id, device_id)
    failures = (before.failures if before else 0) + (outcome in FAILURES)
    table = tables.release_outcomes
    values = {"outcome": outcome, "failures": failures, "updated_at": now}
    if before is None:
        new = {"release_id": release_id, "device_id": device_id, "inserted_at": now, **values}
        (tx.insert if changes_answers else tx.insert_quietly)(table, **new)
    else:
        statement = tx.update(table, changes_answers=changes_answers)
        tx.connection.execute(statement.where(*_of(release_id, device_id)).values(**values))


def forget_failures(tx: Transaction, release_id: str, device_id: str, now: datetime) -> None:
    statement = tx.update(tables.release_outcomes).where(*_of(release_id, device_id))
    tx.connection.execute(statement.values(failures=0, updated_at=now))


def outcomes(tx: Transaction, release_id: str) -> Mapping[Outcome, int]:
    """How many devices stand where with the release."""
    of = tables.release_outcomes.c
    statement = tx.select(tables.release_outcomes, of.outcome, func.count().label("devices"))
    grouped = statement.where(of.release_id == release_id).group_by(of.outcome)
    return {row.outcome: row.devices for row in tx.connection.execute(grouped)}


def given_up(tx: Transaction, release_id: str, retry_limit: int | None) -> int:
    """How many devices failed on the release so often that they are not offered it again."""
    if retry_limit is None:
        return 0
    of = tables.release_outcomes.c
    statement = tx.select(tables.release_outcomes, func.count()).where(
        of.release_id == release_id, of.failures >= retry_limit
    )
    return tx.connection.scalar(statement) or 0


def _of(release_id: str, device_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    of = tables.release_outcomes.c
    return of.release_id == release_id, of.device_id == device_id
