"""The worker process: Huey's consumer, and the sweep in a thread beside it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from huey import Huey

from sealift.actions.system import System
from sealift.worker.sweep import keep_sweeping

_NAP_SECONDS: Final = 0.05
_LONGEST_NAP_SECONDS: Final = 0.1  # Huey's default is ten, for which a small file would wait
_DRAIN_SECONDS: Final = 20


def run(
    queue: Huey,
    system: System,
    *,
    threads: int,
    sweep_every: timedelta,
    discard_after: timedelta,
    keep_events: timedelta,
    ready: Callable[[], None],
) -> None:
    """Work until SIGTERM, then finish what is in hand; what takes longer is left to the next."""
    stop = threading.Event()
    sweeper = threading.Thread(
        target=keep_sweeping,
        args=(system, sweep_every, discard_after, keep_events, queue.pending_count, stop),
        name="sweep",
        daemon=True,
    )
    consumer = queue.create_consumer(
        workers=threads,
        periodic=False,
        initial_delay=_NAP_SECONDS,
        max_delay=_LONGEST_NAP_SECONDS,
        shutdown_timeout=_DRAIN_SECONDS,
        graceful_signal="TERM",
    )
    sweeper.start()
    ready()
    consumer.run()
    stop.set()
    sweeper.join(timeout=1)
