"""Verification: the server reads what is stored and says whether it is what was declared.

The binary in `hashing` is the order for the work. Whoever holds its lease reads; the lease
is renewed from the reading loop, so a worker that hangs loses it. The verdict is compared
and swapped on state, attempt and token: a late worker does not have the last word.

A verdict against the content sends the binary back to `hashable` with the reason. A fault
of the machinery is not a verdict: it is tried again, and reported only after the last try.
"""

import logging
import time
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sealift.actions.system import RENEWAL, System
from sealift.domain.binary import Mover, State, move
from sealift.domain.digest import Checker, Fault, Piece, Verdict, shown, verdict
from sealift.domain.errors import ContentMissing, Unavailable
from sealift.domain.names import Kind, Name
from sealift.records import audit, binaries, parts, rows, tallies
from sealift.records.binaries import BINARIES, LEASE, Binary
from sealift.records.parts import BinaryPart

_ACTOR: Final = "system:verification"
_IN_THE_BYTES: Final = frozenset({Fault.SIZE_MISMATCH, Fault.HASH_MISMATCH})
_log: Final = logging.getLogger(__name__)


class _LeaseLost(Exception):
    """Somebody else verifies, or nobody wants to know any more."""


def verify(system: System, binary_id: str, attempt: int, *, last_try: bool) -> None:
    """Verify the attempt if it is still wanted and nobody else is at it."""
    token, now = str(uuid4()), system.now()
    with system.records.write(None) as tx:
        if not binaries.take_lease(tx, binary_id, attempt, token, now, now + LEASE):
            return
        binary = rows.get(tx, BINARIES, binary_id)
        received = parts.of(tx, binary_id)
    begun = time.perf_counter()
    try:
        found = _examine(system, binary, received, token)
    except _LeaseLost:
        _log.info("verification of binary %s given up: not wanted any more", binary_id)
    except Exception:
        _log.warning("verification of binary %s failed", binary_id, exc_info=True)
        if not last_try:
            _give_back(system, binary, token)
            raise
        _settle(system, binary, received, token, Checked(Fault.INTERNAL), begun)
    else:
        _settle(system, binary, received, token, found, begun)


class Checked:
    """What was found: a fault or none, and what there is to say about it."""

    def __init__(self, fault: Fault | None, found: Verdict | None = None, size: int = 0) -> None:
        self.fault = fault
        self.computed = found.computed if found else None
        self.parts = list(found.parts) if found else []
        self.size = size if found else None


def _examine(system: System, binary: Binary, received: list[BinaryPart], token: str) -> Checked:
    pieces = [Piece(part.size, part.hash, part.reported) for part in received]
    checker = Checker(pieces)
    try:
        _read(system, binary, checker, token)
        found = verdict(checker, binary.hash, binary.size)
        if found.fault in _IN_THE_BYTES and len(pieces) > 1:
            # The verdict stands; reading once more tells where the bytes went wrong.
            thorough = Checker(pieces, thorough=True)
            _read(system, binary, thorough, token)
            found = replace(found, parts=thorough.bad_parts())
    except ContentMissing:
        return Checked(Fault.CONTENT_MISSING)
    return Checked(found.fault, found, checker.size)


def _read(system: System, binary: Binary, checker: Checker, token: str) -> None:
    renewed = system.now()
    for chunk in system.stores.named(str(binary.store)).read(binary.content_key):
        checker.feed(chunk)
        if abs(system.now() - renewed) >= RENEWAL:  # clocks step back, too
            renewed = system.now()
            _renew(system, binary, token, renewed)


def _renew(system: System, binary: Binary, token: str, now: datetime) -> None:
    try:
        with system.records.write(None) as tx:
            is_ours = binaries.prolong_lease(tx, binary.id, binary.attempt, token, now + LEASE)
    except Unavailable as refusal:  # hours of reading may yet outlast a busy database
        _log.warning("could not prolong a lease: %s", refusal)
        return
    if not is_ours:
        raise _LeaseLost


def _give_back(system: System, binary: Binary, token: str) -> None:
    with system.records.write(None) as tx:
        binaries.prolong_lease(tx, binary.id, binary.attempt, token, None)


def _settle(
    system: System,
    binary: Binary,
    received: list[BinaryPart],
    token: str,
    found: Checked,
    begun: float,
) -> None:
    now, took = system.now(), round((time.perf_counter() - begun) * 1000)
    target = State.SIGNABLE if found.fault is None else State.HASHABLE
    step = move(State.HASHING, target, Mover.SERVER)
    error = None if found.fault is None else _explained(binary, received, found, now)
    with system.records.write(None) as tx:
        settled = binaries.settle(
            tx,
            binary.id,
            binary.attempt,
            token,
            now,
            state=step.target,
            verification_error=error,
        )
        if settled:
            name = Name(binary.organization_id, Kind.BINARY, binary.id)
            facts: dict[str, object] = {
                "from": step.source,
                "to": step.target,
                "attempt": binary.attempt,
            }
            if found.fault is not None:
                facts["fault"] = found.fault
            audit.note(tx, _ACTOR, f"binary.{step.on}", name, now, **facts)
            tallies.count(tx, found.fault, found.size or 0, took)
    if settled:
        _tell(binary, found, took)


def _tell(binary: Binary, found: Checked, took: int) -> None:
    facts = {
        "binary": binary.id,
        "attempt": binary.attempt,
        "outcome": found.fault or tallies.ACCEPTED,
        "bytes": found.size,
        "milliseconds": took,
    }
    if found.fault is None:
        _log.info("verified", extra=facts)
    else:
        _log.warning("binary %s was not accepted: %s", binary.id, found.fault, extra=facts)


def _explained(
    binary: Binary, received: list[BinaryPart], found: Checked, now: datetime
) -> dict[str, Any]:
    return {
        "code": found.fault,
        "expected": binary.hash,
        "computed": found.computed,
        # Of a single part the store's digest is the whole's; of several it has none.
        "reported": shown(received[0].reported) if len(received) == 1 else None,
        "size": found.size,
        "parts": found.parts,
        "at": now.isoformat(),
    }
