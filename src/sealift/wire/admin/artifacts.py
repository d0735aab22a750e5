"""Artifacts and their versions on the wire."""

from pydantic import BaseModel, Field

from sealift.wire.admin.base import Answer, Changes, CustomId, New, NextPage
from sealift.wire.text import Description, Json, Label, Metadata, Prn


class NewArtifact(New):
    name: Label = Field(description="Unique within the organization.")
    description: Description | None = None
    custom_metadata: Metadata | None = None
    id: CustomId | None = None


class ArtifactChanges(Changes):
    name: Label = Field(default_factory=str, description="Unique within the organization.")
    description: Description | None = None
    custom_metadata: Metadata | None = None


class Artifact(Answer):
    name: str
    description: str | None
    custom_metadata: Json | None


class OneArtifact(BaseModel):
    artifact: Artifact


class ArtifactPage(BaseModel):
    artifacts: list[Artifact]
    next_page: NextPage


class NewArtifactVersion(New):
    artifact_prn: Prn = Field(description="The artifact that this is a version of.")
    version: Label = Field(description="Free text, unique within the artifact.")
    description: Description | None = None
    custom_metadata: Metadata | None = None
    id: CustomId | None = None


class ArtifactVersionChanges(Changes):
    description: Description | None = None
    custom_metadata: Metadata | None = None


class ArtifactVersion(Answer):
    artifact_prn: Prn
    version: str
    description: str | None
    custom_metadata: Json | None


class OneArtifactVersion(BaseModel):
    artifact_version: ArtifactVersion


class ArtifactVersionPage(BaseModel):
    artifact_versions: list[ArtifactVersion]
    next_page: NextPage
