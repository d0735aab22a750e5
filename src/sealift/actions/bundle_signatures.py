"""Signatures of bundles: verified before they are kept. Distribution does not wait for them."""

from uuid import uuid4

from sealift.actions.catalog import referred
from sealift.actions.signatures import named_key
from sealift.actions.system import System
from sealift.domain import signature as rules
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.records import audit, rows
from sealift.records.bundles import BUNDLES
from sealift.records.keys import BUNDLE_SIGNATURES, BundleSignature
from sealift.records.rows import Lock


def attach(
    system: System,
    actor: Actor,
    *,
    bundle_prn: str,
    signing_key_prn: str | None,
    signing_key_keyid: str | None,
    signature: str,
) -> BundleSignature:
    actor.needs(Right.WRITE)
    now, row_id = system.now(), str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        bundle = referred(tx, BUNDLES, bundle_prn, "bundle_prn")
        key = named_key(tx, signing_key_prn, signing_key_keyid)
        rules.verify(key.value, signature, bundle.hash, "bundle")
        rows.add(
            tx,
            BUNDLE_SIGNATURES,
            now,
            id=row_id,
            bundle_id=bundle.id,
            signing_key_id=key.id,
            signature=signature,
        )
        name = Name(actor.organization_id, Kind.BUNDLE, bundle.id)
        audit.note(tx, actor.name, "bundle.signature_added", name, now, keyid=key.keyid)
        return rows.get(tx, BUNDLE_SIGNATURES, row_id)


def delete(system: System, actor: Actor, row_id: str) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BUNDLE_SIGNATURES, row_id, Lock.ALONE)
        rows.remove(tx, BUNDLE_SIGNATURES, row_id)
        name = Name(actor.organization_id, Kind.BUNDLE, seen.bundle_id)
        audit.note(tx, actor.name, "bundle.signature_deleted", name, now, keyid=seen.keyid)
