"""Artifacts: stable identities of what is distributed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import artifacts as actions
from sealift.actions import catalog
from sealift.domain.names import Kind
from sealift.domain.search import ARTIFACTS as KEYS
from sealift.records.artifacts import ARTIFACTS
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import ArtifactChanges, ArtifactPage, NewArtifact, OneArtifact

router = APIRouter(prefix="/artifacts", tags=["artifacts"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_an_artifact(by: ByCaller, body: NewArtifact) -> OneArtifact:
    """An artifact comes before its versions; devices tell what they are sent apart by it."""
    made = actions.create(by.system, by.actor, body.model_dump())
    return OneArtifact(artifact=shapes.artifact(made))


@router.get("")
def list_artifacts(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> ArtifactPage:
    """Search keys: `prn`, `organization_prn`, `name`, `description`, `inserted_at`,
    `updated_at`.
    """
    listing = by.pages.listing("artifacts", query, KEYS)
    found = catalog.search(by.system, by.actor, ARTIFACTS, listing)
    next_page = by.pages.after("artifacts", found, listing)
    shown = [shapes.artifact(row) for row in found.rows]
    return ArtifactPage(artifacts=shown, next_page=next_page)


@router.get("/{artifact_prn}")
def get_an_artifact(by: ByCaller, artifact_prn: str) -> OneArtifact:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.ARTIFACT, artifact_prn)
    row = catalog.look(by.system, by.actor, ARTIFACTS, row_id)
    return OneArtifact(artifact=shapes.artifact(row))


@router.patch("/{artifact_prn}")
def update_an_artifact(by: ByCaller, artifact_prn: str, body: ArtifactChanges) -> OneArtifact:
    """Changes the fields that are sent; null clears those that may be empty."""
    row_id = by.own(Kind.ARTIFACT, artifact_prn)
    row = actions.update(by.system, by.actor, ARTIFACTS, row_id, body.sent())
    return OneArtifact(artifact=shapes.artifact(row))


@router.delete("/{artifact_prn}", status_code=204)
def delete_an_artifact(by: ByCaller, artifact_prn: str) -> None:
    """Refused with 409 while the artifact has versions."""
    actions.delete(by.system, by.actor, by.own(Kind.ARTIFACT, artifact_prn))
