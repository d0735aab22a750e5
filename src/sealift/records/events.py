"""Events: what happened to devices, and to what is given to them, for those who want to be told.

An event is written in the transaction of the change and never changed; old ones are dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement

from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind, Name
from sealift.records import planning, tables
from sealift.records.rows import Condition, Noun
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


_AT_A_TIME: Final = 10_000  # what a write of less than a second drops

# The share of the events that have one value: a device has few, an action has many, though fewer
# than a kind of resource has.
_SHARES: Final = {"resource_prn": 0.0001, "actor_prn": 0.01, "subtype": 0.5}


def _has(column: str) -> Condition:
    of = tables.events.c[column]
    return lambda tx, value: planning.holding_for(tx, _SHARES[column], of == value)


def _of_any(tx: Transaction, resources: Iterable[Name]) -> ColumnElement[bool]:
    names = tables.events.c.resource_prn.in_([str(each) for each in resources])
    return planning.holding_for(tx, _SHARES["resource_prn"], names)


EVENTS: Final = Noun(
    tables.events,
    Event,
    Kind.EVENT,
    conditions={column: _has(column) for column in _SHARES},
)


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


def told_since(
    tx: Transaction, resource: Name, subtype: str, moment: datetime, most: int
) -> list[JsonText]:
    """What was told of this kind about a resource since then, at most so many times."""
    table = tables.events
    of_it = tx.select(table, table.c.data).where(
        _of_any(tx, [resource]),
        table.c.subtype == subtype,
        table.c.inserted_at > moment,
    )
    return list(tx.connection.scalars(of_it.limit(most)))


def resources_of(
    tx: Transaction, resources: Iterable[Name], subtype: str, since: datetime
) -> set[str]:
    """Those of the resources that have an event of this kind which is not older."""
    of = tables.events.c
    statement = tx.select(tables.events, of.resource_prn).where(
        _of_any(tx, resources),
        of.subtype == subtype,
        of.inserted_at >= since,
    )
    return set(tx.connection.scalars(statement.distinct()))


def any_before(tx: Transaction, moment: datetime) -> bool:
    table = tables.events
    statement = tx.select(table, table.c.id).where(table.c.inserted_at < moment).limit(1)
    return tx.connection.execute(statement).first() is not None


def drop(tx: Transaction, before: datetime) -> int:
    """Drop what is older, a good many at a time; how many they were."""
    table = tables.events
    old = tx.select(table, table.c.id).where(table.c.inserted_at < before)
    some = old.order_by(table.c.inserted_at).limit(_AT_A_TIME).scalar_subquery()
    return tx.connection.execute(tx.delete(table).where(table.c.id.in_(some))).rowcount
