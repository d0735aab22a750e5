"""Binaries and their parts.

There is no route to upload, reset or destroy: all of a binary's life is its `state`, which
clients set with PATCH.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from pydantic import BeforeValidator

from sealift.actions import binaries as actions
from sealift.actions import uploads
from sealift.domain.names import Kind
from sealift.domain.parts import MOST, Part
from sealift.domain.search import BINARIES as KEYS
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.web.paging import PageQuery
from sealift.web.threads import near_stores
from sealift.wire.admin import (
    BinaryChanges,
    BinaryPage,
    BinaryPartPage,
    BinaryPartToSend,
    DownloadUrl,
    NewBinary,
    NewBinaryPart,
    OneBinary,
    OneBinaryPart,
)
from sealift.wire.text import plain_number

_NEAR_STORES: Final = (Depends(near_stores),)

router = APIRouter(prefix="/binaries", tags=["binaries"], route_class=CallerFirst)


@router.post("", status_code=201)
def create_a_binary(by: ByCaller, body: NewBinary) -> OneBinary:
    """The record of one build of an artifact version. Its content comes in parts, later."""
    fields = body.model_dump(exclude={"artifact_version_prn"})
    made = actions.create(by.system, by.actor, body.artifact_version_prn, fields)
    return OneBinary(binary=shapes.binary(made))


@router.get("")
def list_binaries(by: ByCaller, query: Annotated[PageQuery, Depends()]) -> BinaryPage:
    """Search keys: `prn`, `organization_prn`, `artifact_version_prn`, `target`, `state`,
    `hash`, `size`, `description`, `inserted_at`, `updated_at`.
    """
    listing = by.pages.listing("binaries", query, KEYS)
    found = actions.search(by.system, by.actor, listing)
    next_page = by.pages.after("binaries", found, listing)
    return BinaryPage(binaries=[shapes.binary(each) for each in found.rows], next_page=next_page)


@router.get("/{binary_prn}")
def get_a_binary(by: ByCaller, binary_prn: str) -> OneBinary:
    """Its state tells how far it has come; ask again while the server verifies."""
    found = actions.look(by.system, by.actor, by.own(Kind.BINARY, binary_prn))
    return OneBinary(binary=shapes.binary(found))


@router.patch("/{binary_prn}", dependencies=_NEAR_STORES)
def update_a_binary(by: ByCaller, binary_prn: str, body: BinaryChanges) -> OneBinary:
    """Change the record, move it along its life, reset or destroy it. All of it or nothing."""
    row_id = by.own(Kind.BINARY, binary_prn)
    found = actions.update(by.system, by.actor, row_id, body.sent())
    return OneBinary(binary=shapes.binary(found))


@router.delete("/{binary_prn}", status_code=204, dependencies=_NEAR_STORES)
def delete_a_binary(by: ByCaller, binary_prn: str) -> None:
    """Removes record and content. To erase the content and keep the record, destroy it."""
    actions.delete(by.system, by.actor, by.own(Kind.BINARY, binary_prn))


@router.get("/{binary_prn}/download_url")
def get_a_download_url(by: ByCaller, binary_prn: str) -> DownloadUrl:
    """A link to the verified content, which serves GET, HEAD and ranges without a key."""
    row_id = by.own(Kind.BINARY, binary_prn)
    return DownloadUrl(download_url=actions.download_url(by.system, by.actor, row_id))


@router.put("/{binary_prn}/parts/{index}", status_code=201, dependencies=_NEAR_STORES)
def create_or_replace_a_binary_part(
    by: ByCaller,
    binary_prn: str,
    index: Annotated[
        int,
        Path(ge=1, le=MOST, description="Parts are joined in this order."),
        BeforeValidator(plain_number),
    ],
    body: NewBinaryPart,
) -> OneBinaryPart:
    """Declares a part and answers with the link that takes its bytes.

    Replacing a part discards its bytes and its earlier links.
    """
    row_id, part = by.own(Kind.BINARY, binary_prn), Part(index, body.size, body.hash)
    made = uploads.declare_part(by.system, by.actor, row_id, part, body.expected_binary_size)
    shown = shapes.binary_part(made.part).model_dump()
    return OneBinaryPart(binary_part=BinaryPartToSend(**shown, presigned_upload_url=made.link))


@router.get("/{binary_prn}/parts", dependencies=_NEAR_STORES)
def list_binary_parts(by: ByCaller, binary_prn: str) -> BinaryPartPage:
    """All parts of the current upload, by index."""
    found = uploads.list_parts(by.system, by.actor, by.own(Kind.BINARY, binary_prn))
    return BinaryPartPage(binary_parts=[shapes.binary_part(row) for row in found], next_page=None)
