"""Artifacts and their versions: create, change, delete."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table

from sealift.actions.catalog import referred
from sealift.actions.system import System
from sealift.domain.errors import InUse
from sealift.domain.names import Name
from sealift.domain.rights import Actor, Right
from sealift.records import audit, rows, tables
from sealift.records.artifacts import ARTIFACT_VERSIONS, ARTIFACTS, Artifact, ArtifactVersion
from sealift.records.rows import Lock, Noun, T


def create(system: System, actor: Actor, fields: Mapping[str, Any]) -> Artifact:
    """`fields` are name, description, custom_metadata and perhaps an id of the caller's."""
    return _create(system, actor, ARTIFACTS, fields)


def create_version(
    system: System, actor: Actor, artifact_prn: str, fields: Mapping[str, Any]
) -> ArtifactVersion:
    """`fields` are version, description, custom_metadata and perhaps an id of the caller's."""
    return _create(system, actor, ARTIFACT_VERSIONS, fields, artifact_prn)


def _create(
    system: System,
    actor: Actor,
    noun: Noun[T],
    fields: Mapping[str, Any],
    artifact_prn: str | None = None,
) -> T:
    actor.needs(Right.WRITE)
    now, row_id = system.now(), fields.get("id") or str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        values = {**fields, "id": row_id}
        if artifact_prn is not None:
            values["artifact_id"] = referred(tx, ARTIFACTS, artifact_prn, "artifact_prn").id
        rows.add(tx, noun, now, **values)
        name = Name(actor.organization_id, noun.kind, row_id)
        audit.note(tx, actor.name, f"{noun.kind}.created", name, now)
        return rows.get(tx, noun, row_id)


def update(
    system: System, actor: Actor, noun: Noun[T], row_id: str, changes: Mapping[str, Any]
) -> T:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, noun, row_id, Lock.ALONE)
        if not changes:
            return seen
        rows.change(tx, noun, row_id, now, **changes)
        name = Name(actor.organization_id, noun.kind, row_id)
        audit.note(tx, actor.name, f"{noun.kind}.changed", name, now, fields=sorted(changes))
        return rows.get(tx, noun, row_id)


def delete(system: System, actor: Actor, artifact_id: str) -> None:
    in_use = tables.artifact_versions.c.artifact_id == artifact_id
    _delete(system, actor, ARTIFACTS, artifact_id, tables.artifact_versions, in_use)


def delete_version(system: System, actor: Actor, version_id: str) -> None:
    """Binaries in any state keep their version, the destroyed ones too."""
    in_use = tables.binaries.c.artifact_version_id == version_id
    _delete(system, actor, ARTIFACT_VERSIONS, version_id, tables.binaries, in_use)


def _delete(
    system: System,
    actor: Actor,
    noun: Noun[Any],
    row_id: str,
    users: Table,
    in_use: ColumnElement[bool],
) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, noun, row_id, Lock.ALONE)
        if rows.exists(tx, users, in_use):
            raise InUse(f"the {noun.kind} still has {users.name}", field=users.name)
        rows.remove(tx, noun, row_id)
        name = Name(actor.organization_id, noun.kind, row_id)
        audit.note(tx, actor.name, f"{noun.kind}.deleted", name, now)
