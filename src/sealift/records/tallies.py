"""Totals of verifications, by outcome: of all tenants and all workers, since the first start.

A verdict is counted in the transaction that stores it, so no worker that dies, restarts or runs
elsewhere can make the totals wrong. Rows are there from the migration on; nothing inserts
later, and two verdicts at once need nothing but the lock of a row.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select, update

from sealift.domain.digest import Fault
from sealift.records.tables import verifications
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
    """A row for each outcome that this program knows, if it is not there."""
    known = {tally.outcome for tally in all_of(tx)}
    for outcome in OUTCOMES:
        if outcome not in known:
            values = {"outcome": outcome, "count": 0, "bytes": 0, "milliseconds": 0}
            tx.connection.execute(insert(verifications).values(**values))


def count(tx: Transaction, fault: Fault | None, size: int, milliseconds: int) -> None:
    of = verifications.c
    statement = update(verifications).where(of.outcome == str(fault or ACCEPTED))
    more = {"bytes": of.bytes + size, "milliseconds": of.milliseconds + milliseconds}
    tx.connection.execute(statement.values(count=of["count"] + 1, **more))


def all_of(tx: Transaction) -> list[Tally]:
    of = verifications.c
    statement = select(of.outcome, of["count"], of.bytes, of.milliseconds).order_by(of.outcome)
    return [Tally(*row) for row in tx.connection.execute(statement)]
