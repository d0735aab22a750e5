"""Threads for what may hang, counted apart, so that nothing else waits behind it.

A server has forty threads for what blocks. A store that does not answer would take them all,
and records would be out of reach though nothing is wrong with them.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from sealift.domain.errors import ContentUnavailable

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

_PATIENCE_SECONDS: Final = 20.0


class Crew:
    """So many at a time, in one server process; whoever comes later waits without a thread."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = threads
        self._limiter: RunVar[CapacityLimiter] = RunVar(name)  # one for each event loop

    def _places(self) -> CapacityLimiter:
        try:
            return self._limiter.get()
        except LookupError:
            made = CapacityLimiter(self._threads)
            self._limiter.set(made)
            return made

    async def run(self, function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
        return await to_thread.run_sync(partial(function, *arguments), limiter=self._places())

    @asynccontextmanager
    async def place(self, patience: float) -> AsyncGenerator[None]:
        """Be one of them for a while, whatever thread that takes; refuses when it gets too late."""
        places = self._places()
        try:
            async with asyncio.timeout(patience):
                await places.acquire()
        except TimeoutError as error:
            message = "too many requests wait for a store; wait and repeat"
            raise ContentUnavailable(message) from error
        try:
            yield
        finally:
            places.release()


STORES: Final = Crew("stores", 24)
WATCHING: Final = Crew("watching", 4)  # those who look whether all is well


async def near_stores() -> AsyncGenerator[None]:
    """What a route depends on that may ask a store: it leaves threads to the other routes."""
    async with STORES.place(_PATIENCE_SECONDS):
        yield
