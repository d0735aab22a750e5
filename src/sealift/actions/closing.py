"""The closing step of an upload: from `uploadable` to `hashable`.

    claim    one request becomes the one that closes; parts are refused from now
    check    every part valid, none missing, sizes right; else the claim is given back
    close    the store joins the parts; this may take its time and may be repeated
    finish   the move, if the claim is still ours

A process that dies on the way leaves a claim that runs out by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from sealift.actions import uploads
from sealift.actions.leases import kept_alive
from sealift.actions.system import RENEWAL, System
from sealift.domain.binary import Mover, State, move
from sealift.domain.errors import Changed, ClosingAlready, ContentMissing, PartsIncomplete, Refusal
from sealift.domain.names import Kind, Name
from sealift.domain.parts import check_complete
from sealift.domain.rights import Actor
from sealift.records import audit, binaries, parts, rows
from sealift.records.binaries import BINARIES, LEASE, Binary
from sealift.records.parts import BinaryPart
from sealift.records.transaction import Transaction

_DISCARDED: Final = "the upload was discarded by somebody else meanwhile; look again"


def claim(system: System, tx: Transaction, seen: Binary) -> str:
    """The token of the claim, or a refusal when another request is closing the upload."""
    token, now = str(uuid4()), system.now()
    if not binaries.claim_closing(tx, seen, token, now, now + LEASE):
        raise ClosingAlready("another request is just finishing this upload; wait for it")
    return token


def close(system: System, actor: Actor, seen: Binary, token: str, edits: Mapping[str, Any]) -> None:
    """Close what was claimed and move on, changing `edits` in the same stroke."""

    def prolong() -> bool:
        with system.records.write(None) as tx:
            return binaries.prolong_closing(tx, seen, token, system.now() + LEASE)

    try:
        with kept_alive(prolong, RENEWAL):
            joined = _join(system, actor, seen)
        _finish(system, actor, seen, token, joined, edits)
    except Refusal as refusal:
        may_be_joined = not isinstance(refusal, PartsIncomplete)  # else nothing was
        with system.records.write(None) as tx:
            now = system.now()
            binaries.release_closing(tx, seen, token, now, may_be_joined=may_be_joined)
        raise


def _join(system: System, actor: Actor, seen: Binary) -> list[BinaryPart]:
    """The parts that the content now consists of."""
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BINARIES, seen.id)  # if it was deleted, that is the answer
        found = parts.of(tx, seen.id)
    try:
        if found:
            found = uploads.refreshed(system, seen, found)
        check_complete([part.declared for part in found], seen.size)
        binary = uploads.open_upload(system, actor, seen.id)
        if binary.attempt != seen.attempt:
            raise Changed(_DISCARDED)
        store = system.stores.named(str(binary.store))
        store.close(binary.content_key, binary.upload or "", [uploads.place(p) for p in found])
    except ContentMissing as missing:
        if not uploads.lost(system, seen, by_who_closes=True):
            raise Changed(_DISCARDED) from missing
        message = "the store has lost what was uploaded; send all parts again"
        raise PartsIncomplete(message, field="state") from missing
    return found


def _finish(
    system: System,
    actor: Actor,
    seen: Binary,
    token: str,
    joined: Sequence[BinaryPart],
    edits: Mapping[str, Any],
) -> None:
    step, now = move(State.UPLOADABLE, State.HASHABLE, Mover.CLIENT), system.now()
    with system.records.write(actor.organization_id) as tx:
        # A claim that ran out while the store was joining may have let a writer in.
        if parts.of(tx, seen.id) != list(joined):
            raise Changed("a part changed while the upload was finished; look again and repeat")
        binaries.finish_closing(tx, seen, token, now, state=step.target, **edits)
        name = Name(seen.organization_id, Kind.BINARY, seen.id)
        facts: dict[str, object] = {"from": step.source, "to": step.target, "attempt": seen.attempt}
        if edits:
            facts["fields"] = sorted(edits)
        audit.note(tx, actor.name, f"binary.{step.on}", name, now, **facts)
