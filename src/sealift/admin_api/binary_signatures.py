"""Signatures of binaries. The first good one moves a binary from `signable` to `signed`."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sealift.actions import catalog
from sealift.actions import signatures as actions
from sealift.domain.names import Kind
from sealift.domain.search import BINARY_SIGNATURES as KEYS
from sealift.records.keys import BINARY_SIGNATURES
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.wire.admin import BinarySignaturePage, NewBinarySignature, OneBinarySignature

router = APIRouter(prefix="/binary_signatures", tags=["binary signatures"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_binary_signature(by: ByCaller, body: NewBinarySignature) -> OneBinarySignature:
    """Ed25519 over the 64 lowercase hex characters of the binary's hash; verified here."""
    made = actions.attach(by.system, by.actor, **body.model_dump())
    return OneBinarySignature(binary_signature=shapes.binary_signature(made))


@router.get("")
def list_binary_signatures(
    by: ByCaller, query: Annotated[PageQuery, Depends()]
) -> BinarySignaturePage:
    """Search keys: `prn`, `organization_prn`, `binary_prn`, `signing_key_prn`,
    `signature.signing_key.keyid`, `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("binary_signatures", query, KEYS)
    found = catalog.search(by.system, by.actor, BINARY_SIGNATURES, listing)
    next_page = by.pages.after("binary_signatures", found, listing)
    shown = [shapes.binary_signature(row) for row in found.rows]
    return BinarySignaturePage(binary_signatures=shown, next_page=next_page)


@router.delete("/{binary_signature_prn}", status_code=204)
def delete_a_binary_signature(by: ByCaller, binary_signature_prn: str) -> None:
    """Refused with 409 for the last signature of a signed binary, and once it is destroyed."""
    row_id = by.own(Kind.BINARY_SIGNATURE, binary_signature_prn)
    actions.delete(by.system, by.actor, row_id)
