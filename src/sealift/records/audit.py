"""History: one line for every change, written in the transaction of the change."""

from datetime import datetime

from sqlalchemy import insert

from sealift.domain.names import Name
from sealift.records.tables import audit
from sealift.records.transaction import Transaction


def note(
    tx: Transaction, actor: str, action: str, resource: Name | None, now: datetime, **facts: object
) -> None:
    """Say who did what to which resource; None is the system itself.

    Facts are JSON; secrets never belong here.
    """
    tx.connection.execute(
        insert(audit).values(
            organization_id=(resource.organization_id or None) if resource else None,
            at=now,
            actor=actor,
            action=action,
            resource=str(resource) if resource else "system",
            facts=facts,
        )
    )
