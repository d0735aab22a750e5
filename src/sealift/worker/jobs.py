"""Jobs by name. Each carries a binary and its attempt; a late one changes nothing.

A job that fails is tried again a few times. Verifying takes two minutes for that: a store may
be away so long before somebody is told. A job that is lost with its worker is enqueued again by
the sweep, because the state it was for still stands.

A job also carries the id of what caused it, a request or a sweep, and all that is logged while
it runs has that id.
"""

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from huey import Huey
from huey.api import Task

from sealift.actions import erasing, verification
from sealift.actions.system import System
from sealift.domain.binary import Duty

_RETRIES: Final = 4
_DELAY_SECONDS: Final = 3
_LONGER_EACH_TIME: Final = 3  # as a factor
_CAUSES: Final = ("request_id", "sweep_id")  # as whoever enqueues has bound them


def hints(queue: Huey, system: Callable[[], System]) -> Callable[[Duty, str, int], None]:
    """Register the jobs and return the function that enqueues one.

    `system` is asked for when a job runs; a process that only enqueues never calls it.
    """

    def verify(binary_id: str, attempt: int, cause: Mapping[str, str], *, task: Task) -> None:
        with structlog.contextvars.bound_contextvars(**cause):
            verification.verify(system(), binary_id, attempt, last_try=task.retries == 0)

    # All jobs carry an attempt.
    def erase(binary_id: str, attempt: int, cause: Mapping[str, str]) -> None:  # noqa: ARG001
        with structlog.contextvars.bound_contextvars(**cause):
            erasing.erase_of(system(), binary_id)

    tried = queue.task(
        _RETRIES, _DELAY_SECONDS, retry_backoff=_LONGER_EACH_TIME, name="verify", context=True
    )
    jobs = {
        Duty.VERIFY: tried(verify),
        Duty.ERASE: queue.task(_RETRIES, _DELAY_SECONDS, name="erase")(erase),
    }

    def enqueue(duty: Duty, binary_id: str, attempt: int) -> None:
        bound = structlog.contextvars.get_contextvars()
        cause = {name: bound[name] for name in _CAUSES if name in bound}
        jobs[duty](binary_id, attempt, cause)

    return enqueue
