"""Threads that are counted apart: who has none waits, though not for ever, and nobody else does."""

import asyncio
import threading
from contextlib import suppress

import pytest
from starlette.concurrency import run_in_threadpool

from sealift.domain.errors import ContentUnavailable
from sealift.web.threads import Crew

_WITHIN = 10  # seconds


def test_whoever_hangs_takes_no_thread_of_others() -> None:
    goes_on = threading.Event()

    async def many() -> str:
        crew = Crew("hangs", 2)
        hanging = [asyncio.create_task(crew.run(goes_on.wait, _WITHIN)) for _ in range(100)]
        answer = await asyncio.wait_for(run_in_threadpool(lambda: "at once"), _WITHIN / 2)
        goes_on.set()
        await asyncio.gather(*hanging)
        return answer

    assert asyncio.run(many()) == "at once"


def test_whoever_waits_for_a_place_is_refused_in_the_end() -> None:
    async def two() -> None:
        crew = Crew("one", 1)
        async with crew.place(_WITHIN):

            async def second() -> None:
                async with crew.place(0.01):
                    pass

            await asyncio.create_task(second())

    with pytest.raises(ContentUnavailable):
        asyncio.run(two())


def test_a_place_is_free_again_however_it_was_left() -> None:
    async def twice() -> int:
        crew, taken = Crew("one", 1), 0
        for _ in range(2):
            with suppress(ZeroDivisionError):
                async with crew.place(0.01):
                    taken += 1
                    raise ZeroDivisionError
        return taken

    assert asyncio.run(twice()) == 2
