"""Uploads that nobody goes on with: discarded after a while, never silently."""

import logging
from datetime import timedelta
from typing import Final

from sealift.actions import uploads
from sealift.actions.system import System
from sealift.domain.errors import ContentMissing, Unavailable
from sealift.domain.names import Kind, Name
from sealift.records import audit, parts, rows, unfinished
from sealift.records.binaries import BINARIES
from sealift.records.rows import Lock
from sealift.records.unfinished import Unfinished

_ACTOR: Final = "system:sweeper"
_log: Final = logging.getLogger(__name__)


def discard(system: System, after: timedelta) -> None:
    """Start anew what has stood still for longer than `after`; its record stays."""
    with system.records.read(None) as tx:
        waiting = unfinished.abandoned(tx, system.now() - after)
    for found in waiting:
        if not _asked(system, found):
            continue
        now = system.now()  # since it was asked, which takes its time
        with system.records.write(found.organization_id) as tx:
            seen = rows.find(tx, BINARIES, found.id, Lock.ALONE)
            if seen is None or seen.revision != found.revision or seen.attempt != found.attempt:
                continue
            if seen.is_being_closed(now):
                continue
            if any(part.updated_at > now - after for part in parts.of(tx, seen.id)):
                continue
            uploads.start_anew(tx, seen, now)
            name = Name(seen.organization_id, Kind.BINARY, seen.id)
            audit.note(tx, _ACTOR, "binary.upload_abandoned", name, now, attempt=seen.attempt)
        _log.warning("discarded the abandoned upload of binary %s", found.id)


def _asked(system: System, found: Unfinished) -> bool:
    """Whether the store could say what arrived without us; each such part is a sign of life."""
    with system.records.read(None) as tx:
        binary = rows.find(tx, BINARIES, found.id)
        received = parts.of(tx, found.id)
    if binary is None or not received:
        return True
    try:
        uploads.refreshed(system, binary, received)
    except ContentMissing:
        return True
    except Unavailable as refusal:
        _log.warning("the upload of binary %s cannot be looked at: %s", found.id, refusal)
        return False
    return True
