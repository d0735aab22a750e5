"""Uploads: the opening step, the declared parts and their links, the state of each.

The opening step belongs to the first declaration of an attempt. Two first requests at once
may both open; the loser's upload is dropped at once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealift.actions.system import System
from sealift.content.links import LIFETIME, PartTicket
from sealift.content.store import LocalStore, PartPlace, Received
from sealift.domain import parts as rules
from sealift.domain.binary import State, must_be
from sealift.domain.digest import contradicts
from sealift.domain.errors import Changed, ClosingAlready, ContentMissing
from sealift.domain.names import Kind, Name
from sealift.domain.parts import Part, PartState
from sealift.domain.rights import Actor, Right
from sealift.records import audit, binaries, parts, rows, unfinished
from sealift.records.binaries import BINARIES, Binary
from sealift.records.parts import BinaryPart
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_ACTOR: Final = "system:content"
_TAKES_PARTS: Final = frozenset({State.UPLOADABLE})


@dataclass(frozen=True, slots=True)
class DeclaredPart:
    """A part and the link that takes its bytes."""

    part: BinaryPart
    link: str


def declare_part(
    system: System, actor: Actor, binary_id: str, part: Part, expected_binary_size: int
) -> DeclaredPart:
    """Create or replace a part; an earlier link of the same index is dead from now."""
    actor.needs(Right.WRITE)
    opened = open_upload(system, actor, binary_id)
    _must_not_be_joined(system, opened)
    superseded = _superseded(system, opened, part)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        binary = _taking_parts(system, tx, binary_id)
        rules.check_declared(part.index, part.size, expected_binary_size, binary.size)
        if binary.attempt != opened.attempt or binary.upload is None:
            raise Changed("the upload was started anew meanwhile; look again and repeat")
        cut_by = binary.cut_by or rules.stride(part.index, part.size, binary.size)
        if cut_by is not None and cut_by != binary.cut_by:
            binaries.set_cut(tx, binary, cut_by)
        offset = rules.offset(part.index, part.size, binary.size, cut_by)
        declared = parts.declare(tx, binary, part, offset, now, superseded)
        name = Name(actor.organization_id, Kind.BINARY_PART, declared.id)
        facts = {"index": part.index, "attempt": binary.attempt}
        audit.note(tx, actor.name, "binary_part.declared", name, now, **facts)
    return DeclaredPart(declared, _link(system, binary, declared))


def _must_not_be_joined(system: System, binary: Binary) -> None:
    """A closing step that failed may have come that far: then only finishing is left.

    A part that is declared anew could neither be sent nor be part of what is there.
    """
    if binary.closing_until is None:
        return  # nobody has begun to close it, so there is no need to ask the store
    if system.stores.named(str(binary.store)).size(binary.content_key) is not None:
        message = "the parts are joined already; finish the upload, no part can be declared"
        raise ClosingAlready(message)


def _superseded(system: System, binary: Binary, part: Part) -> str | None:
    """The arrival that is there for an earlier declaration of the part with another hash.

    A store whose digests are not ours cannot tell that it is of other bytes than are declared
    now. It is asked here, as nobody may have looked since those arrived.
    """
    store = system.stores.named(str(binary.store))
    if isinstance(store, LocalStore):
        return None  # whose bytes come through our own door
    with system.records.read(binary.organization_id) as tx:
        earlier = parts.numbered(tx, binary.id, part.index)
    if earlier is None or earlier.hash == part.hash:
        return None if earlier is None else earlier.superseded
    with suppress(ContentMissing):  # found out when the parts are looked at
        received = store.received(binary.content_key, binary.upload or "") or {}
        if part.index in received:
            return received[part.index].arrival
    return None


def _taking_parts(system: System, tx: Transaction, binary_id: str) -> Binary:
    binary = rows.get(tx, BINARIES, binary_id, Lock.ALONE)
    must_be(binary.state, _TAKES_PARTS, "uploading a part")
    if binary.is_being_closed(system.now()):
        raise ClosingAlready("the upload is just being finished; no part can be sent now")
    return binary


def _link(system: System, binary: Binary, part: BinaryPart) -> str:
    store, key = str(binary.store), binary.content_key
    own = system.stores.named(store).part_link(key, binary.upload or "", place(part), LIFETIME)
    if own is not None:
        return own
    return system.links.part(PartTicket(store, key, part.index, part.generation), system.now())


def place(part: BinaryPart) -> PartPlace:
    return PartPlace(part.index, part.size, part.hash, part.offset)


def open_upload(system: System, actor: Actor, binary_id: str) -> Binary:
    """The binary with its upload opened, in the store that was the default when it began.

    The store is on record before it is asked, so that whatever a crash leaves there is found.
    """
    with system.records.read(actor.organization_id) as tx:
        seen = rows.get(tx, BINARIES, binary_id)
    must_be(seen.state, _TAKES_PARTS, "uploading a part")
    if seen.upload is not None:
        return seen
    if seen.store is None:
        with system.records.write(actor.organization_id) as tx:
            binaries.choose_store(tx, seen, system.stores.default)
            seen = rows.get(tx, BINARIES, binary_id)
    store = system.stores.named(str(seen.store))
    upload = store.open(seen.content_key)
    with system.records.write(actor.organization_id) as tx:
        binaries.set_upload(tx, seen, upload)
        opened = rows.find(tx, BINARIES, binary_id)
    if opened is None or opened.attempt != seen.attempt:
        store.erase(seen.content_key, upload)  # after whoever gave the attempt up
        raise Changed("the upload was started anew meanwhile; look again and repeat")
    if opened.upload != upload:
        store.abandon(seen.content_key, upload)  # another request was first
    return opened


def give_up(tx: Transaction, seen: Binary, now: datetime) -> None:
    """Forget the parts, and leave a note that what they became must be erased."""
    unfinished.ask_to_erase(tx, seen, now)
    parts.remove_all(tx, seen.id)


def start_anew(tx: Transaction, seen: Binary, now: datetime, **edits: object) -> None:
    """Give the upload up and begin another attempt, which shares nothing with it."""
    give_up(tx, seen, now)
    binaries.start_attempt(tx, seen, now, **edits)


def lost(system: System, binary: Binary, *, by_who_closes: bool = False) -> bool:
    """Bytes that the records believe in are gone: start anew, so that they can be sent again.

    False when they were given up meanwhile, and are gone for that reason. False, too, while the
    upload is closed: until a store has joined the parts, only who closes it knows what is missing.
    """
    now = system.now()
    with system.records.write(binary.organization_id) as tx:
        seen = rows.find(tx, BINARIES, binary.id, Lock.ALONE)
        if seen is None or (seen.attempt, seen.state) != (binary.attempt, State.UPLOADABLE):
            return False
        if seen.is_being_closed(now) and not by_who_closes:
            return False
        start_anew(tx, seen, now)
        name = Name(seen.organization_id, Kind.BINARY, seen.id)
        audit.note(tx, _ACTOR, "binary.upload_lost", name, now, attempt=seen.attempt)
        return True


def list_parts(system: System, actor: Actor, binary_id: str) -> list[BinaryPart]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        binary = rows.get(tx, BINARIES, binary_id)
        found = parts.of(tx, binary_id)
    if binary.state is not State.UPLOADABLE or not found or binary.is_being_closed(system.now()):
        return found
    try:
        return refreshed(system, binary, found)
    except ContentMissing:
        lost(system, binary)
        with system.records.read(actor.organization_id) as tx:
            return parts.of(tx, binary_id)


def refreshed(system: System, binary: Binary, found: Sequence[BinaryPart]) -> list[BinaryPart]:
    """The parts as their store knows them, where the bytes did not come through us.

    Refuses as missing when the store has neither the upload nor what it would become.
    """
    store = system.stores.named(str(binary.store))
    try:
        received = store.received(binary.content_key, binary.upload or "")
    except ContentMissing:
        if store.size(binary.content_key) is None:
            raise
        return list(found)  # joined already: no part changes any more
    if received is None:
        return list(found)
    now = system.now()
    with system.records.write(binary.organization_id) as tx:
        for part in found:
            state, reported = _as_received(part, received)
            if (state, reported) == (part.state, part.reported):
                continue
            if parts.settle_arrival(tx, part, state, reported, now) and state is not part.state:
                name = Name(binary.organization_id, Kind.BINARY_PART, part.id)
                facts = {"index": part.index, "attempt": part.attempt}
                audit.note(tx, _ACTOR, f"binary_part.{state}", name, now, **facts)
        return parts.of(tx, binary.id)


def _as_received(
    part: BinaryPart, received: Mapping[int, Received]
) -> tuple[PartState, str | None]:
    there = received.get(part.index)
    if there is None or there.arrival == part.superseded:
        return PartState.UPLOADABLE, None
    if there.size != part.size:
        return PartState.INVALID_SIZE, there.hash
    if contradicts(there.hash, part.hash):
        return PartState.INVALID_HASH, there.hash
    return PartState.VALID, there.hash
