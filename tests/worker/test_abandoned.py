"""Uploads that nobody goes on with are discarded after a while, never silently."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sealift.worker.sweep import sweep
from tests.content_api.line import halting, put
from tests.faults import away, once
from tests.life import TWO_PARTS, audited, begin_to_close, everything, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    declare_part,
    part_headers,
    patch,
    see,
    send_part,
    upload,
)

pytestmark = pytest.mark.lifecycle

WEEK = timedelta(days=7)
MOMENT = timedelta(seconds=1)


def an_upload(yard: Yard, **fields: object) -> dict[str, Any]:
    binary = a_binary(yard.api, a_version(yard.api), TWO_PARTS, **fields)
    send_part(yard.api, binary, 1, TWO_PARTS[:-100])
    return see(yard.api, binary)


def test_an_upload_is_discarded_after_a_week_without_a_new_part(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    binary = an_upload(yard, description="kept")
    link = declare_part(yard.api, binary, 2, TWO_PARTS[-100:])
    before = everything(yard, binary)

    yard.clock.pass_time(WEEK - MOMENT)
    sweep(yard.system, WEEK)
    assert everything(yard, binary) == before
    yard.clock.pass_time(MOMENT)
    sweep(yard.system, WEEK)
    sweep(yard.system, WEEK)

    seen = see(yard.api, binary)
    assert seen == binary | {
        "bytes_uploaded": 0,
        "revision": binary["revision"] + 1,
        "updated_at": seen["updated_at"],
    }
    assert part_states(yard, binary) == {}
    assert yard.kept() == []
    assert audited(yard, binary)[-2:] == ["binary.upload_abandoned", "binary.content_erased"]
    assert audited(yard, binary).count("binary.upload_abandoned") == 1
    assert any(binary["prn"][-36:] in each.getMessage() for each in caplog.records)
    late = yard.anybody.put(link, content=TWO_PARTS[-100:], headers=part_headers(TWO_PARTS[-100:]))
    assert late.status_code in {403, 404}
    upload(yard.api, binary, TWO_PARTS)
    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_every_new_part_gives_an_upload_another_week(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.clock.pass_time(WEEK - MOMENT)
    declare_part(yard.api, binary, 2, TWO_PARTS[-100:])
    yard.clock.pass_time(WEEK - MOMENT)
    send_part(yard.api, binary, 2, TWO_PARTS[-100:])
    before = everything(yard, binary)

    yard.clock.pass_time(WEEK - MOMENT)
    sweep(yard.system, WEEK)

    assert everything(yard, binary) == before


def test_a_changed_record_gives_an_upload_another_week(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.clock.pass_time(WEEK - MOMENT)
    patch(yard.api, binary, description="still at it")
    before = everything(yard, binary)

    yard.clock.pass_time(WEEK - MOMENT)
    sweep(yard.system, WEEK)

    assert everything(yard, binary) == before


def test_only_unfinished_uploads_are_abandoned(yard: Yard) -> None:
    version = a_version(yard.api)
    states = ("destroyed", "signed", "signable", "hashable", "uploadable")
    found = [brought_to(yard, state, version, target=state) for state in states]
    before = [everything(yard, binary) for binary in found]

    yard.clock.pass_time(10 * WEEK)
    sweep(yard.system, WEEK)

    assert [everything(yard, binary) for binary in found] == before


def test_an_upload_that_is_just_being_finished_is_not_abandoned(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    yard.clock.pass_time(2 * WEEK)
    once(yard, "close", lambda: sweep(yard.system, WEEK))

    answer = patch(yard.api, binary, state="hashable")

    assert answer.status_code == 200
    assert "binary.upload_abandoned" not in audited(yard, binary)


@pytest.mark.on_s3
def test_a_part_that_arrived_without_us_gives_an_upload_another_week(yard: Yard) -> None:
    binary = an_upload(yard)
    link = declare_part(yard.api, binary, 2, TWO_PARTS[-100:])
    yard.clock.pass_time(WEEK - MOMENT)
    yard.anybody.put(link, content=TWO_PARTS[-100:], headers=part_headers(TWO_PARTS[-100:]))

    yard.clock.pass_time(2 * MOMENT)
    sweep(yard.system, WEEK)

    assert part_states(yard, binary) == {1: "valid", 2: "valid"}


def test_an_upload_in_a_store_that_is_away_is_not_abandoned(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.clock.pass_time(2 * WEEK)
    once(yard, "received", away)

    sweep(yard.system, WEEK)

    assert part_states(yard, binary) == {1: "valid"}


@pytest.mark.on_disk
def test_an_upload_whose_part_is_on_its_way_is_not_abandoned(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    hour = timedelta(hours=1)
    yard.clock.pass_time(2 * hour)

    async def while_it_arrives() -> int:
        reached, go_on = asyncio.Event(), asyncio.Event()
        pieces = halting(CONTENT, reached, go_on)
        sending = asyncio.create_task(put(yard.anybody.app, link, CONTENT, pieces))
        await reached.wait()
        await asyncio.to_thread(sweep, yard.system, hour)
        go_on.set()
        return await sending

    assert asyncio.run(while_it_arrives()) == 200
    assert part_states(yard, binary) == {1: "valid"}


def test_what_begins_to_be_finished_while_the_store_is_asked_is_not_discarded(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    yard.clock.pass_time(WEEK)

    def finishing() -> None:
        yard.clock.pass_time(timedelta(minutes=1))
        begin_to_close(yard, binary)

    once(yard, "received", finishing)
    sweep(yard.system, WEEK)

    assert part_states(yard, binary) == {1: "valid"}
