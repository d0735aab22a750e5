"""Claims: which devices took which phased release. They are counted, and outlive their devices."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func

from sealift.records.tables import release_claims
from sealift.records.transaction import Transaction


def counts(tx: Transaction, release_ids: Iterable[str]) -> Mapping[str, int]:
    """How many devices have claimed each; releases that none has are left out."""
    release_id = release_claims.c.release_id
    wanted = release_id.in_(list(release_ids))
    statement = tx.select(release_claims, release_id, func.count().label("devices")).where(wanted)
    return {
        row.release_id: row.devices for row in tx.connection.execute(statement.group_by(release_id))
    }


def of_device(tx: Transaction, device_id: str, release_ids: Iterable[str]) -> frozenset[str]:
    """Those of the releases that the device has claimed."""
    table = release_claims
    statement = tx.select(table, table.c.release_id).where(
        table.c.device_id == device_id, table.c.release_id.in_(list(release_ids))
    )
    return frozenset(tx.connection.scalars(statement))


def add(tx: Transaction, release_id: str, device_id: str, now: datetime) -> None:
    """Only with the release locked, and its claims counted after that."""
    tx.insert(
        release_claims,
        id=str(uuid4()),
        release_id=release_id,
        device_id=device_id,
        inserted_at=now,
        updated_at=now,
    )
