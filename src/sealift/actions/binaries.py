"""Binaries: create, change, move along their life, delete.

A PATCH may mix a move with other changes; all of it happens or nothing. The one move that
cannot happen inside a transaction, because a store takes its time, is in `closing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sealift.actions import closing, erasing, uploads
from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.content.links import ContentTicket
from sealift.domain.binary import HAS_VERIFIED_CONTENT, Duty, Event, Move, Mover, State, move
from sealift.domain.errors import ClosingAlready, Frozen, InUse, NotDownloadable, Unavailable
from sealift.domain.metadata import compact
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.records import audit, binaries, bundles, keys, pages, parts, rows
from sealift.records.artifacts import ARTIFACT_VERSIONS
from sealift.records.binaries import BINARIES, Binary
from sealift.records.keys import BinarySignature
from sealift.records.pages import Listing, Page
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_CONTENT_FIELDS: Final = ("hash", "size")


@dataclass(frozen=True, slots=True)
class SignedBinary:
    """A binary, the signatures attached to it, and how much of its content has come."""

    binary: Binary
    signatures: Sequence[BinarySignature]
    bytes_uploaded: int


def look(system: System, actor: Actor, binary_id: str) -> SignedBinary:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        return _with_signatures(tx, [rows.get(tx, BINARIES, binary_id)])[0]


def search(system: System, actor: Actor, listing: Listing) -> Page[SignedBinary]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        found = pages.page(tx, BINARIES, listing)
        return Page(_with_signatures(tx, found.rows), found.last)


def _with_signatures(tx: Transaction, found: Sequence[Binary]) -> list[SignedBinary]:
    signatures = keys.attached_to(tx, [binary.id for binary in found])
    uploading = [binary.id for binary in found if binary.state is State.UPLOADABLE]
    received = parts.bytes_received(tx, uploading)
    return [
        SignedBinary(binary, signatures[binary.id], _bytes_uploaded(binary, received))
        for binary in found
    ]


def _bytes_uploaded(binary: Binary, received: Mapping[str, int]) -> int:
    if binary.state is State.DESTROYED:
        return 0
    return received.get(binary.id, binary.size)


def create(
    system: System, actor: Actor, artifact_version_prn: str, fields: Mapping[str, Any]
) -> SignedBinary:
    """`fields` are target, hash, size, description, custom_metadata, perhaps an id."""
    actor.needs(Right.WRITE)
    now, row_id = system.now(), fields.get("id") or str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        version = referred(tx, ARTIFACT_VERSIONS, artifact_version_prn, "artifact_version_prn")
        values = {**fields, "id": row_id, "artifact_version_id": version.id}
        rows.add(tx, BINARIES, now, state=State.UPLOADABLE, revision=0, attempt=1, **values)
        audit.note(tx, actor.name, "binary.created", _name(actor, row_id), now)
        return SignedBinary(rows.get(tx, BINARIES, row_id), [], 0)


def update(
    system: System, actor: Actor, binary_id: str, changes: Mapping[str, Any]
) -> SignedBinary:
    """`changes` are any of state, hash, size, description, custom_metadata."""
    actor.needs(Right.WRITE)
    asked, wanted = dict(changes), changes.get("state")
    asked.pop("state", None)
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BINARIES, binary_id, Lock.ALONE)
        step = move(seen.state, wanted, Mover.CLIENT) if wanted is not None else None
        edits = _checked_edits(seen, step, asked)
        if step is not None and step.on is Event.FINISH:
            token = closing.claim(system, tx, seen)
        else:
            token = None
            _apply(system, actor, tx, seen, step, edits)
    if token is not None:
        closing.close(system, actor, seen, token, edits)
    elif step is not None and step.then is Duty.VERIFY:
        system.hint(Duty.VERIFY, seen.id, seen.attempt)
    # Asked for again, a destroyed binary finishes an erasure that was interrupted.
    _erase(system, seen, must=wanted is State.DESTROYED)
    return look(system, actor, binary_id)


def _checked_edits(seen: Binary, step: Move | None, asked: dict[str, Any]) -> dict[str, Any]:
    """What really changes. Hash and size are frozen once the upload is declared complete."""
    now_different = {
        name: value for name, value in asked.items() if getattr(seen, name) != _as_kept(name, value)
    }
    after = step.target if step else seen.state
    for name in _CONTENT_FIELDS:
        if name in now_different and after is not State.UPLOADABLE:
            raise Frozen(
                f"can only be changed while the binary is uploadable; it is {seen.state}",
                field=name,
                state=seen.state,
            )
    return now_different


def _as_kept(name: str, value: object) -> object:
    """Metadata as JSON, since to Python true is 1: turning one into the other is a change."""
    return compact(value) if name == "custom_metadata" and value is not None else value


def _apply(
    system: System,
    actor: Actor,
    tx: Transaction,
    seen: Binary,
    step: Move | None,
    edits: dict[str, Any],
) -> None:
    moves = step is not None and not step.stays
    content_changes = any(name in edits for name in _CONTENT_FIELDS)
    if not moves and not edits:
        return
    now = system.now()
    if content_changes and seen.is_being_closed(now):
        raise ClosingAlready("the upload is just being finished; look again and repeat")
    if "hash" in edits and bundles.any_with_binary(tx, seen.id):
        raise Frozen("cannot be changed: bundles have the binary for what it is", field="hash")
    after = step.target if step is not None else seen.state
    if content_changes or (moves and after is State.UPLOADABLE):
        uploads.start_anew(tx, seen, now, **edits)
    elif step is not None and step.then is Duty.ERASE:
        uploads.give_up(tx, seen, now)
        binaries.change(tx, seen, now, state=after, store=None, upload=None, **edits)
    elif moves:
        binaries.change(tx, seen, now, state=after, lease_token=None, lease_until=None, **edits)
    else:
        binaries.change(tx, seen, now, **edits)
    _note_change(tx, actor, seen, step, edits, now)


def _note_change(
    tx: Transaction,
    actor: Actor,
    seen: Binary,
    step: Move | None,
    edits: Mapping[str, Any],
    now: datetime,
) -> None:
    facts: dict[str, object] = {"attempt": seen.attempt}
    if step is not None:
        facts |= {"from": step.source, "to": step.target}
    if edits:
        facts["fields"] = sorted(edits)
    action = "binary.changed" if step is None or step.stays else f"binary.{step.on}"
    audit.note(tx, actor.name, action, _name(actor, seen.id), now, **facts)


def _erase(system: System, seen: Binary, *, must: bool) -> None:
    """Erase what the change gave up. Only destroying promises that nothing is left."""
    try:
        erasing.erase_of(system, seen.id)
    except Unavailable:
        system.hint(Duty.ERASE, seen.id, seen.attempt)
        if must:
            raise


def delete(system: System, actor: Actor, binary_id: str) -> None:
    """Allowed in every state unless bundles have it: no record and, as soon as the store answers,
    no content remains.
    """
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BINARIES, binary_id, Lock.ALONE)
        if bundles.any_with_binary(tx, seen.id):
            raise InUse("the binary is in bundles, which never change", field="bundles")
        uploads.give_up(tx, seen, now)
        keys.remove_all(tx, seen.id)
        rows.remove(tx, BINARIES, seen.id)
        facts = {"state": seen.state, "target": seen.target, "hash": seen.hash}
        audit.note(tx, actor.name, "binary.deleted", _name(actor, seen.id), now, **facts)
    _erase(system, seen, must=False)


def download_url(system: System, actor: Actor, binary_id: str) -> str:
    actor.needs(Right.DOWNLOAD)
    with system.records.read(actor.organization_id) as tx:
        seen = rows.get(tx, BINARIES, binary_id)
    if seen.state not in HAS_VERIFIED_CONTENT or seen.store is None:
        needed = " or ".join(state for state in State if state in HAS_VERIFIED_CONTENT)
        message = f"only a {needed} binary can be downloaded; this one is {seen.state}"
        raise NotDownloadable(message, field="state", state=seen.state)
    return system.links.content(
        ContentTicket(seen.store, seen.content_key, seen.hash), system.now()
    )


def _name(actor: Actor, row_id: str) -> Name:
    return Name(actor.organization_id, Kind.BINARY, row_id)
