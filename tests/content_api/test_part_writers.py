"""Connections that break off, and two that send the same part."""

import asyncio

import pytest

from sealift.content_api.app import make
from sealift.domain.parts import SMALLEST
from tests.content_api.line import all_at_once, halting, put, then_gone, then_silent
from tests.life import part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    declare_part,
    digest,
    part_headers,
    patch,
    see,
    upload,
)

pytestmark = pytest.mark.on_disk

BIG = bytes(range(256)) * (SMALLEST // 256)


def test_a_connection_that_breaks_off_leaves_the_part_uploadable(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app

    for sent in ([], [BIG[:10]], [BIG[:2_000_000], BIG[2_000_000:4_000_000]]):
        status = asyncio.run(put(app, link, BIG, then_gone(*sent)))

        assert status == 400
        assert part_states(yard, binary) == {1: "uploadable"}
    assert asyncio.run(put(app, link, BIG, all_at_once(BIG))) == 200
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


def test_a_sender_that_falls_silent_makes_way_for_another(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    impatient = make(yard.system, longest_silence=0.01)

    for sent in ([], [BIG[:10]], [BIG[:2_000_000], BIG[2_000_000:4_000_000]]):
        status = asyncio.run(put(impatient, link, BIG, then_silent(*sent)))

        assert status == 408
        assert part_states(yard, binary) == {1: "uploadable"}
    newest = declare_part(yard.api, binary, 1, BIG)
    assert asyncio.run(put(impatient, newest, BIG, all_at_once(BIG))) == 200
    assert part_states(yard, binary) == {1: "valid"}


def test_a_valid_part_is_not_relied_on_while_other_bytes_arrive(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app
    assert asyncio.run(put(app, link, BIG, all_at_once(BIG))) == 200

    status = asyncio.run(put(app, link, BIG, then_gone(bytes(2_000_000))))

    assert status == 400
    assert part_states(yard, binary) == {1: "uploadable"}
    assert patch(yard.api, binary, state="hashable").status_code == 422


def test_a_second_writer_of_a_part_has_to_wait(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app

    async def both() -> list[int]:
        reached, go_on = asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(put(app, link, BIG, halting(BIG, reached, go_on)))
        await reached.wait()
        second = await put(app, link, BIG, all_at_once(BIG))
        go_on.set()
        return [await first, second, await put(app, link, BIG, all_at_once(BIG))]

    assert asyncio.run(both()) == [200, 409, 200]
    assert part_states(yard, binary) == {1: "valid"}


def test_parts_of_one_upload_may_arrive_side_by_side(yard: Yard) -> None:
    content = BIG + BIG[::-1] + b"tail"
    pieces = {1: BIG, 2: BIG[::-1], 3: b"tail"}
    binary = a_binary(yard.api, a_version(yard.api), content)
    links = {index: declare_part(yard.api, binary, index, part) for index, part in pieces.items()}
    app = yard.anybody.app

    async def all_together() -> list[int]:
        meeting = asyncio.Barrier(3)

        async def one(index: int) -> int:
            reached, go_on = asyncio.Event(), asyncio.Event()
            sending = asyncio.create_task(
                put(app, links[index], pieces[index], halting(pieces[index], reached, go_on))
            )
            await reached.wait()
            await meeting.wait()
            go_on.set()
            return await sending

        return await asyncio.gather(*(one(index) for index in pieces))

    assert asyncio.run(all_together()) == [200, 200, 200]
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


def test_bytes_on_the_way_come_too_late_for_a_part_declared_anew(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app

    async def overtaken() -> int:
        reached, go_on = asyncio.Event(), asyncio.Event()
        sending = asyncio.create_task(put(app, link, BIG, halting(BIG, reached, go_on)))
        await reached.wait()
        await asyncio.to_thread(declare_part, yard.api, binary, 1, BIG)
        go_on.set()
        return await sending

    assert asyncio.run(overtaken()) == 404
    assert part_states(yard, binary) == {1: "uploadable"}


def test_bytes_on_the_way_come_too_late_for_an_upload_started_anew(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app

    async def overtaken() -> int:
        reached, go_on = asyncio.Event(), asyncio.Event()
        sending = asyncio.create_task(put(app, link, BIG, halting(BIG, reached, go_on)))
        await reached.wait()
        change = {"hash": digest(CONTENT), "size": len(CONTENT)}
        await asyncio.to_thread(lambda: patch(yard.api, binary, **change))
        go_on.set()
        return await sending

    assert asyncio.run(overtaken()) == 404
    assert part_states(yard, binary) == {}
    assert yard.kept() == []
    upload(yard.api, see(yard.api, binary))
    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_an_upload_is_not_finished_while_a_part_is_on_its_way(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api), BIG)
    link = declare_part(yard.api, binary, 1, BIG)
    app = yard.anybody.app
    assert yard.anybody.put(link, content=BIG, headers=part_headers(BIG)).status_code == 200

    async def overtaken() -> tuple[int, int]:
        reached, go_on = asyncio.Event(), asyncio.Event()
        sending = asyncio.create_task(put(app, link, BIG, halting(BIG, reached, go_on)))
        await reached.wait()
        early = await asyncio.to_thread(lambda: patch(yard.api, binary, state="hashable"))
        go_on.set()
        return early.status_code, await sending

    assert asyncio.run(overtaken()) == (422, 200)
    assert patch(yard.api, binary, state="hashable").status_code == 200
