"""Signing keys: only the public half ever comes here."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sealift.actions.system import System
from sealift.domain.errors import Frozen, InUse
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Right
from sealift.domain.signature import key_id, public_key_value
from sealift.records import audit, keys, rows
from sealift.records.keys import SIGNING_KEYS, SigningKey
from sealift.records.rows import Lock


def create(system: System, actor: Actor, name: str, value: str) -> SigningKey:
    """`value` is base64 of the raw key or a PEM; the raw form is kept."""
    actor.needs(Right.WRITE)
    now, row_id, raw = system.now(), str(uuid4()), public_key_value(value)
    with system.records.write(actor.organization_id) as tx:
        rows.add(tx, SIGNING_KEYS, now, id=row_id, name=name, value=raw, keyid=key_id(raw))
        audit.note(
            tx, actor.name, "signing_key.created", _name(actor, row_id), now, keyid=key_id(raw)
        )
        return rows.get(tx, SIGNING_KEYS, row_id)


def update(system: System, actor: Actor, row_id: str, changes: Mapping[str, Any]) -> SigningKey:
    """The value is frozen once a signature refers to the key: it would no longer verify."""
    actor.needs(Right.WRITE)
    now, values = system.now(), dict(changes)
    if "value" in values:
        values["value"] = public_key_value(values["value"])
        values["keyid"] = key_id(values["value"])
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, SIGNING_KEYS, row_id, Lock.ALONE)
        if values.get("value", seen.value) != seen.value and keys.first_use(tx, row_id) is not None:
            raise Frozen("cannot be changed: signatures refer to this key", field="value")
        if not values:
            return seen
        rows.change(tx, SIGNING_KEYS, row_id, now, **values)
        audit.note(
            tx,
            actor.name,
            "signing_key.changed",
            _name(actor, row_id),
            now,
            fields=sorted(changes),
        )
        return rows.get(tx, SIGNING_KEYS, row_id)


def delete(system: System, actor: Actor, row_id: str) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, SIGNING_KEYS, row_id, Lock.ALONE)
        signatures = keys.first_use(tx, row_id)
        if signatures is not None:
            raise InUse("signatures refer to this key", field=signatures.name)
        rows.remove(tx, SIGNING_KEYS, row_id)
        audit.note(tx, actor.name, "signing_key.deleted", _name(actor, row_id), now)


def _name(actor: Actor, row_id: str) -> Name:
    return Name(actor.organization_id, Kind.SIGNING_KEY, row_id)
