"""Totals of verifications and of device checks: of all tenants, since the first start.

A verdict is counted in the transaction that stores it, so no worker that dies, restarts or runs
elsewhere can make the totals wrong. Checks are many and most of them write nothing, so each
server adds up its own and hands them over now and then. Rows are there from the migration on;
nothing inserts later, and two who count at once need nothing but the lock of a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select, update

from sealift.domain.checks import Status
from sealift.domain.digest import Fault
from sealift.records.tables import device_checks, verifications
from sealift.records.transaction import Transaction

ACCEPTED: Final = "accepted"
OUTCOMES: Final = (ACCEPTED, *Fault)


@dataclass(frozen=True, slots=True)
class Tally:
    outcome: str
    count: int
    bytes: int
    milliseconds: int


def begin(tx: Transaction) -> None:
    """A row for each outcome and each answer that this program knows, if it is not there."""
    known = {tally.outcome for tally in all_of(tx)}
    for outcome in OUTCOMES:
        if outcome not in known:
            values = {"outcome": outcome, "count": 0, "bytes": 0, "milliseconds": 0}
            tx.connection.execute(insert(verifications).values(**values))
    for status in Status:
        if status not in checks(tx):
            tx.connection.execute(insert(device_checks).values(status=status, count=0))


def count(tx: Transaction, fault: Fault | None, size: int, milliseconds: int) -> None:
    of = verifications.c
    statement = update(verifications).where(of.outcome == str(fault or ACCEPTED))
    more = {"bytes": of.bytes + size, "milliseconds": of.milliseconds + milliseconds}
    tx.connection.execute(statement.values(count=of["count"] + 1, **more))


def all_of(tx: Transaction) -> list[Tally]:
    of = verifications.c
    statement = select(of.outcome, of["count"], of.bytes, of.milliseconds).order_by(of.outcome)
    return [Tally(*row) for row in tx.connection.execute(statement)]


def add_checks(tx: Transaction, answered: Mapping[Status, int]) -> None:
    for status, number in sorted(answered.items()):
        of = device_checks.c
        statement = update(device_checks).where(of.status == str(status))
        tx.connection.execute(statement.values(count=of["count"] + number))


def checks(tx: Transaction) -> dict[str, int]:
    """How many checks were answered what."""
    statement = select(device_checks.c.status, device_checks.c["count"].label("number"))
    return {row.status: row.number for row in tx.connection.execute(statement)}
