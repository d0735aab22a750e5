"""Signing keys: the public halves of the Ed25519 keys that sign binaries."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import keys as actions
from sealift.domain.names import Kind
from sealift.domain.search import SIGNING_KEYS as KEYS
from sealift.records.keys import SIGNING_KEYS
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import NewSigningKey, OneSigningKey, SigningKeyChanges, SigningKeyPage

router = APIRouter(prefix="/signing_keys", tags=["signing keys"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_signing_key(by: ByCaller, body: NewSigningKey) -> OneSigningKey:
    """Only the public half ever comes here; it is kept as base64 of its 32 bytes."""
    made = actions.create(by.system, by.actor, body.name, body.value)
    return OneSigningKey(signing_key=shapes.signing_key(made))


@router.get("")
def list_signing_keys(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> SigningKeyPage:
    """Search keys: `prn`, `organization_prn`, `name`, `value`, `inserted_at`, `updated_at`."""
    listing = by.pages.listing("signing_keys", query, KEYS)
    found = catalog.search(by.system, by.actor, SIGNING_KEYS, listing)
    next_page = by.pages.after("signing_keys", found, listing)
    shown = [shapes.signing_key(row) for row in found.rows]
    return SigningKeyPage(signing_keys=shown, next_page=next_page)


@router.get("/{signing_key_prn}")
def get_a_signing_key(by: ByCaller, signing_key_prn: str) -> OneSigningKey:
    """404 for what is not there and for what belongs to another organization alike."""
    row_id = by.own(Kind.SIGNING_KEY, signing_key_prn)
    row = catalog.look(by.system, by.actor, SIGNING_KEYS, row_id)
    return OneSigningKey(signing_key=shapes.signing_key(row))


@router.patch("/{signing_key_prn}")
def update_a_signing_key(
    by: ByCaller, signing_key_prn: str, body: SigningKeyChanges
) -> OneSigningKey:
    """The name is free; the value is frozen once a signature refers to the key."""
    row_id = by.own(Kind.SIGNING_KEY, signing_key_prn)
    row = actions.update(by.system, by.actor, row_id, body.sent())
    return OneSigningKey(signing_key=shapes.signing_key(row))


@router.delete("/{signing_key_prn}", status_code=204)
def delete_a_signing_key(by: ByCaller, signing_key_prn: str) -> None:
    """Refused with 409 while signatures refer to the key."""
    actions.delete(by.system, by.actor, by.own(Kind.SIGNING_KEY, signing_key_prn))
