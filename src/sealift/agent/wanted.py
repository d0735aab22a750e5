"""What the agent asks of an update: as much as it uses, and nothing else.

A bundle has at most so much metadata, and that is all there is of it here. The metadata of the
artifacts behind it is not in the bundle and would come on top, for each binary.
"""

from typing import Final

from pydantic import BaseModel

from sealift.wire.admin.base import Digest
from sealift.wire.admin.binaries import BinarySize
from sealift.wire.device import ManifestSignature, SourceType, UpdateStatus
from sealift.wire.text import Json

EXPANSIONS: Final = (
    "manifest.artifact.name",
    "manifest.artifact_version.version",
    "manifest.binary_prn",
    "manifest.custom_metadata",
    "manifest.hash",
    "manifest.signatures",
    "manifest.size",
    "manifest.target",
    "manifest.url",
    "bundle.prn",
    "release.prn",
    "release.version",
    "source_type",
)


class Artifact(BaseModel):
    name: str


class ArtifactVersion(BaseModel):
    version: str


class Entry(BaseModel):
    """One binary of a manifest."""

    artifact: Artifact
    artifact_version: ArtifactVersion
    binary_prn: str
    custom_metadata: Json | None
    hash: Digest
    signatures: list[ManifestSignature] | None
    size: BinarySize
    target: str | None
    url: str


class Update(BaseModel):
    """Without an update there is nothing but the status."""

    status: UpdateStatus
    source_type: SourceType | None = None
    bundle: Json | None = None
    manifest: list[Entry] | None = None
    release: Json | None = None
