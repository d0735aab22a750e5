"""Keeping a claim alive while slow work goes on in the same process."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from sealift.domain.errors import Refusal

_log: Final = logging.getLogger(__name__)


@contextmanager
def kept_alive(prolong: Callable[[], bool], every: timedelta) -> Generator[None]:
    """Call `prolong` now and then until the block ends, or until it says the claim is lost."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(every.total_seconds()):
            try:
                if not prolong():
                    return
            except Refusal as refusal:  # the database is away: the claim may yet outlast that
                _log.warning("could not prolong a claim: %s", refusal)

    thread = threading.Thread(target=keep, name="claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
