"""What a device is given: asked in its place, and explained."""

from typing import Annotated

from fastapi import APIRouter, Query

from sealift.actions import checks as actions
from sealift.admin_api import update_shapes as shapes
from sealift.domain.errors import ReferenceUnknown, RequestInvalid
from sealift.domain.names import Kind, parse
from sealift.domain.statement import Statement
from sealift.web.actor import ByCaller, CallerFirst
from sealift.wire.text import GivenTime
from sealift.wire.updates import DeviceUpdate, Explanation, UpdateQuestion

router = APIRouter(prefix="/devices", tags=["devices"], route_class=CallerFirst)


@router.post("/{device_prn}/update")
def check_for_an_update_of_a_device(
    by: ByCaller, device_prn: str, body: UpdateQuestion
) -> DeviceUpdate:
    """What the device would be given if it ran this. Nothing changes, unless `write` says so.

    Needs the right to download, and with `write` that to write.
    """
    row_id = by.own(Kind.DEVICE, device_prn)
    statement = Statement(body.release_prn, body.bundle_prn, body.release_version)
    if not statement.says_anything:
        message = "is required, or bundle_prn, or release_version: say what the device runs"
        raise RequestInvalid({"release_prn": [message]})
    checked = actions.ask_for(by.system, by.actor, row_id, statement, write=bool(body.write))
    return shapes.device_update(by.system, checked)


@router.get("/{device_prn}/explain")
def explain_what_a_device_is_given(
    by: ByCaller,
    device_prn: str,
    at: Annotated[
        GivenTime | None, Query(description="As if it asked then; left out: now.")
    ] = None,
    release_prn: Annotated[
        str | None, Query(description="Also tell why this release is given, or why not.")
    ] = None,
) -> Explanation:
    """Own: the rules that were tried for it, going by what it reported last, and what decided.

    Claims are those of now, whatever time is asked for.
    """
    row_id = by.own(Kind.DEVICE, device_prn)
    release_id = _release_id(by, release_prn)
    explained = actions.explain(by.system, by.actor, row_id, at, release_id)
    return shapes.explanation(explained)


def _release_id(by: ByCaller, prn: str | None) -> str | None:
    if prn is None:
        return None
    name = parse(prn)
    if name is None or (name.organization_id, name.kind) != (
        by.actor.organization_id,
        Kind.RELEASE,
    ):
        raise ReferenceUnknown("does not exist", field="release_prn")
    return name.id
