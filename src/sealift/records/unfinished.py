"""What a stopped process leaves behind: records whose stored state still asks for work."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, literal, select

from sealift.domain.binary import State
from sealift.records.binaries import Binary, is_over
from sealift.records.tables import binaries, binary_parts, erasures
from sealift.records.transaction import Transaction

_OPENING: Final = timedelta(minutes=1)  # longer than any opening step may take


@dataclass(frozen=True, slots=True)
class Erasure:
    """Content to be erased, though its record may be gone already."""

    id: str
    organization_id: str
    binary_id: str
    store: str
    key: str
    upload: str | None
    inserted_at: datetime

    def may_be_final(self, now: datetime) -> bool:
        """Whether what is erased now stays erased.

        An opening step that was under way when its attempt was given up may end after the
        erasure, and its process be killed before it tidies up.
        """
        return self.upload is not None or abs(now - self.inserted_at) >= _OPENING


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Enough of a binary to go and look: this is asked every few seconds, of all tenants."""

    id: str
    organization_id: str
    revision: int
    attempt: int


def to_verify(tx: Transaction, now: datetime) -> list[Unfinished]:
    """Binaries in `hashing` that nobody is verifying."""
    return _unfinished(tx, is_unverified(now))


def is_unverified(now: datetime) -> ColumnElement[bool]:
    return and_(_is(State.HASHING), is_over(binaries.c.lease_until, now))


def _is(state: State) -> ColumnElement[bool]:
    """As a part of the statement's text, which alone tells that an index of this state will do."""
    return binaries.c.state == literal(state, binaries.c.state.type, literal_execute=True)


def _unfinished(tx: Transaction, condition: ColumnElement[bool]) -> list[Unfinished]:
    columns = [binaries.c[each.name] for each in fields(Unfinished)]
    statement = tx.select(binaries, *columns).where(condition).order_by(binaries.c.updated_at)
    return [Unfinished(*row) for row in tx.connection.execute(statement)]


def abandoned(tx: Transaction, since: datetime) -> list[Unfinished]:
    """Unfinished uploads of which neither record nor part has changed `since` then."""
    fresh_part = exists(
        select(binary_parts.c.id).where(
            binary_parts.c.binary_id == binaries.c.id, binary_parts.c.updated_at > since
        )
    )
    return _unfinished(
        tx,
        and_(
            _is(State.UPLOADABLE),
            binaries.c.store.is_not(None),
            binaries.c.updated_at <= since,
            ~fresh_part,
        ),
    )


def ask_to_erase(tx: Transaction, binary: Binary, now: datetime) -> None:
    """Leave a note, in the transaction that gives the content up, that it must be erased."""
    if binary.store is None:
        return
    tx.insert(
        erasures,
        id=str(uuid4()),
        organization_id=binary.organization_id,
        binary_id=binary.id,
        store=binary.store,
        key=binary.content_key,
        upload=binary.upload,
        inserted_at=now,
    )


def to_erase(
    tx: Transaction, binary_id: str | None = None, noted_before: datetime | None = None
) -> list[Erasure]:
    columns = [erasures.c[each.name] for each in fields(Erasure)]
    statement = tx.select(erasures, *columns)
    if binary_id is not None:
        statement = statement.where(erasures.c.binary_id == binary_id)
    if noted_before is not None:
        statement = statement.where(erasures.c.inserted_at < noted_before)
    rows = tx.connection.execute(statement.order_by(erasures.c.inserted_at))
    return [Erasure(*row) for row in rows]


def erased(tx: Transaction, erasure: Erasure) -> bool:
    """Cross the note out; False when somebody else did so already."""
    return tx.changed_one(tx.delete(erasures).where(erasures.c.id == erasure.id))
