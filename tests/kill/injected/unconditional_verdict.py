"""A swap without its compare: a verdict is stored whatever became of its binary meanwhile."""

from datetime import datetime
from typing import Any

from sealift.domain.binary import State
from sealift.records import binaries, tables
from sealift.records.transaction import Transaction


def _settle(
    tx: Transaction,
    binary_id: str,
    attempt: int,  # noqa: ARG001 - which is the fault
    token: str,  # noqa: ARG001
    now: datetime,
    *,
    state: State,
    verification_error: dict[str, Any] | None,
) -> bool:
    statement = tx.update(tables.binaries).where(tables.binaries.c.id == binary_id)
    values = {"state": state, "verification_error": verification_error, "updated_at": now}
    return tx.changed_one(statement.values(**values, lease_token=None, lease_until=None))


binaries.settle = _settle
