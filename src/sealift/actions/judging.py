"""What a record claims of its store, and whether the store has it: the rules of a check.

hashable, hashing,   content under the record's key, as long as the record says
signable, signed
uploadable           the upload that was opened, or what its closing step has just made
destroyed            nothing
anything else        is claimed by the record's current attempt, or noted to be erased
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sealift.content.store import Kept
from sealift.domain.binary import State
from sealift.domain.names import Name
from sealift.records.checked import Claim

LONG: Final = timedelta(hours=1)  # nothing that is under way takes that long without a sign
HAS_CONTENT: Final = frozenset({State.HASHABLE, State.HASHING, State.SIGNABLE, State.SIGNED})


class Matter(StrEnum):
    """What is the matter; these words never change."""

    CONTENT_MISSING = "content.missing"
    CONTENT_SIZE = "content.size"
    CONTENT_HASH = "content.hash"
    UPLOAD_MISSING = "upload.missing"
    UPLOAD_SPARE = "upload.spare"
    PART_MISSING = "part.missing"
    PART_HASH = "part.hash"
    UNCLAIMED = "content.unclaimed"
    ERASURE_OVERDUE = "erasure.overdue"
    VERIFICATION_STALLED = "verification.stalled"
    RECORD_CONTRADICTS = "record.contradicts"
    AUDIT_DIFFERS = "audit.differs"
    STORE_UNKNOWN = "store.unknown"
    STORE_AWAY = "store.away"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What seems to be the matter, in words; of a thing in the store where there is one."""

    matter: Matter
    text: str
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicion that held. `advice` is what to do next, `repaired` that nothing is."""

    suspicion: Suspicion
    store: str | None = None
    name: Name | None = None
    claim: Claim | None = None
    repaired: bool = False
    advice: str = ""


def judged(
    claim: Claim | None, noted: Collection[str], kept: Sequence[Kept]
) -> Iterator[Suspicion]:
    """`claim` and `kept` are of one id; `noted` are the keys that are to be erased anyway."""
    own = claim.content_key if claim is not None else None
    for each in kept:
        if each.key != own and each.key not in noted:
            yield Suspicion(Matter.UNCLAIMED, f"no record claims {each.key}", each)
    if claim is None:
        return
    mine = [each for each in kept if each.key == own]
    content = next((each for each in mine if each.upload is None), None)
    uploads = [each for each in mine if each.upload is not None]
    if claim.state in HAS_CONTENT:
        yield from _content(claim, content)
        if content is not None:
            yield from _spare(uploads)
    elif claim.state is State.UPLOADABLE and claim.upload is not None:
        if content is None and claim.upload not in {each.upload for each in uploads}:
            yield Suspicion(Matter.UPLOAD_MISSING, "the upload that was begun is gone")
        yield from _spare([each for each in uploads if each.upload != claim.upload])


def _content(claim: Claim, content: Kept | None) -> Iterator[Suspicion]:
    if content is None:
        yield Suspicion(Matter.CONTENT_MISSING, f"it is {claim.state} and its content is gone")
    elif content.size != claim.size:
        text = f"its content has {content.size} bytes, its record says {claim.size}"
        yield Suspicion(Matter.CONTENT_SIZE, text)


def _spare(uploads: Sequence[Kept]) -> Iterator[Suspicion]:
    for each in uploads:
        yield Suspicion(Matter.UPLOAD_SPARE, "an upload that nobody goes on with is open", each)


def contradictions(claim: Claim, told: str) -> Iterator[Suspicion]:
    """What cannot be true of a record by itself; `told` is the state that the audit tells of."""
    if claim.state in HAS_CONTENT and claim.store is None:
        text = f"it is {claim.state} and names no store"
        yield Suspicion(Matter.RECORD_CONTRADICTS, text)
    if claim.state is State.DESTROYED and claim.store is not None:
        yield Suspicion(Matter.RECORD_CONTRADICTS, "it is destroyed and names a store")
    if claim.upload is not None and claim.store is None:
        yield Suspicion(Matter.RECORD_CONTRADICTS, "it names an upload and no store")
    if told != claim.state:
        text = f"it is {claim.state}, and the audit moved it to {told} last"
        yield Suspicion(Matter.AUDIT_DIFFERS, text)
