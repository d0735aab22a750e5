"""Records against content, both ways, while the server may be running.

Both sides are read in the order of their keys and laid side by side, so memory stays flat. What
seems wrong is looked at again by itself: the record, then the store, then the record again. It
is a finding only if the record did not change meanwhile and still speaks against the store.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeAlias

from sealift.actions import mending
from sealift.actions.judging import (
    LONG,
    Finding,
    Matter,
    Suspicion,
    contradictions,
    judged,
)
from sealift.actions.system import System
from sealift.actions.uploads import place
from sealift.content.store import Kept, LocalStore, Store
from sealift.domain.binary import HAS_VERIFIED_CONTENT, State
from sealift.domain.errors import ContentMissing, ContentUnavailable
from sealift.domain.names import Kind, Name
from sealift.domain.parts import PartState
from sealift.records import checked, parts, stores
from sealift.records.binaries import origin_of, owner_of
from sealift.records.checked import Claim
from sealift.records.parts import BinaryPart

_LOOKS: Final = 3  # at a record that changes all the time, which is a sign of life

Side: TypeAlias = tuple[str, Claim | Kept]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`deep` reads all verified content; `repair` does what is safe."""

    deep: bool = False
    repair: bool = False
    looked_at: Callable[[int], None] = lambda _: None  # told of records
    read: Callable[[int], None] = lambda _: None  # told of bytes


def check(system: System, wanted: Wanted) -> Iterator[Finding]:
    """Everything that is wrong. A store that is away is a finding, and ends only its own check."""
    if wanted.repair:
        mending.erase_what_is_noted(system)
    for found in _all(system, wanted):
        yield (mending.mended if wanted.repair else mending.advised)(system, found)


def _all(system: System, wanted: Wanted) -> Iterator[Finding]:
    yield from _records(system, wanted)
    yield from _duties(system)
    for name, store in system.stores.by_name.items():
        try:
            yield from _store(system, name, store, wanted)
        except ContentUnavailable as refusal:
            text = f"{refusal.message}, so it was not checked to the end"
            yield Finding(Suspicion(Matter.STORE_AWAY, text), name)


def _records(system: System, wanted: Wanted) -> Iterator[Finding]:
    """What records say by themselves."""
    for page in checked.pages(system.records):
        for claim, told in page:
            for suspicion in contradictions(claim, told):
                yield Finding(suspicion, claim.store, claim.name, claim)
        wanted.looked_at(len(page))


def _duties(system: System) -> Iterator[Finding]:
    """What should have been done long ago, and where nothing can be done."""
    now = system.now()
    with system.records.read(None) as tx:
        relied_on = stores.relied_on(tx)
        overdue = checked.overdue(tx, now - LONG)
        stalled = checked.not_moved_since(tx, now - LONG, now)
    for name in sorted(relied_on - system.stores.by_name.keys()):
        text = "records rely on it, and it is not configured"
        yield Finding(Suspicion(Matter.STORE_UNKNOWN, text), name)
    for erasure in overdue:
        text = f"{erasure.key} should have been erased long ago"
        name = Name(erasure.organization_id, Kind.BINARY, erasure.binary_id)
        yield Finding(Suspicion(Matter.ERASURE_OVERDUE, text), erasure.store, name)
    for claim in stalled:
        text = "it has been waiting to be verified for more than an hour"
        suspicion = Suspicion(Matter.VERIFICATION_STALLED, text)
        yield Finding(suspicion, claim.store, claim.name, claim)


def _store(system: System, name: str, store: Store, wanted: Wanted) -> Iterator[Finding]:
    claims: Iterator[Side] = (
        (claim.id, claim) for page in checked.pages(system.records, name) for claim, _ in page
    )
    kept: Iterator[Side] = ((owner_of(each.key), each) for each in store.kept())
    for binary_id, group in groupby(merge(claims, kept, key=itemgetter(0)), key=itemgetter(0)):
        sides = [side for _, side in group]
        claim = next((side for side in sides if isinstance(side, Claim)), None)
        there = [side for side in sides if isinstance(side, Kept)]
        own = claim.content_key if claim is not None else None
        alien = [each for each in there if each.key != own and origin_of(each.key) is None]
        for each in alien:
            yield Finding(Suspicion(Matter.UNCLAIMED, f"{each.key} is no key of ours", each), name)
        if any(judged(claim, (), [each for each in there if each not in alien])):
            yield from _looked_again(system, name, store, binary_id)
        elif claim is not None:
            yield from _closely(system, name, store, claim, wanted)


def _looked_again(system: System, name: str, store: Store, binary_id: str) -> Sequence[Finding]:
    """What holds of all that this id stands for; nothing, while it is changing."""
    for _ in range(_LOOKS):
        before = _claimed(system, name, binary_id)
        there = [each for each in store.kept(f"{binary_id}-") if origin_of(each.key) is not None]
        if _claimed(system, name, binary_id) == before:
            claim, noted = before
            whose = claim.name if claim is not None else None
            held = list(judged(claim, noted, there))
            if _has_become_content(store, claim, held):
                continue
            seem_gone = [each for each in held if each.matter is Matter.UPLOAD_MISSING]
            if seem_gone and _is_open(store, claim):
                held = [each for each in held if each not in seem_gone]
            return [Finding(suspicion, name, whose, claim) for suspicion in held]
    return ()


def _has_become_content(store: Store, claim: Claim | None, suspicions: Sequence[Suspicion]) -> bool:
    """Whether an upload that seems to be gone was joined while it was looked for."""
    seems_gone = {Matter.UPLOAD_MISSING, Matter.PART_MISSING}
    return (
        claim is not None
        and any(each.matter in seems_gone for each in suspicions)
        and store.size(claim.content_key) is not None
    )


def _is_open(store: Store, claim: Claim | None) -> bool:
    """Asked by the upload's name: not every store lists uploads by the beginning of a key."""
    try:
        received = claim and store.received(claim.content_key, claim.upload or "")
    except ContentMissing:
        return False
    return received is not None  # a store that is ours has listed all there is


def _claimed(system: System, store: str, binary_id: str) -> tuple[Claim | None, set[str]]:
    """What is on record of the id, as far as this store goes."""
    with system.records.read(None) as tx:
        claim, noted = checked.claim_of(tx, binary_id), checked.noted_keys(tx, binary_id)
    return (claim if claim is not None and claim.store == store else None), noted


# --- one record, closely -------------------------------------------------------------------------


def _closely(
    system: System, name: str, store: Store, claim: Claim, wanted: Wanted
) -> Iterator[Finding]:
    """Its parts, or its bytes. What is found counts only if the record is the same afterwards."""
    if claim.state is State.UPLOADABLE and claim.upload is not None:
        look = _parts
    elif claim.state in HAS_VERIFIED_CONTENT and wanted.deep:
        look = _bytes
    else:
        return
    before = _seen(system, claim)
    found = list(look(store, claim, before[1], wanted))
    if not found or _has_become_content(store, claim, found):
        return
    if before[0] == claim and _seen(system, claim) == before:
        yield from (Finding(suspicion, name, claim.name, claim) for suspicion in found)


def _seen(system: System, claim: Claim) -> tuple[Claim | None, list[BinaryPart]]:
    with system.records.read(None) as tx:
        return checked.claim_of(tx, claim.id), parts.of(tx, claim.id)


def _parts(
    store: Store, claim: Claim, declared: Sequence[BinaryPart], wanted: Wanted
) -> Iterator[Suspicion]:
    """Parts that were received, and are not there any more."""
    valid = [part for part in declared if part.state is PartState.VALID]
    if store.size(claim.content_key) is not None:
        return  # joined already: its closing step will be repeated
    if isinstance(store, LocalStore):
        yield from _arrived(store, claim, valid, wanted)
        return
    try:
        received = store.received(claim.content_key, claim.upload or "") or {}
    except ContentMissing:
        received = {}
    for part in valid:
        there = received.get(part.index)
        if there is None or there.size != part.size:
            yield Suspicion(Matter.PART_MISSING, f"its part {part.index} was received and is gone")


def _arrived(
    store: LocalStore, claim: Claim, valid: Sequence[BinaryPart], wanted: Wanted
) -> Iterator[Suspicion]:
    for part in valid:
        try:
            chunks = store.arrived(claim.content_key, place(part))
            if wanted.deep and _digest(chunks, wanted) != part.hash:
                text = f"its part {part.index} is not what was received"
                yield Suspicion(Matter.PART_HASH, text)
        except ContentMissing:
            yield Suspicion(Matter.PART_MISSING, f"its part {part.index} was received and is gone")


def _bytes(
    store: Store, claim: Claim, _declared: Sequence[BinaryPart], wanted: Wanted
) -> Iterator[Suspicion]:
    """Content that was verified once, and is something else by now."""
    try:
        computed = _digest(store.read(claim.content_key), wanted)
    except ContentMissing:
        yield Suspicion(Matter.CONTENT_MISSING, f"it is {claim.state} and its content is gone")
        return
    except ContentUnavailable as refusal:
        store.probe()  # if the store is away, that is what is the matter
        text = f"its content cannot be read: {refusal.message}"
        yield Suspicion(Matter.CONTENT_HASH, text)
        return
    if computed != claim.hash:
        text = f"its content has the SHA-256 {computed}, its record says {claim.hash}"
        yield Suspicion(Matter.CONTENT_HASH, text)


def _digest(chunks: Iterator[bytes], wanted: Wanted) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
        wanted.read(len(chunk))
    return digest.hexdigest()
