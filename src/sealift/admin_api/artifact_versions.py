"""Artifact versions: named versions of an artifact, under which binaries are created."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import artifacts as actions
from sealift.actions import catalog
from sealift.domain.names import Kind
from sealift.domain.search import ARTIFACT_VERSIONS as KEYS
from sealift.records.artifacts import ARTIFACT_VERSIONS
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import (
    ArtifactVersionChanges,
    ArtifactVersionPage,
    NewArtifactVersion,
    OneArtifactVersion,
)

router = APIRouter(prefix="/artifact_versions", tags=["artifact versions"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_an_artifact_version(by: ByCaller, body: NewArtifactVersion) -> OneArtifactVersion:
    """A version must exist before binaries can be created under it."""
    fields = body.model_dump(exclude={"artifact_prn"})
    made = actions.create_version(by.system, by.actor, body.artifact_prn, fields)
    return OneArtifactVersion(artifact_version=shapes.artifact_version(made))


@router.get("")
def list_artifact_versions(
    by: ByCaller, query: Annotated[PageQuery, Depends()]
) -> ArtifactVersionPage:
    """Search keys: `prn`, `organization_prn`, `artifact_prn`, `version`, `description`,
    `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("artifact_versions", query, KEYS)
    found = catalog.search(by.system, by.actor, ARTIFACT_VERSIONS, listing)
    next_page = by.pages.after("artifact_versions", found, listing)
    shown = [shapes.artifact_version(row) for row in found.rows]
    return ArtifactVersionPage(artifact_versions=shown, next_page=next_page)


@router.get("/{artifact_version_prn}")
def get_an_artifact_version(by: ByCaller, artifact_version_prn: str) -> OneArtifactVersion:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.ARTIFACT_VERSION, artifact_version_prn)
    row = catalog.look(by.system, by.actor, ARTIFACT_VERSIONS, row_id)
    return OneArtifactVersion(artifact_version=shapes.artifact_version(row))


@router.patch("/{artifact_version_prn}")
def update_an_artifact_version(
    by: ByCaller, artifact_version_prn: str, body: ArtifactVersionChanges
) -> OneArtifactVersion:
    """Artifact and version stay as they are; null clears description or metadata."""
    row_id = by.own(Kind.ARTIFACT_VERSION, artifact_version_prn)
    row = actions.update(by.system, by.actor, ARTIFACT_VERSIONS, row_id, body.sent())
    return OneArtifactVersion(artifact_version=shapes.artifact_version(row))


@router.delete("/{artifact_version_prn}", status_code=204)
def delete_an_artifact_version(by: ByCaller, artifact_version_prn: str) -> None:
    """Refused with 409 while the version has binaries in any state."""
    row_id = by.own(Kind.ARTIFACT_VERSION, artifact_version_prn)
    actions.delete_version(by.system, by.actor, row_id)
