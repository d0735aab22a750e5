"""The sweep: whatever stands in a working state without anybody working on it is set going.

It runs at the start and every ten seconds. Several workers may sweep at once: work is
taken by lease, and erasing twice is fine. Huey's own periodic jobs come once a minute at
best, which is too slow for a binary that waits.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from sealift.actions import abandoned, erasing, happenings
from sealift.actions.system import System
from sealift.domain.binary import Duty
from sealift.records import unfinished

_log: Final = logging.getLogger(__name__)


def sweep(
    system: System,
    discard_after: timedelta,
    enqueued: Callable[[], int] = lambda: 0,
    keep_events: timedelta | None = None,
) -> None:
    """`enqueued` counts the jobs in the queue: as long as there are enough, none is repeated.
    Otherwise a queue that is longer than a sweep's interval would grow with every sweep.

    Events older than `keep_events` are forgotten; None: none.
    """
    with system.records.read(None) as tx:
        waiting = unfinished.to_verify(tx, system.now())
    if waiting and _counted(enqueued) < len(waiting):
        for binary in waiting:
            system.hint(Duty.VERIFY, binary.id, binary.attempt)
    erasing.erase_all(system)
    abandoned.discard(system, discard_after)
    happenings.count_adoption(system)
    if keep_events is not None:
        happenings.forget(system, keep_events)


def _counted(enqueued: Callable[[], int]) -> int:
    try:
        return enqueued()
    except Exception:  # noqa: BLE001 - the queue may fail in as many ways as its database
        _log.warning("could not count the jobs in the queue")
        return 0


def keep_sweeping(
    system: System,
    every: timedelta,
    discard_after: timedelta,
    keep_events: timedelta,
    enqueued: Callable[[], int],
    stop: threading.Event,
) -> None:
    """Sweep until told to stop. A sweep that fails is logged; the next one tries again."""
    while True:
        try:
            # Jobs that it makes are logged with this id, as others are with their request's.
            with structlog.contextvars.bound_contextvars(sweep_id=secrets.token_hex(10)):
                sweep(system, discard_after, enqueued, keep_events)
        except Exception:  # noqa: BLE001 - nothing may end the sweeping
            _log.exception("the sweep failed; it will be tried again")
        if stop.wait(every.total_seconds()):
            return
