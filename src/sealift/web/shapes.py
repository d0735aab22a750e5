"""Records as the wire shows them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypedDict, cast

from sealift.actions.binaries import SignedBinary
from sealift.domain.binary import State
from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind, Name
from sealift.domain.signature import public_key_pem
from sealift.records.artifacts import Artifact, ArtifactVersion
from sealift.records.binaries import Binary
from sealift.records.keys import BinarySignature, SigningKey
from sealift.records.parts import BinaryPart
from sealift.wire import admin as wire
from sealift.wire.text import Json


class _Row(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def organization_id(self) -> str: ...
    @property
    def inserted_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...


class Common(TypedDict):
    prn: str
    organization_prn: str
    inserted_at: datetime
    updated_at: datetime


def prn(organization_id: str, kind: Kind, row_id: str) -> str:
    return str(Name(organization_id, kind, row_id))


def common(kind: Kind, row: _Row) -> Common:
    return {
        "prn": prn(row.organization_id, kind, row.id),
        "organization_prn": organization_prn(row.organization_id),
        "inserted_at": row.inserted_at,
        "updated_at": row.updated_at,
    }


def organization_prn(organization_id: str) -> str:
    return prn(organization_id, Kind.ORGANIZATION, organization_id)


def metadata(text: JsonText | None) -> Json | None:
    return None if text is None else cast("Json", json.loads(text))


def artifact(row: Artifact) -> wire.Artifact:
    return wire.Artifact(
        **common(Kind.ARTIFACT, row),
        name=row.name,
        description=row.description,
        custom_metadata=metadata(row.custom_metadata),
    )


def artifact_version(row: ArtifactVersion) -> wire.ArtifactVersion:
    return wire.ArtifactVersion(
        **common(Kind.ARTIFACT_VERSION, row),
        artifact_prn=prn(row.organization_id, Kind.ARTIFACT, row.artifact_id),
        version=row.version,
        description=row.description,
        custom_metadata=metadata(row.custom_metadata),
    )


def signing_key(row: SigningKey) -> wire.SigningKey:
    return wire.SigningKey(
        **common(Kind.SIGNING_KEY, row), name=row.name, value=row.value, keyid=row.keyid
    )


def binary(found: SignedBinary) -> wire.Binary:
    row = found.binary
    return wire.Binary(
        **common(Kind.BINARY, row),
        artifact_version_prn=prn(
            row.organization_id, Kind.ARTIFACT_VERSION, row.artifact_version_id
        ),
        target=row.target,
        hash=row.hash,
        size=row.size,
        state=row.state,
        description=row.description,
        custom_metadata=metadata(row.custom_metadata),
        signatures=_attached(found.signatures),
        revision=row.revision,
        destroyed=row.state is State.DESTROYED,
        bytes_uploaded=found.bytes_uploaded,
        verification_error=_verification_error(row),
    )


def _attached(signatures: Sequence[BinarySignature]) -> list[wire.AttachedSignature] | None:
    if not signatures:
        return None
    return [
        wire.AttachedSignature(
            signature=each.signature,
            signing_key_prn=prn(each.organization_id, Kind.SIGNING_KEY, each.signing_key_id),
            keyid=each.keyid,
            public_value=public_key_pem(each.value),
        )
        for each in signatures
    ]


def _verification_error(row: Binary) -> wire.VerificationError | None:
    if row.verification_error is None:
        return None
    return wire.VerificationError.model_validate(row.verification_error)


def binary_part(row: BinaryPart) -> wire.BinaryPart:
    return wire.BinaryPart(
        **common(Kind.BINARY_PART, row),
        binary_prn=prn(row.organization_id, Kind.BINARY, row.binary_id),
        index=row.index,
        hash=row.hash,
        size=row.size,
        state=row.state,
    )


def binary_signature(row: BinarySignature) -> wire.BinarySignature:
    return wire.BinarySignature(
        **common(Kind.BINARY_SIGNATURE, row),
        binary_prn=prn(row.organization_id, Kind.BINARY, row.binary_id),
        signing_key_prn=prn(row.organization_id, Kind.SIGNING_KEY, row.signing_key_id),
        keyid=row.keyid,
        signature=row.signature,
    )
