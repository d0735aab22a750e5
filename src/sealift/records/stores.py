"""Which stores the records rely on."""

from sealift.domain.binary import State
from sealift.records.tables import binaries, erasures
from sealift.records.transaction import Transaction


def is_relied_on(tx: Transaction, store: str) -> bool:
    """Whether something was given to the store that must still be there, or be erased."""
    kept = tx.select(binaries, binaries.c.id).where(
        binaries.c.store == store, binaries.c.state != State.DESTROYED
    )
    given_up = tx.select(erasures, erasures.c.id).where(erasures.c.store == store)
    return any(
        tx.connection.execute(statement.limit(1)).first() is not None
        for statement in (kept, given_up)
    )
