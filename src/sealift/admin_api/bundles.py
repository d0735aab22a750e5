"""Bundles: which binaries devices get together, in which order, with which metadata."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import bundles as actions
from sealift.domain.names import Kind
from sealift.domain.search import BUNDLES as KEYS
from sealift.web import distribution_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import BundleChanges, BundlePage, NewBundle, OneBundle, SignaturesOfBundle

router = APIRouter(prefix="/bundles", tags=["bundles"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_bundle(by: ByCaller, body: NewBundle) -> OneBundle:
    """What is in it, in which order and with which metadata is fixed from now on."""
    asked = body.model_dump()
    made = actions.create(by.system, by.actor, asked.pop("binaries"), asked)
    return OneBundle(bundle=shapes.bundle(made))


@router.get("")
def list_bundles(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> BundlePage:
    """Search keys: `prn`, `organization_prn`, `name`, `inserted_at`, `updated_at`."""
    listing = by.pages.listing("bundles", query, KEYS)
    found = actions.search(by.system, by.actor, listing)
    next_page = by.pages.after("bundles", found, listing)
    return BundlePage(bundles=[shapes.bundle(each) for each in found.rows], next_page=next_page)


@router.get("/{bundle_prn}")
def get_a_bundle(by: ByCaller, bundle_prn: str) -> OneBundle:
    """404 for what is not there and for what belongs to another organization alike."""
    found = actions.look(by.system, by.actor, by.own(Kind.BUNDLE, bundle_prn))
    return OneBundle(bundle=shapes.bundle(found))


@router.patch("/{bundle_prn}")
def update_a_bundle(by: ByCaller, bundle_prn: str, body: BundleChanges) -> OneBundle:
    """Changes the name; null takes it away."""
    row_id = by.own(Kind.BUNDLE, bundle_prn)
    found = actions.update(by.system, by.actor, row_id, body.sent())
    return OneBundle(bundle=shapes.bundle(found))


@router.delete("/{bundle_prn}", status_code=204)
def delete_a_bundle(by: ByCaller, bundle_prn: str) -> None:
    """Refused with 409 while releases that are not archived or bundle overrides have it."""
    actions.delete(by.system, by.actor, by.own(Kind.BUNDLE, bundle_prn))


@router.get("/{bundle_prn}/signatures")
def list_signatures_of_a_bundle(by: ByCaller, bundle_prn: str) -> SignaturesOfBundle:
    """All of them, in the order in which they were attached."""
    found = actions.signatures(by.system, by.actor, by.own(Kind.BUNDLE, bundle_prn))
    return shapes.signatures_of_bundle(found)
