"""What the tests of a binary's life share: ways to look at it, and at all of it at once."""

from typing import Any

from httpx2 import Response
from sqlalchemy import select, update

from sealift.actions import closing
from sealift.domain.digest import shown, tagged
from sealift.domain.parts import SMALLEST
from sealift.domain.rights import Actor, Role
from sealift.records import rows
from sealift.records.binaries import BINARIES
from sealift.records.tables import audit, binary_parts
from tests.yard import Yard, a_version, brought_to, content_key, see, upload

TWO_PARTS = bytes(SMALLEST) + b"x" * 100  # cut at the smallest part: one whole, one short

STATES = ["uploadable", "hashable", "hashing", "signable", "signed", "destroyed"]


def id_of(thing: dict[str, Any]) -> str:
    return thing["prn"].rpartition(":")[2]


def actor_of(thing: dict[str, Any]) -> Actor:
    """Somebody of the organization that owns it, for calling actions without HTTP."""
    return Actor(thing["organization_prn"].rpartition(":")[2], "test", Role.ADMIN)


def is_dead(answer: Response) -> bool:
    """What a link says once nothing is behind it; a store of others says it its own way."""
    from_us = answer.headers.get("content-type", "").startswith("application/json")
    return answer.status_code == 404 and (not from_us or answer.json()["code"] == "link.dead")


def parts_of(yard: Yard, binary: dict[str, Any]) -> list[dict[str, Any]]:
    return yard.api.get(f"/binaries/{binary['prn']}/parts").json()["binary_parts"]


def part_states(yard: Yard, binary: dict[str, Any]) -> dict[int, str]:
    return {part["index"]: part["state"] for part in parts_of(yard, binary)}


def everything(yard: Yard, binary: dict[str, Any]) -> tuple[bytes, bytes, list[str]]:
    """Record and parts, byte for byte, and whatever the store keeps."""
    # In this order: looking at parts asks their store, and the record counts what it has.
    parts = yard.api.get(f"/binaries/{binary['prn']}/parts").content
    record = yard.api.get(f"/binaries/{binary['prn']}").content
    return record, parts, yard.kept()


def begin_to_close(yard: Yard, binary: dict[str, Any]) -> None:
    """Claim the closing step, as another server would, and go no further."""
    with yard.system.records.write(None) as tx:
        closing.claim(yard.system, tx, rows.get(tx, BINARIES, id_of(binary)))


def download_link(yard: Yard, binary: dict[str, Any]) -> str:
    return yard.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]


def audited(yard: Yard, thing: dict[str, Any]) -> list[str]:
    """The actions noted on it, the oldest first."""
    with yard.system.records.read(None) as tx:
        statement = select(audit.c.action).where(audit.c.resource == thing["prn"])
        return list(tx.connection.execute(statement.order_by(audit.c.id)).scalars())


def store_reports(yard: Yard, binary: dict[str, Any], index: int, digest: str) -> None:
    """Make the records believe that the store reported this digest for the part."""
    with yard.system.records.write(None) as tx:
        statement = update(binary_parts).where(
            binary_parts.c.binary_id == id_of(binary), binary_parts.c.index == index
        )
        assert tx.changed_one(statement.values(reported=tagged(digest)))


def reported_of(yard: Yard, binary: dict[str, Any], index: int = 1) -> str | None:
    """What the store said of the part, as an answer shows it."""
    with yard.system.records.read(None) as tx:
        statement = select(binary_parts.c.reported).where(
            binary_parts.c.binary_id == id_of(binary), binary_parts.c.index == index
        )
        return shown(tx.connection.execute(statement).scalar_one())


def overwrite_content(yard: Yard, binary: dict[str, Any], content: bytes) -> None:
    """Put other bytes in the place of the stored ones, behind everybody's back."""
    yard.shelf.overwrite(content_key(yard, binary), content)


def one_of_each(yard: Yard, description: str = "one of each") -> dict[str, dict[str, Any]]:
    """A binary in every state, by state; the first is uploaded, but not finished."""
    version = a_version(yard.api)
    # The latest first: whoever goes on from `hashing` has everything verified that waits.
    found = {
        state: brought_to(yard, state, version, target=f"for-{state}", description=description)
        for state in reversed(STATES)
    }
    upload(yard.api, found["uploadable"])
    part_states(yard, found["uploadable"])  # whoever asks makes the record know what came
    yard.jobs.clear()
    return {state: see(yard.api, found[state]) for state in STATES}
