"""What may be repaired without asking anybody, and what has to be left to a person.

Content that a record claims is never touched. What no record claims is erased only if this
database made the record that it was for, and has given it up since: a key is used once, so
nobody can want it again. All else may belong to another server, or to a database of which this
one is an older copy.
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final

from sealift.actions import erasing, uploads
from sealift.actions.judging import LONG, Finding, Matter
from sealift.actions.system import System
from sealift.content.store import Kept
from sealift.domain.binary import Duty, State
from sealift.domain.errors import Unavailable
from sealift.domain.names import Name
from sealift.records import audit, checked, rows
from sealift.records.binaries import BINARIES, origin_of, owner_of
from sealift.records.checked import Claim

PROBE: Final = 0  # the attempt in the keys of whoever only tries a store; records begin with 1

_ACTOR: Final = "system:check"
_log: Final = logging.getLogger(__name__)

_REPAIR: Final = "--repair does it"
_ADVICE: Final = {
    Matter.CONTENT_MISSING: "restore the store from a backup, or upload it again as a new binary",
    Matter.CONTENT_SIZE: "restore the store from a backup, or upload it again as a new binary",
    Matter.CONTENT_HASH: "restore the store from a backup, or upload it again as a new binary",
    Matter.UPLOAD_MISSING: f"the upload has to begin anew; {_REPAIR}, and it is sent again",
    Matter.PART_MISSING: f"the upload has to begin anew; {_REPAIR}, and it is sent again",
    Matter.PART_HASH: f"the upload has to begin anew; {_REPAIR}, and it is sent again",
    Matter.UPLOAD_SPARE: f"drop it; {_REPAIR} once it is an hour old",
    Matter.ERASURE_OVERDUE: f"run a worker, and look why its store does not erase; {_REPAIR}",
    Matter.VERIFICATION_STALLED: f"run a worker: sealift serve, or sealift worker; {_REPAIR}",
    Matter.RECORD_CONTRADICTS: "somebody changed the database by hand; restore it from a backup",
    Matter.AUDIT_DIFFERS: "somebody changed the database by hand; restore it from a backup",
    Matter.STORE_UNKNOWN: "set SEALIFT_STORES__<NAME>__KIND and what belongs to it",
    Matter.STORE_AWAY: "look at the store: sealift admin doctor",
}


def erase_what_is_noted(system: System) -> None:
    erasing.erase_all(system)


def advised(system: System, found: Finding) -> Finding:
    """The same, with what to do next."""
    kept = found.suspicion.kept
    if found.suspicion.matter is Matter.UNCLAIMED and kept is not None:
        reason, name = _why_not(system, kept)
        return replace(found, advice=reason or f"erase it; {_REPAIR}", name=name)
    return replace(found, advice=_ADVICE.get(found.suspicion.matter, ""))


def mended(system: System, found: Finding) -> Finding:
    """The same, repaired if that was safe and worked."""
    found = advised(system, found)
    try:
        is_done = _mend(system, found)
    except Unavailable as refusal:
        _log.warning("could not be repaired: %s", refusal)
        is_done = False
    return replace(found, repaired=True, advice="") if is_done else found


def _mend(system: System, found: Finding) -> bool:
    kept, claim = found.suspicion.kept, found.claim
    match found.suspicion.matter:
        case Matter.UPLOAD_MISSING | Matter.PART_MISSING | Matter.PART_HASH if claim is not None:
            return _lost(system, claim)
        case Matter.UNCLAIMED if kept is not None:
            return _erased(system, str(found.store), kept)
        case Matter.UPLOAD_SPARE if kept is not None and system.now() - kept.since >= LONG:
            store = system.stores.named(str(found.store))
            store.abandon(kept.key, kept.upload or "")
            return not any(each.upload == kept.upload for each in store.kept(kept.key))
        case Matter.ERASURE_OVERDUE if found.name is not None:
            erasing.erase_of(system, found.name.id)
            return True
        case Matter.VERIFICATION_STALLED if claim is not None:
            system.hint(Duty.VERIFY, claim.id, claim.attempt)
            return True
        case _:
            return False


def _lost(system: System, claim: Claim) -> bool:
    """One part after the other may be found gone, of which the first has done all there is."""
    with system.records.read(None) as tx:
        binary = rows.find(tx, BINARIES, claim.id)
    if binary is None or binary.attempt != claim.attempt:
        return True
    return uploads.lost(system, binary)


def _erased(system: System, store: str, kept: Kept) -> bool:
    reason, name = _why_not(system, kept)
    if reason:
        return False
    system.stores.named(store).erase(kept.key, kept.upload or "")
    if name is not None:
        with system.records.write(None) as tx:
            facts = {"store": store, "key": kept.key}
            audit.note(tx, _ACTOR, "binary.content_erased", name, system.now(), **facts)
    return True


def _why_not(system: System, kept: Kept) -> tuple[str, Name | None]:
    """Why what no record claims must not be erased, if it must not; whose it was, if it is known.

    Asked after it was listed: what a record does not claim then it never will.
    """
    origin = origin_of(kept.key)
    if origin is None:
        return "nobody here made it; find out who did", None
    moment, attempt = origin
    binary_id = owner_of(kept.key)
    with system.records.read(None) as tx:
        name = checked.made_here(tx, binary_id, moment)
        claim = checked.claim_of(tx, binary_id)
    if system.now() - kept.since < LONG:
        return "it is younger than an hour; look again later", name
    if attempt == PROBE:
        return "", None
    if name is None:
        return (
            "this database never had that binary: does another server use the store, or was the"
            " database restored from an older backup?"
        ), None
    if claim is not None and _is_ahead(claim, kept.key, moment, attempt):
        return "its record is behind it: was the database restored from a backup?", name
    return "", name


def _is_ahead(claim: Claim, key: str, moment: datetime, attempt: int) -> bool:
    if claim.inserted_at != moment:
        return False
    if claim.content_key == key:
        return claim.state is not State.DESTROYED
    return attempt > claim.attempt
