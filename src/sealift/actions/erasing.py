"""Erasing content that no record claims any more.

The note to erase is stored with the move that gave the content up; it is crossed out only
when nothing is left. So an interrupted erasure is finished later, by the sweeper or by
whoever repeats the request.
"""

import logging
from typing import Final

from sealift.actions.system import System
from sealift.domain.errors import Unavailable
from sealift.domain.names import Kind, Name
from sealift.records import audit, unfinished
from sealift.records.unfinished import Erasure

_ACTOR: Final = "system:erasing"
_log: Final = logging.getLogger(__name__)


def erase_of(system: System, binary_id: str) -> None:
    """Erase what this binary gave up. Refuses as unavailable while something of it is left."""
    with system.records.read(None) as tx:
        waiting = unfinished.to_erase(tx, binary_id)
    for erasure in waiting:
        _erase(system, erasure)


def erase_all(system: System) -> None:
    """The sweeper's turn: what cannot be erased now stays noted."""
    with system.records.read(None) as tx:
        waiting = unfinished.to_erase(tx)
    away: set[str] = set()
    for erasure in waiting:
        if erasure.store in away:
            continue  # asked once a sweep: one store that hangs must not hold up the others
        try:
            _erase(system, erasure)
        except Unavailable as refusal:
            away.add(erasure.store)
            _log.warning("content of binary %s is not erased: %s", erasure.binary_id, refusal)


def _erase(system: System, erasure: Erasure) -> None:
    system.stores.named(erasure.store).erase(erasure.key, erasure.upload or "")
    if not erasure.may_be_final(system.now()):
        return  # the sweeper looks once more
    with system.records.write(None) as tx:
        if unfinished.erased(tx, erasure):
            name = Name(erasure.organization_id, Kind.BINARY, erasure.binary_id)
            facts = {"store": erasure.store, "key": erasure.key}
            audit.note(tx, _ACTOR, "binary.content_erased", name, system.now(), **facts)
