"""The closing step while others come between, and when the power is cut."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from sealift.actions import binaries
from tests.faults import PowerCut, away, database_away, once, power_cut
from tests.life import (
    TWO_PARTS,
    actor_of,
    audited,
    everything,
    id_of,
    part_states,
)
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

pytestmark = pytest.mark.lifecycle

CLAIM = timedelta(seconds=20)
PART = {"expected_binary_size": 14, "hash": digest(CONTENT), "size": 14}


def an_upload(yard: Yard, content: bytes = CONTENT) -> dict[str, Any]:
    binary = a_binary(yard.api, a_version(yard.api), content)
    upload(yard.api, binary, content)
    return binary


def cut_off(yard: Yard, binary: dict[str, Any]) -> None:
    """Begin to finish the upload and be killed meanwhile."""
    with pytest.raises(PowerCut):
        binaries.update(
            yard.system, actor_of(binary), id_of(binary), {"state": "hashable", "description": "x"}
        )
    yard.store.before.clear()
    yard.store.after.clear()


def test_a_claim_from_before_the_clock_went_back_holds_nobody_up(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.before["close"] = power_cut
    cut_off(yard, binary)

    yard.clock.pass_time(timedelta(days=-1))
    declared = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=PART)
    upload(yard.api, binary)
    finished = patch(yard.api, binary, state="hashable")

    assert declared.status_code == 201
    assert finished.json()["binary"]["state"] == "hashable"


def test_a_claim_of_a_server_whose_clock_is_a_little_ahead_holds(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.before["close"] = power_cut
    cut_off(yard, binary)

    yard.clock.pass_time(timedelta(seconds=-15))
    declared = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=PART)

    assert (declared.status_code, declared.json()["code"]) == (409, "binary.closing")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_closing_step_that_was_cut_off_can_be_repeated(yard: Yard, moment: str) -> None:
    binary = an_upload(yard, TWO_PARTS)
    if moment == "before":
        yard.store.before["close"] = power_cut
    else:
        yard.store.after["close"] = power_cut
    cut_off(yard, binary)
    assert (see(yard.api, binary)["state"], see(yard.api, binary)["description"]) == (
        "uploadable",
        None,
    )

    at_once = patch(yard.api, binary, state="hashable")
    yard.clock.pass_time(CLAIM)
    later = patch(yard.api, binary, state="hashable")

    assert (at_once.status_code, at_once.json()["code"]) == (409, "binary.closing")
    assert later.status_code == 200
    patch(yard.api, binary, state="hashing")
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


def test_parts_that_are_joined_already_can_only_be_finished(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.after["close"] = power_cut
    cut_off(yard, binary)
    yard.clock.pass_time(CLAIM)

    declared = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=PART)
    finished = patch(yard.api, binary, state="hashable")

    assert (declared.status_code, declared.json()["code"]) == (409, "binary.closing")
    assert finished.status_code == 200


def test_a_store_whose_word_that_it_joined_is_lost_strands_no_upload(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.after["close"] = lambda _: away()
    failed = patch(yard.api, binary, state="hashable")
    yard.store.after.clear()

    declared = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=PART)
    finished = patch(yard.api, binary, state="hashable")

    assert failed.status_code == 503
    assert (declared.status_code, declared.json()["code"]) == (409, "binary.closing")
    assert finished.status_code == 200


def test_a_closing_step_that_joined_nothing_leaves_parts_to_be_declared(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.before["close"] = away
    failed = patch(yard.api, binary, state="hashable")
    yard.store.before.clear()

    upload(yard.api, binary)
    finished = patch(yard.api, binary, state="hashable")

    assert failed.status_code == 503
    assert finished.status_code == 200


def test_a_database_that_goes_away_meanwhile_loses_nothing(yard: Yard) -> None:
    binary = an_upload(yard, TWO_PARTS)

    with ExitStack() as outage:
        once(yard, "close", lambda: outage.enter_context(database_away(yard)))
        refused = patch(yard.api, binary, state="hashable")
    yard.clock.pass_time(CLAIM)
    again = patch(yard.api, binary, state="hashable")

    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert again.status_code == 200
    assert yard.store.calls["close"] == 2


def test_an_upload_that_was_cut_off_can_still_be_discarded(yard: Yard) -> None:
    binary = an_upload(yard)
    yard.store.after["close"] = power_cut
    cut_off(yard, binary)

    assert yard.api.delete(f"/binaries/{binary['prn']}").status_code == 204

    assert yard.kept() == []


def while_closing(
    yard: Yard, binary: dict[str, Any], *asked: tuple[str, str, Any]
) -> list[Response]:
    """Finish the upload; the answers to what is asked meanwhile, and the one to that itself."""
    answers: list[Response] = []

    def ask() -> None:
        yard.store.before.clear()
        answers.extend(yard.api.request(verb, url, json=body) for verb, url, body in asked)

    yard.store.before["close"] = ask
    last = patch(yard.api, binary, state="hashable")
    return [*answers, last]


def test_whatever_would_spoil_the_closing_step_is_refused_meanwhile(yard: Yard) -> None:
    binary = an_upload(yard)
    url = f"/binaries/{binary['prn']}"

    *meanwhile, last = while_closing(
        yard,
        binary,
        ("PATCH", url, {"state": "hashable"}),
        ("PATCH", url, {"hash": digest(b"other")}),
        ("PATCH", url, {"size": 15}),
        ("PUT", f"{url}/parts/1", PART),
        ("PUT", f"{url}/parts/2", PART),
    )

    assert [(each.status_code, each.json()["code"]) for each in meanwhile] == [
        (409, "binary.closing")
    ] * 5
    assert last.status_code == 200
    assert yard.store.calls["close"] == 1


@pytest.mark.on_disk
def test_the_bytes_of_a_part_are_refused_while_the_upload_is_closed(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    link = declare_part(yard.api, binary, 1, CONTENT)
    headers = part_headers(CONTENT)
    assert yard.anybody.put(link, content=CONTENT, headers=headers).status_code == 200
    answers: list[Response] = []
    yard.store.before["close"] = lambda: answers.append(
        yard.anybody.put(link, content=CONTENT, headers=headers)
    )

    last = patch(yard.api, binary, state="hashable")

    assert (answers[0].status_code, answers[0].json()["code"]) == (409, "binary.closing")
    assert last.status_code == 200


def test_the_record_can_be_edited_while_the_upload_is_closed(yard: Yard) -> None:
    binary = an_upload(yard)
    url = f"/binaries/{binary['prn']}"

    edited, stayed, last = while_closing(
        yard,
        binary,
        ("PATCH", url, {"description": "edited"}),
        ("PATCH", url, {"state": "uploadable"}),
    )

    assert (edited.status_code, stayed.status_code, last.status_code) == (200, 200, 200)
    seen = see(yard.api, binary)
    assert (seen["state"], seen["description"]) == ("hashable", "edited")
    assert seen["revision"] == binary["revision"] + 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_deleting_while_the_upload_is_closed_leaves_nothing(yard: Yard, moment: str) -> None:
    binary = an_upload(yard)
    gone: list[Response] = []

    def delete(_answer: object = None) -> None:
        gone.append(yard.api.delete(f"/binaries/{binary['prn']}"))

    if moment == "before":
        yard.store.before["close"] = delete
    else:
        yard.store.after["close"] = delete
    answer = patch(yard.api, binary, state="hashable")

    assert gone[0].status_code == 204
    assert (answer.status_code, answer.json()["code"]) == (409, "changed")
    assert yard.kept() == []


def test_who_lost_the_claim_does_not_have_the_last_word(yard: Yard) -> None:
    binary = an_upload(yard)
    overtaking: list[Response] = []

    def overtake() -> None:
        yard.store.before.clear()
        yard.clock.pass_time(CLAIM)
        overtaking.append(patch(yard.api, binary, state="hashable", description="first"))

    yard.store.before["close"] = overtake
    overtaken = patch(yard.api, binary, state="hashable", description="last")

    assert overtaking[0].status_code == 200
    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "changed")
    seen = see(yard.api, binary)
    assert (seen["state"], seen["description"]) == ("hashable", "first")
    assert audited(yard, binary).count("binary.finish") == 1


def test_who_lost_the_claim_does_not_touch_the_next_attempt(yard: Yard) -> None:
    binary = an_upload(yard)

    def overtake() -> None:
        yard.store.before.clear()
        yard.clock.pass_time(CLAIM)
        patch(yard.api, binary, hash=digest(b"Other content!"))
        upload(yard.api, see(yard.api, binary), b"Other content!")

    yard.store.before["close"] = overtake
    overtaken = patch(yard.api, binary, state="hashable")

    assert (overtaken.status_code, overtaken.json()["code"]) == (409, "changed")
    assert part_states(yard, binary) == {1: "valid"}
    before = everything(yard, binary)
    assert patch(yard.api, binary, state="hashable").status_code == 200
    assert everything(yard, binary) != before


def test_who_finished_too_early_goes_on_as_if_nothing_had_been_asked(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    declare_part(yard.api, binary, 1, CONTENT)
    assert patch(yard.api, binary, state="hashable").status_code == 422
    yard.store.before["size"] = away  # only what was perhaps joined is looked for

    upload(yard.api, binary)
    yard.store.before.clear()

    assert patch(yard.api, binary, state="hashable").status_code == 200
