"""How much there is of what, over all tenants: what a scrape shows of the records.

Only totals, and each from an index or from a handful of rows: at a million binaries the
count by state reads one index, and the rest reads what waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func

from sealift.domain.binary import State
from sealift.records import tallies, unfinished
from sealift.records.tables import binaries, erasures
from sealift.records.tallies import Tally
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that nobody is at, and since when the oldest of it waits."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    binaries: Mapping[State, int]
    to_verify: Waiting
    to_erase: Waiting
    verifications: Sequence[Tally]
    checks: Mapping[str, int]


def of(tx: Transaction, now: datetime) -> Figures:
    state, number = binaries.c.state, func.count().label("number")
    rows = tx.connection.execute(tx.select(binaries, state, number).group_by(state))
    return Figures(
        binaries=dict.fromkeys(State, 0) | {row.state: row.number for row in rows},
        to_verify=unverified(tx, now),
        to_erase=_unerased(tx),
        verifications=tallies.all_of(tx),
        checks=tallies.checks(tx),
    )


def unverified(tx: Transaction, now: datetime) -> Waiting:
    """Binaries in `hashing` that nobody is verifying."""
    columns = func.count(), func.min(binaries.c.updated_at)
    statement = tx.select(binaries, *columns).where(unfinished.is_unverified(now))
    return Waiting(*tx.connection.execute(statement).one())


def _unerased(tx: Transaction) -> Waiting:
    columns = func.count(), func.min(erasures.c.inserted_at)
    return Waiting(*tx.connection.execute(tx.select(erasures, *columns)).one())
