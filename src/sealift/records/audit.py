"""History: one line for every change, written in the transaction of the change.

What happens to a thing that is on its way to devices is an event as well.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import insert

from sealift.domain.names import Kind, Name
from sealift.records import events
from sealift.records.tables import audit
from sealift.records.transaction import Transaction

_EVENTFUL: Final = frozenset({Kind.BINARY, Kind.BUNDLE, Kind.RELEASE, Kind.SIGNING_KEY})
# History has the move that was made, an event what has come of it.
_PAST: Final = {
    "finish": "finished",
    "hash": "hashing_started",
    "accept": "verified",
    "reject": "rejected",
    "destroy": "destroyed",
}


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
    if resource is not None and resource.kind in _EVENTFUL:
        _, _, happened = action.partition(".")
        events.note(tx, actor, _PAST.get(happened, happened), resource, now, facts)
