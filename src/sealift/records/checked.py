"""What a check of everything reads: claims of records on content, in the order of their keys.

Read a page at a time, each in a transaction of its own, so that a million of them neither fill
the memory nor hold up a database. So it is no snapshot either, and whoever finds something
looks again. Metadata stays where it is.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func

from sealift.domain.binary import State
from sealift.domain.names import Kind, Name
from sealift.records import rows, unfinished
from sealift.records.binaries import content_key
from sealift.records.rows import Noun
from sealift.records.tables import audit, binaries, erasures, organizations
from sealift.records.transaction import Records, Transaction
from sealift.records.unfinished import Erasure

_PAGE: Final = 500
_MOVES: Final = ("finish", "hash", "accept", "reject", "signed", "reset", "destroy")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a record says of its content, and no more."""

    id: str
    organization_id: str
    hash: str
    size: int
    state: State
    attempt: int
    store: str | None
    upload: str | None
    closing_until: datetime | None
    inserted_at: datetime

    @property
    def content_key(self) -> str:
        return content_key(self.id, self.inserted_at, self.attempt)

    @property
    def name(self) -> Name:
        return Name(self.organization_id, Kind.BINARY, self.id)


CLAIMS: Final = Noun(binaries, Claim, Kind.BINARY)


def pages(records: Records, store: str | None = None) -> Iterator[Sequence[tuple[Claim, str]]]:
    """All claims, or those on one store, each with the state that the audit tells of."""
    last: str | None = None
    while True:
        with records.read(None) as tx:
            statement = rows.query(tx, CLAIMS).order_by(binaries.c.id).limit(_PAGE)
            if store is not None:
                statement = statement.where(binaries.c.store == store)
            if last is not None:
                statement = statement.where(binaries.c.id > last)
            found = rows.all_of(tx, CLAIMS, statement)
            told = _told(tx, found) if store is None else {}
        if not found:
            return
        yield [(claim, told.get(str(claim.name), State.UPLOADABLE)) for claim in found]
        last = found[-1].id


def _told(tx: Transaction, claims: Sequence[Claim]) -> dict[str, str]:
    """To which state each was moved last, as the audit has it; one that never was is left out."""
    wanted = audit.c.resource.in_([str(claim.name) for claim in claims])
    moves = audit.c.action.in_([f"binary.{move}" for move in _MOVES])
    last = tx.select(audit, func.max(audit.c.id)).where(wanted, moves).group_by(audit.c.resource)
    lines = list(tx.connection.execute(last).scalars())
    told = tx.select(audit, audit.c.resource, audit.c.facts).where(audit.c.id.in_(lines))
    return {row.resource: str(row.facts.get("to")) for row in tx.connection.execute(told)}


def claim_of(tx: Transaction, binary_id: str) -> Claim | None:
    return rows.find(tx, CLAIMS, binary_id)


def noted_keys(tx: Transaction, binary_id: str) -> set[str]:
    """Keys of which it is noted that they must be erased."""
    statement = tx.select(erasures, erasures.c.key).where(erasures.c.binary_id == binary_id)
    return set(tx.connection.execute(statement).scalars())


def made_here(tx: Transaction, binary_id: str, at: datetime) -> Name | None:
    """The record that was made under this id at that moment, whatever became of it.

    None: this database never had it. The audit forgets nothing, so content that it does not
    know belongs to somebody else.
    """
    tenants = tx.connection.execute(tx.select(organizations, organizations.c.id)).scalars()
    names = [Name(tenant, Kind.BINARY, binary_id) for tenant in tenants]
    statement = tx.select(audit, audit.c.resource).where(
        audit.c.resource.in_([str(name) for name in names]),
        audit.c.action == "binary.created",
        audit.c.at == at,
    )
    found = tx.connection.execute(statement).scalars().first()
    return next((name for name in names if str(name) == found), None)


def overdue(tx: Transaction, before: datetime) -> list[Erasure]:
    return unfinished.to_erase(tx, noted_before=before)


def not_moved_since(tx: Transaction, before: datetime, now: datetime) -> Sequence[Claim]:
    """Binaries in `hashing` that nobody has been verifying for long."""
    statement = rows.query(tx, CLAIMS).where(
        unfinished.is_unverified(now), binaries.c.updated_at < before
    )
    return rows.all_of(tx, CLAIMS, statement)


def verified_bytes(tx: Transaction, states: Collection[State]) -> int:
    total = tx.select(binaries, func.sum(binaries.c.size)).where(binaries.c.state.in_(states))
    return int(tx.connection.execute(total).scalar() or 0)
