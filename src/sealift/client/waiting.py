"""Waiting until a binary is as far along as it is wanted."""

import time
from typing import Final

from sealift.client.client import Client
from sealift.client.progress import Progress
from sealift.domain.binary import HAS_VERIFIED_CONTENT, State
from sealift.domain.errors import Unavailable, WrongState
from sealift.wire.admin import Binary

_FIRST: Final = 0.05  # seconds between looks; small binaries are verified at once
_GROWTH: Final = 1.2
_LONGEST: Final = 2.0  # seconds


def wait_until(
    client: Client, prn: str, wanted: State, progress: Progress, *, timeout: float | None = None
) -> Binary:
    """The binary once it is `wanted`. Refuses when that cannot come by waiting alone.

    Content that was not accepted can be verified again (state hashing), or reset (state
    uploadable) and sent again; which of them is for the caller to say.
    """
    pause = _FIRST
    deadline = None if timeout is None else time.monotonic() + timeout
    meaning = " (its content verified)" if wanted is State.SIGNABLE else ""
    with progress.bar(f"waiting until it is {wanted}{meaning}", None):
        while True:
            binary = client.binaries.get(prn)
            if _is_reached(binary.state, wanted):
                return binary
            _check_hope(binary, wanted)
            left = pause if deadline is None else deadline - time.monotonic()
            if left <= 0:
                message = f"{prn} is still {binary.state} after {timeout:g} seconds, not {wanted}"
                raise Unavailable(message, state=binary.state)
            client.patience.sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST)


def _is_reached(state: State, wanted: State) -> bool:
    # Whoever waits for verified content is served by a signed binary as well.
    return state is wanted or (wanted is State.SIGNABLE and state is State.SIGNED)


def _check_hope(binary: Binary, wanted: State) -> None:
    if binary.state is State.DESTROYED:
        raise WrongState(f"{binary.prn} is destroyed and stays so", state=binary.state)
    error = binary.verification_error
    if error and binary.state is State.HASHABLE and wanted in HAS_VERIFIED_CONTENT:
        parts = ", ".join(map(str, error.parts))
        raise WrongState(
            f"the content of {binary.prn} was not accepted: {error.code}; expected"
            f" {error.expected}, computed {error.computed or 'nothing'}"
            + (f"; these parts are not as they were received: {parts}" if parts else ""),
            prn=binary.prn,
            state=binary.state,
            verification_error=error.code,
            parts=error.parts,
        )
