"""Checks for as long as the agent lives, with waits that a fleet does not do in step.

The server says how long to wait, and spreads its devices by that. While it is away, or says
nothing, the agent spreads itself.
"""

import random
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from sealift.agent.checking import Agent, Checked, check
from sealift.client.local import LocalTrouble
from sealift.domain.errors import Refusal

EVERY: Final = 30 * 60.0  # seconds, where the server does not say
_DICE: Final = random.SystemRandom()  # devices that start alike must not wait alike
_FIRST_RETRY: Final = 5.0  # seconds, doubled each time
_NEXT_STEP: Final = 1.0  # seconds after an update: the next release may be waiting already


def poll(agent: Agent, told: Callable[[Checked], None], failed: Callable[[str], None]) -> NoReturn:
    """What comes of each check is `told`; of one that nothing comes of, `failed` is told why."""
    retries = _retries()
    while True:
        try:
            checked = check(agent)
        except (Refusal, LocalTrouble, OSError) as error:
            wait = max(next(retries), getattr(error, "retry_after", 0.0))
            failed(f"{error}; trying again in {wait:.0f} seconds")
        else:
            told(checked)
            retries = _retries()
            wait = _pause(checked)
        agent.patience.sleep(wait)


def _retries() -> Iterator[float]:
    wait = _FIRST_RETRY
    while True:
        yield wait * _DICE.uniform(0.5, 1)
        wait = min(2 * wait, EVERY)


def _pause(checked: Checked) -> float:
    if checked.is_changed:
        return _NEXT_STEP * _DICE.uniform(1, 2)
    if checked.retry_after:
        return max(checked.retry_after, _NEXT_STEP)
    return EVERY * _DICE.uniform(0.9, 1.1)
