"""Looking at any noun, and resolving the names by which one refers to another."""

from typing import TypeVar

from sealift.actions.system import System
from sealift.domain.errors import ReferenceUnknown
from sealift.domain.names import parse
from sealift.domain.rights import Actor, Right
from sealift.records import pages, rows
from sealift.records.pages import Listing, Page
from sealift.records.rows import Lock, Noun
from sealift.records.transaction import Transaction

T = TypeVar("T")


def look(system: System, actor: Actor, noun: Noun[T], row_id: str) -> T:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        return rows.get(tx, noun, row_id)


def search(system: System, actor: Actor, noun: Noun[T], listing: Listing) -> Page[T]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        return pages.page(tx, noun, listing)


def referred(
    tx: Transaction, noun: Noun[T], prn: str, field: str, lock: Lock | None = Lock.SHARED
) -> T:
    """The row that a request's field names; locked, so that it outlives the transaction."""
    name = parse(prn)
    if name is None or name.kind is not noun.kind:
        raise ReferenceUnknown(f"is invalid: not the PRN of a {noun.kind}", field=field)
    found = None
    if name.organization_id == tx.organization_id:
        found = rows.find(tx, noun, name.id, lock)
    if found is None:
        raise ReferenceUnknown("does not exist", field=field)
    return found
