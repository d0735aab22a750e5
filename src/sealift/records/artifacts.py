"""Artifacts and their versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.rows import Noun


@dataclass(frozen=True, slots=True)
class Artifact:
    id: str
    organization_id: str
    name: str
    description: str | None
    custom_metadata: JsonText | None
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ArtifactVersion:
    id: str
    organization_id: str
    artifact_id: str
    version: str
    description: str | None
    custom_metadata: JsonText | None
    inserted_at: datetime
    updated_at: datetime


ARTIFACTS: Final = Noun(tables.artifacts, Artifact, Kind.ARTIFACT, folded={"name": "name_folded"})
ARTIFACT_VERSIONS: Final = Noun(
    tables.artifact_versions,
    ArtifactVersion,
    Kind.ARTIFACT_VERSION,
    keys={"artifact_prn": "artifact_id"},
    folded={"version": "version_folded"},
)
