"""Bundles: made once, of binaries that are ready, and never changed but for their names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import and_

from sealift.actions.system import System
from sealift.domain import bundle as rules
from sealift.domain.errors import InUse, NotReady, ReferenceUnknown, RequestInvalid
from sealift.domain.metadata import LARGEST, JsonText, compact
from sealift.domain.names import Kind, Name, parse
from sealift.domain.rights import Actor, Right
from sealift.records import audit, bundles, keys, pages, rows
from sealift.records.bundles import BUNDLES, Bundle, Candidate, Member
from sealift.records.keys import BundleSignature
from sealift.records.pages import Listing, Page
from sealift.records.rows import Lock
from sealift.records.tables import bundle_overrides, releases
from sealift.records.transaction import Transaction

_AT_A_TIME: Final = 50  # binaries; the metadata of all that are asked for may not fit into memory


@dataclass(frozen=True, slots=True)
class WholeBundle:
    bundle: Bundle
    members: Sequence[Member]


def look(system: System, actor: Actor, bundle_id: str) -> WholeBundle:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        return _whole(tx, [rows.get(tx, BUNDLES, bundle_id)])[0]


def search(system: System, actor: Actor, listing: Listing) -> Page[WholeBundle]:
    """Up to `limit` bundles, and fewer when those are large, as in all lists."""
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        found = pages.page(tx, BUNDLES, listing)
        shown = list(_fitting(tx, found.rows))
        last = found.last
        if len(shown) < len(found.rows):
            last = (shown[-1].inserted_at, shown[-1].id)
        return Page(_whole(tx, shown), last)


def _fitting(tx: Transaction, found: Sequence[Bundle]) -> Iterator[Bundle]:
    weights, room = bundles.weights(tx, [each.id for each in found]), LARGEST
    for place, bundle in enumerate(found):
        room -= weights[bundle.id]
        if place and room < 0:
            return
        yield bundle


def _whole(tx: Transaction, found: Sequence[Bundle]) -> list[WholeBundle]:
    members = bundles.members(tx, [each.id for each in found])
    return [WholeBundle(each, members[each.id]) for each in found]


def create(
    system: System, actor: Actor, elements: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]
) -> WholeBundle:
    """`elements` have a prn and custom_metadata each; `fields` are name and perhaps an id."""
    actor.needs(Right.WRITE)
    now, row_id = system.now(), fields.get("id") or str(uuid4())
    with system.records.write(actor.organization_id) as tx:
        wanted = _named(tx, elements)
        found = _found(tx, wanted)
        _must_be_ready(actor, list(found.values()), unsigned=system.unsigned_in_bundles)
        members = [
            Member(binary_id, _metadata(given, found[binary_id]))
            for binary_id, given in wanted.items()
        ]
        digest = rules.bundle_hash([found[binary_id].hash for binary_id in wanted])
        rows.add(tx, BUNDLES, now, hash=digest, **{**fields, "id": row_id})
        bundles.put_in(tx, row_id, members)
        audit.note(tx, actor.name, "bundle.created", _name(actor, row_id), now, hash=digest)
        return WholeBundle(rows.get(tx, BUNDLES, row_id), members)


def _named(tx: Transaction, elements: Sequence[Mapping[str, Any]]) -> dict[str, JsonText | None]:
    """The metadata that was given, by the id of the binary, in the order of the request."""
    found: dict[str, JsonText | None] = {}
    for element in elements:
        name, given = parse(element["prn"]), element["custom_metadata"]
        if name is None or name.kind is not Kind.BINARY:
            raise ReferenceUnknown("is invalid: not the PRN of a binary", field="binaries")
        if name.organization_id != tx.organization_id:
            raise ReferenceUnknown(f"does not exist: {name}", field="binaries")
        if name.id in found:
            raise RequestInvalid({"binaries": [f"must have each binary once, not twice {name}"]})
        found[name.id] = None if given is None else compact(given)
    return found


def _found(tx: Transaction, wanted: Mapping[str, JsonText | None]) -> dict[str, Candidate]:
    """The binaries by id. Until the bundle is there they stay as they are."""
    found: dict[str, Candidate] = {}
    ordered, size = sorted(wanted), 0
    for start in range(0, len(ordered), _AT_A_TIME):
        for each in bundles.candidates(tx, ordered[start : start + _AT_A_TIME]):
            found[each.id] = each
            size += len((_metadata(wanted[each.id], each) or "").encode())
        if size > rules.LARGEST:
            message = f"have too much metadata: a bundle keeps at most {rules.LARGEST} bytes of it"
            raise RequestInvalid({"binaries": [message]})
    missing = next((binary_id for binary_id in wanted if binary_id not in found), None)
    if missing is not None:
        name = Name(tx.organization_id or "", Kind.BINARY, missing)
        raise ReferenceUnknown(f"does not exist: {name}", field="binaries")
    return found


def _metadata(given: JsonText | None, binary: Candidate) -> JsonText | None:
    return rules.inherited(given, binary.own, binary.of_version, binary.of_artifact)


def _must_be_ready(actor: Actor, found: Sequence[Candidate], *, unsigned: bool) -> None:
    states = rules.NOT_DESTROYED if unsigned else rules.READY
    wrong = [each for each in found if each.state not in states]
    if wrong:
        prns = [str(Name(actor.organization_id, Kind.BINARY, each.id)) for each in wrong]
        needed = "must not be destroyed" if unsigned else "must be signed to enter a bundle"
        message = f"{needed}, but {prns[0]} is {wrong[0].state}"
        raise NotReady(message, field="binaries", binary_prns=prns)


def update(system: System, actor: Actor, bundle_id: str, changes: Mapping[str, Any]) -> WholeBundle:
    """`changes` is the name, if anything."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        rows.get(tx, BUNDLES, bundle_id, Lock.ALONE)
        if changes:
            rows.change(tx, BUNDLES, bundle_id, now, **changes)
            name, facts = _name(actor, bundle_id), {"fields": sorted(changes)}
            audit.note(tx, actor.name, "bundle.changed", name, now, **facts)
        return _whole(tx, [rows.get(tx, BUNDLES, bundle_id)])[0]


def delete(system: System, actor: Actor, bundle_id: str) -> None:
    """Its binaries stay, and so do archived releases that gave it to devices."""
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = rows.get(tx, BUNDLES, bundle_id, Lock.ALONE)
        of, overriding = releases.c, bundle_overrides.c
        if rows.exists(tx, releases, and_(of.bundle_id == bundle_id, of.deleted_at.is_(None))):
            raise InUse("the bundle still has releases", field="releases")
        if rows.exists(tx, bundle_overrides, overriding.bundle_id == bundle_id):
            raise InUse("the bundle still has bundle overrides", field="bundle_overrides")
        keys.remove_all_of_bundle(tx, bundle_id)
        bundles.empty(tx, bundle_id)
        rows.remove(tx, BUNDLES, bundle_id)
        audit.note(tx, actor.name, "bundle.deleted", _name(actor, bundle_id), now, hash=seen.hash)


def signatures(system: System, actor: Actor, bundle_id: str) -> list[BundleSignature]:
    actor.needs(Right.READ)
    with system.records.read(actor.organization_id) as tx:
        rows.get(tx, BUNDLES, bundle_id)
        return keys.of_bundle(tx, bundle_id)


def _name(actor: Actor, row_id: str) -> Name:
    return Name(actor.organization_id, Kind.BUNDLE, row_id)
