"""Parts of an upload: what was declared, and how far its bytes are.

An arriving part changes its own row only, never the binary's. Its declaration has a
generation: bytes that arrive for an earlier one change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Update, func

from sealift.domain.errors import LinkDead
from sealift.domain.names import Kind
from sealift.domain.parts import Part, PartState
from sealift.records import tables
from sealift.records.binaries import Binary
from sealift.records.rows import Noun, add, all_of, change, get, query
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class BinaryPart:
    id: str
    organization_id: str
    binary_id: str
    attempt: int
    index: int
    size: int
    hash: str
    state: PartState
    generation: int
    offset: int | None
    reported: str | None
    superseded: str | None
    inserted_at: datetime
    updated_at: datetime

    @property
    def declared(self) -> Part:
        return Part(self.index, self.size, self.hash, self.state)


BINARY_PARTS: Final = Noun(tables.binary_parts, BinaryPart, Kind.BINARY_PART)
_table: Final = tables.binary_parts


def of(tx: Transaction, binary_id: str) -> list[BinaryPart]:
    """The parts of the current attempt, by index."""
    statement = query(tx, BINARY_PARTS).where(_table.c.binary_id == binary_id)
    return all_of(tx, BINARY_PARTS, statement.order_by(_table.c.index))


def numbered(tx: Transaction, binary_id: str, index: int) -> BinaryPart | None:
    statement = query(tx, BINARY_PARTS).where(
        _table.c.binary_id == binary_id, _table.c.index == index
    )
    return next(iter(all_of(tx, BINARY_PARTS, statement)), None)


def bytes_received(tx: Transaction, binary_ids: Iterable[str]) -> dict[str, int]:
    """Bytes of the valid parts, by binary. It reads every part: only for who shows it."""
    found = dict.fromkeys(binary_ids, 0)
    if not found:
        return found
    total = func.sum(_table.c.size).label("total")
    statement = tx.select(_table, _table.c.binary_id, total).where(
        _table.c.binary_id.in_(found), _table.c.state == PartState.VALID
    )
    for row in tx.connection.execute(statement.group_by(_table.c.binary_id)):
        found[row.binary_id] = int(row.total)  # PostgreSQL adds up to a decimal
    return found


def declare(
    tx: Transaction,
    binary: Binary,
    part: Part,
    offset: int | None,
    now: datetime,
    superseded: str | None = None,
) -> BinaryPart:
    """Create the part, or replace it: its bytes have to come again. Needs the binary's lock.

    `superseded` is what the store already has under its index, and is not it.
    """
    values = {
        "size": part.size,
        "hash": part.hash,
        "state": PartState.UPLOADABLE,
        "offset": offset,
        "reported": None,
        "superseded": superseded,
    }
    earlier = numbered(tx, binary.id, part.index)
    if earlier is not None:
        generation = earlier.generation + 1
        change(tx, BINARY_PARTS, earlier.id, now, generation=generation, **values)
        return get(tx, BINARY_PARTS, earlier.id)
    part_id = str(uuid4())
    add(
        tx,
        BINARY_PARTS,
        now,
        id=part_id,
        organization_id=binary.organization_id,
        binary_id=binary.id,
        attempt=binary.attempt,
        index=part.index,
        generation=1,
        **values,
    )
    return get(tx, BINARY_PARTS, part_id)


def begin_arrival(
    tx: Transaction, binary: Binary, index: int, generation: int, now: datetime
) -> BinaryPart:
    """Bytes are about to arrive: whatever was there is not to be relied on from now."""
    statement = tx.update(_table).where(
        _table.c.binary_id == binary.id,
        _table.c.attempt == binary.attempt,
        _table.c.index == index,
        _table.c.generation == generation,
    )
    values = {"state": PartState.UPLOADABLE, "reported": None, "updated_at": now}
    if not tx.changed_one(statement.values(**values)):
        raise LinkDead("the part was declared anew; use its newest link")
    found = numbered(tx, binary.id, index)
    if found is None:
        raise LinkDead("the part is gone")
    return found


def settle_arrival(
    tx: Transaction, part: BinaryPart, state: PartState, reported: str | None, now: datetime
) -> bool:
    """What became of the bytes; False when the part was declared anew or is gone."""
    statement = _same_declaration(tx, part)
    return tx.changed_one(statement.values(state=state, reported=reported, updated_at=now))


def refuse_arrival(tx: Transaction, part: BinaryPart, state: PartState, now: datetime) -> bool:
    """Bytes were not taken at all; False when that changes nothing, as good ones stay good."""
    kept = (PartState.VALID, state)
    statement = _same_declaration(tx, part).where(_table.c.state.not_in(kept))
    return tx.changed_one(statement.values(state=state, updated_at=now))


def _same_declaration(tx: Transaction, part: BinaryPart) -> Update:
    return tx.update(_table).where(
        _table.c.id == part.id,
        _table.c.attempt == part.attempt,
        _table.c.generation == part.generation,
    )


def remove_all(tx: Transaction, binary_id: str) -> None:
    tx.connection.execute(tx.delete(_table).where(_table.c.binary_id == binary_id))
