"""Signatures of binaries: verified before they are kept; the first one moves the binary on."""

from typing import Final
from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain import signature as rules
from sealift.domain.binary import HAS_VERIFIED_CONTENT, Mover, State, move, must_be
from sealift.domain.errors import InUse, ReferenceUnknown, RequestInvalid
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.records import audit, binaries, keys, rows
from sealift.records.binaries import BINARIES
from sealift.records.keys import BINARY_SIGNATURES, SIGNING_KEYS, BinarySignature, SigningKey
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_REFERENCES: Final = ("signing_key_prn", "signing_key_keyid")


def attach(
    system: System,
    actor: Actor,
    *,
    binary_prn: str,
    signing_key_prn: str | None,
    signing_key_keyid: str | None,
    signature: str,
) -> BinarySignature:
    actor.needs(Right.WRITE)
    now, row_id = system.now(), str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        binary = referred(tx, BINARIES, binary_prn, "binary_prn", Lock.ALONE)
        key = named_key(tx, signing_key_prn, signing_key_keyid)
        must_be(binary.state, HAS_VERIFIED_CONTENT, "a signature")
        rules.verify(key.value, signature, binary.hash, "binary")
        rows.add(
            tx,
            BINARY_SIGNATURES,
            now,
            id=row_id,
            binary_id=binary.id,
            signing_key_id=key.id,
            signature=signature,
        )
        action, facts = "binary.signature_added", {"keyid": key.keyid}
        if binary.state is State.SIGNABLE:
            step = move(binary.state, State.SIGNED, Mover.SERVER)
            binaries.change(tx, binary, now, state=step.target)
            action, facts = "binary.signed", {**facts, "from": step.source, "to": step.target}
        name = Name(actor.organization_id, Kind.BINARY, binary.id)
        audit.note(tx, actor.name, action, name, now, **facts)
        return rows.get(tx, BINARY_SIGNATURES, row_id)


def named_key(tx: Transaction, prn: str | None, keyid: str | None) -> SigningKey:
    """The signing key that a request names in one of two ways; it outlives the transaction."""
    if (prn is None) == (keyid is None):
        text = "give exactly one of signing_key_prn and signing_key_keyid"
        raise RequestInvalid({field: [text] for field in _REFERENCES})
    if prn is not None:
        return referred(tx, SIGNING_KEYS, prn, "signing_key_prn")
    found = keys.by_keyid(tx, keyid or "")
    kept = found and rows.find(tx, SIGNING_KEYS, found.id, Lock.SHARED)
    if kept is None:
        raise ReferenceUnknown("does not exist", field="signing_key_keyid")
    return kept


def delete(system: System, actor: Actor, row_id: str) -> None:
    """The last signature of a signed binary stays, as all of a destroyed one do."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BINARY_SIGNATURES, row_id)
        binary = rows.get(tx, BINARIES, seen.binary_id, Lock.ALONE)
        rows.get(tx, BINARY_SIGNATURES, row_id, Lock.ALONE)
        if binary.state is State.DESTROYED:
            raise InUse("a destroyed binary keeps its signatures", field="binary")
        if len(keys.attached_to(tx, [binary.id])[binary.id]) == 1:
            raise InUse("it is the last signature of a signed binary", field="binary")
        rows.remove(tx, BINARY_SIGNATURES, row_id)
        name = Name(actor.organization_id, Kind.BINARY, binary.id)
        audit.note(tx, actor.name, "binary.signature_deleted", name, now, keyid=seen.keyid)
