"""What happened: looked through, counted by the hour, and forgotten in the end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sealift.actions import catalog
from sealift.actions.system import System
from sealift.domain.errors import RequestInvalid, Taken
from sealift.domain.rights import Actor
from sealift.domain.search import Clause
from sealift.records import adoption, events
from sealift.records.events import EVENTS, Event
from sealift.records.pages import Listing, Page


def search(
    system: System,
    actor: Actor,
    listing: Listing,
    begins: datetime | None,
    ends: datetime | None,
    exactly: Mapping[str, str | None],
) -> Page[Event]:
    """Those of a span of time, the end left out, in which each column is `exactly` this."""
    if begins is not None and ends is not None and ends <= begins:
        raise RequestInvalid({"inserted_at_lt": ["must be later than inserted_at_gte"]})
    more = [Clause(key, ":", value) for key, value in exactly.items() if value is not None]
    if begins is not None:
        more.append(Clause("inserted_at", ">=", begins))
    if ends is not None:
        more.append(Clause("inserted_at", "<", ends))
    return catalog.search(
        system, actor, EVENTS, replace(listing, clauses=[*listing.clauses, *more])
    )


def forget(system: System, older_than: timedelta) -> int:
    """Drop events that are older, a good many at a time; how many they were."""
    oldest = system.now() - older_than
    with system.records.read(None) as tx:
        if not events.any_before(tx, oldest):
            return 0
    with system.records.write(None) as tx:
        return events.drop(tx, oldest)


def count_adoption(system: System) -> None:
    """Once an hour, note how many devices reported which release."""
    hour = system.now().replace(minute=0, second=0, microsecond=0)
    with system.records.read(None) as tx:
        if adoption.is_counted(tx, hour):
            return
    try:
        with system.records.write(None) as tx:
            adoption.count(tx, hour)
    except Taken:
        return  # another worker was faster
