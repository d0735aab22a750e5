"""Signatures of bundles: over the bundle's hash, and so over its binaries and their order."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import bundle_signatures as actions
from sealift.actions import catalog
from sealift.domain.names import Kind
from sealift.domain.search import BUNDLE_SIGNATURES as KEYS
from sealift.records.keys import BUNDLE_SIGNATURES
from sealift.web import distribution_shapes as shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import BundleSignaturePage, NewBundleSignature, OneBundleSignature

router = APIRouter(prefix="/bundle_signatures", tags=["bundle signatures"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_bundle_signature(by: ByCaller, body: NewBundleSignature) -> OneBundleSignature:
    """Ed25519 over the 64 lowercase hex characters of the bundle's hash; verified here."""
    made = actions.attach(by.system, by.actor, **body.model_dump())
    return OneBundleSignature(bundle_signature=shapes.bundle_signature(made))


@router.get("")
def list_bundle_signatures(
    by: ByCaller, query: Annotated[PageQuery, Depends()]
) -> BundleSignaturePage:
    """Search keys: `prn`, `organization_prn`, `bundle_prn`, `signing_key_prn`, `inserted_at`,
    `updated_at`.
    """
    listing = by.pages.listing("bundle_signatures", query, KEYS)
    found = catalog.search(by.system, by.actor, BUNDLE_SIGNATURES, listing)
    next_page = by.pages.after("bundle_signatures", found, listing)
    shown = [shapes.bundle_signature(row) for row in found.rows]
    return BundleSignaturePage(bundle_signatures=shown, next_page=next_page)


@router.delete("/{bundle_signature_prn}", status_code=204)
def delete_a_bundle_signature(by: ByCaller, bundle_signature_prn: str) -> None:
    """No bundle needs one: releases do not wait for it, devices may."""
    actions.delete(by.system, by.actor, by.own(Kind.BUNDLE_SIGNATURE, bundle_signature_prn))
