"""What devices say of themselves, and when they were heard from. Their records stay unchanged."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_

from sealift.domain.statement import Statement
from sealift.records import tables
from sealift.records.columns import Moment
from sealift.records.transaction import Transaction


class Heard(NamedTuple):
    device_id: str
    at: datetime


def keep(tx: Transaction, device_id: str, statement: Statement) -> None:
    """News for all servers: each knows what its devices said last, and a device may go back to
    what it said to one of them before.
    """
    table = tables.devices
    tx.connection.execute(
        tx.update(table)
        .where(table.c.id == device_id)
        .values(
            reported_release_prn=statement.release_prn,
            reported_bundle_prn=statement.bundle_prn,
            reported_release_version=statement.release_version,
        )
    )


def keep_heard(tx: Transaction, heard: Sequence[Heard]) -> None:
    """No news for anybody. What is later on record stays."""
    table, at = tables.devices, bindparam("at", type_=Moment)
    is_later = or_(table.c.last_connected_at.is_(None), table.c.last_connected_at < at)
    statement = tx.update(table, changes_answers=False).where(
        table.c.id == bindparam("device_id"), is_later
    )
    tx.connection.execute(
        statement.values(last_connected_at=at), [each._asdict() for each in heard]
    )
