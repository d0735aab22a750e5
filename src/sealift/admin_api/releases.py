"""Releases: a bundle for a cohort, and the channel that the releases of a cohort make.

Each leads to the next one, all to the latest. Only that may wait for its date or be phased.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog, rollback
from sealift.actions import releases as actions
from sealift.domain.names import Kind
from sealift.domain.search import RELEASES as KEYS
from sealift.records.releases import RELEASES
from sealift.web import distribution_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import (
    NewRelease,
    NewRollback,
    OneRelease,
    OneRollback,
    ReleaseChanges,
    ReleasePage,
)

router = APIRouter(prefix="/releases", tags=["releases"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_release(by: ByCaller, body: NewRelease) -> OneRelease:
    """It becomes the latest of its cohort, unless it is told to come before another."""
    made = actions.create(by.system, by.actor, body.model_dump())
    return OneRelease(release=shapes.release(made, by.system.now()))


@router.get("")
def list_releases(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> ReleasePage:
    """Archived ones are left out, unless the search names `deleted_at`.

    Search keys: `prn`, `organization_prn`, `cohort_prn`, `next_release_prn`, `name`,
    `description`, `version`, `version_requirement`, `deleted_at`, `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("releases", query, KEYS)
    found = catalog.search(by.system, by.actor, RELEASES, listing)
    next_page, now = by.pages.after("releases", found, listing), by.system.now()
    shown = [shapes.release(row, now) for row in found.rows]
    return ReleasePage(releases=shown, next_page=next_page)


@router.get("/{release_prn}")
def get_a_release(by: ByCaller, release_prn: str) -> OneRelease:
    """404 as well for one that is archived; lists have it, if they are searched for it."""
    row = catalog.look(by.system, by.actor, RELEASES, by.own(Kind.RELEASE, release_prn))
    return OneRelease(release=shapes.release(row, by.system.now()))


@router.patch("/{release_prn}")
def update_a_release(by: ByCaller, release_prn: str, body: ReleaseChanges) -> OneRelease:
    """Bundle and cohort stay. A phase that is complete, as 1 is, cannot be made smaller again."""
    row_id = by.own(Kind.RELEASE, release_prn)
    row = actions.update(by.system, by.actor, row_id, body.sent())
    return OneRelease(release=shapes.release(row, by.system.now()))


@router.delete("/{release_prn}", status_code=204)
def delete_a_release(by: ByCaller, release_prn: str) -> None:
    """Archives it: no device is given it, and those before it lead to the one after it."""
    actions.delete(by.system, by.actor, by.own(Kind.RELEASE, release_prn))


@router.get("/{release_prn}/rollback")
def see_what_a_rollback_would_do(by: ByCaller, release_prn: str) -> OneRollback:
    """Sealift's own: what taking the cohort back to this release would change, and for whom."""
    found = rollback.preview(by.system, by.actor, by.own(Kind.RELEASE, release_prn))
    return OneRollback(rollback=shapes.rollback(found))


@router.post("/{release_prn}/rollback", status_code=201)
def roll_back_to_a_release(by: ByCaller, release_prn: str, body: NewRollback) -> OneRelease:
    """Sealift's own: a new latest release has the bundle of this one again, and those that came
    after this one are withdrawn, whatever limits they have. Refused for the latest.
    """
    row_id = by.own(Kind.RELEASE, release_prn)
    made = rollback.roll_back(by.system, by.actor, row_id, body.model_dump())
    return OneRelease(release=shapes.release(made, by.system.now()))
