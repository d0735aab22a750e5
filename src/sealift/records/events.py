"""Events: what happened to devices, and to what is given to them, for those who want to be told.

An event is written in the transaction of the change and never changed; old ones are dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind, Name
from sealift.records import tables
from sealift.records.rows import Noun
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    organization_id: str
    type: str
    subtype: str
    actor_prn: str | None
    resource_prn: str
    data: JsonText
    inserted_at: datetime


EVENTS: Final = Noun(tables.events, Event, Kind.EVENT)


def note(
    tx: Transaction,
    actor: str | None,
    subtype: str,
    resource: Name,
    now: datetime,
    data: Mapping[str, Any],
    *,
    of: str | None = None,
) -> str:
    """Say what happened to a resource; the id of the event. `of` is its type, if that is not the
    resource's own. Only users, API keys and devices are shown as actors, never the server itself.
    """
    event_id = str(uuid4())
    tx.insert(
        tables.events,
        id=event_id,
        organization_id=resource.organization_id,
        type=of or str(resource.kind),
        subtype=subtype,
        actor_prn=actor if actor is not None and actor.startswith("prn:") else None,
        resource_prn=str(resource),
        data=dict(data),
        inserted_at=now,
    )
    return event_id
