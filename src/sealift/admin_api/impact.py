"""Where a binary has got to, and what is at stake when it is destroyed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import impact as actions
from sealift.domain.names import Kind
from sealift.domain.search import BUNDLES, RELEASES
from sealift.web import distribution_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import BundlePage, GivenReleasePage, OneImpact

router = APIRouter(prefix="/binaries", tags=["binaries"], route_class=CallerFirst)


@router.get("/{binary_prn}/bundles")
def list_bundles_with_a_binary(
    by: ByCaller, binary_prn: str, query: Annotated[PageQuery, Depends()]
) -> BundlePage:
    """Sealift's own. They can be searched as the list of all bundles can."""
    row_id = by.own(Kind.BINARY, binary_prn)
    listing = by.pages.listing("bundles", query, BUNDLES)
    found = actions.bundles_with(by.system, by.actor, row_id, listing)
    next_page = by.pages.after("bundles", found, listing)
    return BundlePage(bundles=[shapes.bundle(each) for each in found.rows], next_page=next_page)


@router.get("/{binary_prn}/releases")
def list_releases_with_a_binary(
    by: ByCaller, binary_prn: str, query: Annotated[PageQuery, Depends()]
) -> GivenReleasePage:
    """Sealift's own: those whose bundle has it. They can be searched as all releases can."""
    row_id = by.own(Kind.BINARY, binary_prn)
    listing = by.pages.listing("releases", query, RELEASES)
    found = actions.releases_with(by.system, by.actor, row_id, listing)
    next_page, now = by.pages.after("releases", found, listing), by.system.now()
    shown = [shapes.given_release(each, now) for each in found.rows]
    return GivenReleasePage(releases=shown, next_page=next_page)


@router.get("/{binary_prn}/impact")
def see_the_impact_of_destroying_a_binary(by: ByCaller, binary_prn: str) -> OneImpact:
    """Sealift's own: the bundles, releases and overrides that have it, and how many devices
    would be given nothing in place of an update. Archive those releases before destroying it.
    """
    found = actions.of_binary(by.system, by.actor, by.own(Kind.BINARY, binary_prn))
    return OneImpact(impact=shapes.impact(binary_prn, found))
