"""Uploads: the opening step, the declared parts and their links, the state of each.

The opening step belongs to the first declaration of an attempt. Two first requests at once
may both open; the loser's upload is erased at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealift.actions.system import System
from sealift.content.links import LIFETIME, PartTicket
from sealift.content.store import PartPlace, Received
from sealift.domain import parts as rules
from sealift.domain.binary import State, must_be
from sealift.domain.errors import Changed, ClosingAlready
from sealift.domain.names import Kind, Name
from sealift.domain.parts import Part, PartState
from sealift.domain.rights import Actor, Right
from sealift.records import audit, binaries, parts, rows
from sealift.records.binaries import BINARIES, Binary
from sealift.records.parts import BinaryPart
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

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
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        binary = _taking_parts(system, tx, binary_id)
        rules.check_declared(part.index, part.size, expected_binary_size, binary.size)
        if binary.attempt != opened.attempt or binary.store is None:
            raise Changed("the upload was started anew meanwhile; look again and repeat")
        cut_by = binary.cut_by or rules.stride(part.index, part.size, binary.size)
        if cut_by is not None and cut_by != binary.cut_by:
            binaries.set_cut(tx, binary, cut_by)
        offset = rules.offset(part.index, part.size, binary.size, cut_by)
        declared = parts.declare(tx, binary, part, offset, now)
        name = Name(actor.organization_id, Kind.BINARY_PART, declared.id)
        facts = {"index": part.index, "attempt": binary.attempt}
        audit.note(tx, actor.name, "binary_part.declared", name, now, **facts)
    return DeclaredPart(declared, _link(system, binary, declared))


def _taking_parts(system: System, tx: Transaction, binary_id: str) -> Binary:
    binary = rows.get(tx, BINARIES, binary_id, Lock.ALONE)
    must_be(binary.state, _TAKES_PARTS, "uploading a part")
    if binary.closing_until is not None and binary.closing_until > system.now():
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
    """The binary with its upload opened, in the store that is the default today."""
    with system.records.read(actor.organization_id) as tx:
        seen = rows.get(tx, BINARIES, binary_id)
    must_be(seen.state, _TAKES_PARTS, "uploading a part")
    if seen.store is not None:
        return seen
    name = system.stores.default
    upload = system.stores.named(name).open(seen.content_key)
    with system.records.write(actor.organization_id) as tx:
        is_ours = binaries.set_upload(tx, seen, name, upload)
        now_seen = rows.find(tx, BINARIES, binary_id)
    if now_seen is not None and now_seen.attempt != seen.attempt:
        now_seen = None
    if not is_ours and (now_seen is None or now_seen.upload != upload):
        # Somebody else opened it, or nobody wants it any more: leave nothing behind.
        system.stores.named(name).erase(seen.content_key, upload)
    if now_seen is None:
        raise Changed("the upload was started anew meanwhile; look again and repeat")
    return now_seen


def list_parts(system: System, actor: Actor, binary_id: str) -> list[BinaryPart]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        binary = rows.get(tx, BINARIES, binary_id)
        found = parts.of(tx, binary_id)
    if binary.state is not State.UPLOADABLE or not found:
        return found
    return refreshed(system, binary, found)


def refreshed(system: System, binary: Binary, found: Sequence[BinaryPart]) -> list[BinaryPart]:
    """The parts as their store knows them, where the bytes did not come through us."""
    store = system.stores.named(str(binary.store))
    received = store.received(binary.content_key, binary.upload or "")
    if received is None:
        return list(found)
    now = system.now()
    with system.records.write(binary.organization_id) as tx:
        for part in found:
            state, reported = _as_received(part, received)
            if (state, reported) != (part.state, part.reported):
                parts.settle_arrival(tx, part, state, reported, now)
        return parts.of(tx, binary.id)


def _as_received(
    part: BinaryPart, received: Mapping[int, Received]
) -> tuple[PartState, str | None]:
    there = received.get(part.index)
    if there is None:
        return PartState.UPLOADABLE, None
    if there.size != part.size:
        return PartState.INVALID_SIZE, there.hash
    if there.hash not in (None, part.hash):
        return PartState.INVALID_HASH, there.hash
    return PartState.VALID, there.hash
