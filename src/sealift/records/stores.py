"""Which stores the records rely on."""

from sealift.domain.binary import State
from sealift.records.tables import binaries, erasures
from sealift.records.transaction import Transaction


def relied_on(tx: Transaction) -> set[str]:
    """The stores that were given something which must still be there, or be erased."""
    kept = tx.select(binaries, binaries.c.store).where(
        binaries.c.store.is_not(None), binaries.c.state != State.DESTROYED
    )
    given_up = tx.select(erasures, erasures.c.store)
    return {
        name
        for statement in (kept, given_up)
        for name in tx.connection.execute(statement.distinct()).scalars()
    }
