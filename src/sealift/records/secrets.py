"""Keys that all servers share: for links, for page cursors, for the marks of stores.

The newest of a purpose makes new ones, every one still verifies, so that a key can be
rotated without breaking what is under way.
"""

import secrets as chance
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, insert, select

from sealift.records.tables import secrets
from sealift.records.transaction import Transaction


class Purpose(StrEnum):
    LINKS = "links"
    CURSORS = "cursors"
    STORES = "stores"  # never another one, or no store would know its content any more


ROTATED: Final = (Purpose.LINKS, Purpose.CURSORS)


def make(tx: Transaction, purpose: Purpose, now: datetime) -> None:
    values = {"id": chance.token_hex(4), "purpose": purpose, "key": chance.token_bytes(32)}
    tx.connection.execute(insert(secrets).values(inserted_at=now, **values))


def all_for(tx: Transaction, purpose: Purpose) -> dict[str, bytes]:
    """Keys by id, the newest last."""
    statement = (
        select(secrets.c.id, secrets.c.key)
        .where(secrets.c.purpose == purpose)
        .order_by(secrets.c.inserted_at, secrets.c.id)
    )
    return {row.id: row.key for row in tx.connection.execute(statement)}


def forget(tx: Transaction, purpose: Purpose) -> None:
    """Whatever was signed with the keys so far is worthless from now on."""
    tx.connection.execute(delete(secrets).where(secrets.c.purpose == purpose))
