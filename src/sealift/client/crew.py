"""Several threads on one list of jobs; the first failure stops them all.

The threads are daemons, so that neither a failure nor Ctrl-C has to wait for a connection
that hangs: whoever leaves the process leaves them behind.
"""

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

Job = TypeVar("Job")

_GRACE: Final = 5.0  # seconds for the others to notice that they should stop


class Stopped(Exception):
    """Raised by work that found `stop` set; no failure of its own."""


def work_off(
    jobs: Iterable[Job], work: Callable[[Job, threading.Event], None], threads: int
) -> None:
    """Do `work(job, stop)` for every job; it should look at `stop` often."""
    todo: SimpleQueue[Job] = SimpleQueue()
    for job in jobs:
        todo.put(job)
    stop = threading.Event()
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    crew = [
        threading.Thread(target=_take_turns, args=(todo, work, stop, ended), daemon=True)
        for _ in range(min(threads, todo.qsize()))
    ]
    for thread in crew:
        thread.start()
    try:
        for _ in crew:
            if failure := ended.get():
                raise failure
    finally:
        stop.set()
        for thread in crew:
            thread.join(_GRACE)


def _take_turns(
    todo: SimpleQueue[Job],
    work: Callable[[Job, threading.Event], None],
    stop: threading.Event,
    ended: SimpleQueue[BaseException | None],
) -> None:
    failure: BaseException | None = None
    try:
        while not stop.is_set():
            work(todo.get_nowait(), stop)
    except (Empty, Stopped):
        pass
    except BaseException as error:  # noqa: BLE001  it is raised where the work was ordered
        failure = error
    ended.put(failure)
