"""Events: what happened to devices, and to what is given to them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from sealift.actions import happenings
from sealift.domain.names import Kind
from sealift.domain.search import EVENTS as KEYS
from sealift.records.events import Event
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire import admin as wire
from sealift.wire.admin import EventPage
from sealift.wire.admin.events import EventType
from sealift.wire.text import GivenTime, Prn

router = APIRouter(prefix="/events", tags=["events"], route_class=CallerFirst)


class EventQuery:
    """What of all that happened is wanted, beside the search."""

    def __init__(
        self,
        inserted_at_gte: Annotated[GivenTime | None, Query(description="From then on.")] = None,
        inserted_at_lt: Annotated[
            GivenTime | None, Query(description="Before then; later than `inserted_at_gte`.")
        ] = None,
        actor_prn: Annotated[Prn | None, Query()] = None,
        resource_prn: Annotated[Prn | None, Query()] = None,
        type: Annotated[EventType | None, Query()] = None,
        subtype: Annotated[
            str | None, Query(pattern="^[a-z_]{1,32}$", description="Such as `release_changed`.")
        ] = None,
    ) -> None:
        self.begins: datetime | None = inserted_at_gte
        self.ends: datetime | None = inserted_at_lt
        self.exactly = {
            "actor_prn": actor_prn,
            "resource_prn": resource_prn,
            "type": type,
            "subtype": subtype,
        }


@router.get("")
def list_events(
    by: ByCaller,
    query: Annotated[PageQuery, Depends()],
    wanted: Annotated[EventQuery, Depends()],
) -> EventPage:
    """Kept for as long as the operator chose, 90 days unless told otherwise.

    Search keys: `prn`, `organization_prn`, `inserted_at`.
    """
    listing = by.pages.listing("events", query, KEYS)
    found = happenings.search(
        by.system, by.actor, listing, wanted.begins, wanted.ends, wanted.exactly
    )
    next_page = by.pages.after("events", found, listing)
    return EventPage(events=[_shown(each) for each in found.rows], next_page=next_page)


def _shown(row: Event) -> wire.Event:
    return wire.Event.model_validate(
        {
            "version": 1,
            "prn": shapes.prn(row.organization_id, Kind.EVENT, row.id),
            "organization_prn": shapes.organization_prn(row.organization_id),
            "type": row.type,
            "event_subtype": row.subtype,
            "actor_prn": row.actor_prn,
            "resource_prn": row.resource_prn,
            "inserted_at": row.inserted_at,
            "data": {"type": row.subtype, "data": shapes.metadata(row.data)},
        }
    )
