"""Undo: the bundle of an earlier release comes last again, and devices are given it."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.admin_api.distributing import Channel, a_binary_for_bundles, a_channel
from tests.admin_api.tenant import Tenant
from tests.yard import a_bundle, an_override, patch


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return a_channel(tenant)


def _other_bundle(channel: Channel) -> dict[str, Any]:
    return a_bundle(channel.api, a_binary_for_bundles(channel.yard))


def _preview(channel: Channel, release: dict[str, Any]) -> dict[str, Any]:
    answer = channel.api.get(f"/releases/{release['prn']}/rollback")
    assert answer.status_code == 200, answer.text
    return answer.json()["rollback"]


def _roll_back(channel: Channel, release: dict[str, Any], **fields: object) -> dict[str, Any]:
    answer = channel.api.post(f"/releases/{release['prn']}/rollback", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["release"]


def _on(channel: Channel, release: dict[str, Any], **fields: object) -> dict[str, Any]:
    """A device that said it runs the release."""
    device = channel.a_device(**fields)
    body = {"release_prn": release["prn"], "write": True}
    channel.api.post(f"/devices/{device['prn']}/update", json=body)
    return device


def test_the_bundle_comes_again_for_every_device(channel: Channel) -> None:
    good = channel.add(name="good", version="1.0.0", version_requirement="< 1.0.0")
    bad = channel.add(name="bad", version="2.0.0", bundle_prn=_other_bundle(channel)["prn"])
    devices = [_on(channel, each) for each in (good, bad)]

    made = _roll_back(channel, good)

    assert made == {
        **made,
        "name": "Rollback to good",
        "bundle_prn": good["bundle_prn"],
        "cohort_prn": channel.cohort,
        "next_release_prn": None,
        "required": False,
        "disabled": False,
        "schedule_complete": True,
        "phase_value": 1,
        "version": "1.0.0",
        "version_requirement": None,
        "retry_limit": None,
    }
    assert channel.links() == {"good": "bad", "bad": "Rollback to good", "Rollback to good": None}
    for device, release in zip(devices, (good, bad), strict=True):
        assert channel.given(device, release_prn=release["prn"]) == made["prn"]


@pytest.mark.parametrize(
    "limits",
    [
        {"phase_value": 0.5},
        {"phase_value": 5},
        {"phase_mode": "tags", "phase_tags": ["beta"]},
        {"schedule_date": "2027-01-01T00:00:00Z"},
        {"required": True},
    ],
)
def test_limits_of_what_is_taken_back_are_lifted_without_giving_it_to_anybody(
    channel: Channel, limits: dict[str, object]
) -> None:
    good = channel.add(name="good")
    bad = channel.add(name="bad", bundle_prn=_other_bundle(channel)["prn"], **limits)

    made = _roll_back(channel, good)

    seen = channel.see(bad)
    assert (seen["disabled"], seen["required"], seen["phase_value"]) == (True, False, 1)
    assert seen["schedule_complete"]
    device = channel.a_device(tags=["beta"])
    assert channel.given(device, release_prn=good["prn"]) == made["prn"]


def test_all_that_came_after_is_withdrawn(channel: Channel) -> None:
    zero, good = channel.add(name="zero"), channel.add(name="good")
    bad = [channel.add(name=f"bad {n}", required=True) for n in range(3)]

    told = _preview(channel, good)["withdrawn_release_prns"]
    made = _roll_back(channel, good)

    assert told == [each["prn"] for each in bad]
    assert [channel.see(each)["disabled"] for each in (zero, good, *bad)] == [False] * 2 + [
        True
    ] * 3
    for release in (zero, good, *bad):
        assert channel.given(channel.a_device(), release_prn=release["prn"]) == made["prn"]


def test_what_the_new_release_says_of_itself_may_be_given(channel: Channel) -> None:
    good, _ = channel.add(name="good", version="1.0.0"), channel.add(name="bad")
    fields = {
        "name": "back again",
        "description": "because of the heat",
        "version": "3.0.0",
        "version_requirement": ">= 1.0.0",
        "required": True,
    }

    made = _roll_back(channel, good, **fields)

    assert {name: made[name] for name in fields} == fields


def test_a_long_name_still_makes_a_name(channel: Channel) -> None:
    good, _ = channel.add(name="x" * 128), channel.add(name="bad")

    assert _roll_back(channel, good)["name"] == f"Rollback to {'x' * 116}"


def test_what_it_would_do_is_told_and_nothing_changes(channel: Channel) -> None:
    good = channel.add(name="good")
    bad = channel.add(name="bad", phase_value=0.5)
    for release in (good, bad, bad):
        _on(channel, release)
    _on(channel, bad, quarantined=True)
    overridden = _on(channel, bad)
    an_override(channel.api, _other_bundle(channel), overridden)
    channel.a_device()  # never said what it runs
    before = channel.api.get("/releases").json()

    told = _preview(channel, good)

    assert told == {
        "release_prn": good["prn"],
        "cohort_prn": channel.cohort,
        "bundle_prn": good["bundle_prn"],
        "affected": False,
        "withdrawn_release_prns": [bad["prn"]],
        "devices_given": 3,
        "devices_left": 3,
    }
    assert channel.api.get("/releases").json() == before


def test_the_latest_is_not_taken_back_to(channel: Channel) -> None:
    latest = channel.add()
    address = f"/releases/{latest['prn']}/rollback"

    for refused in (channel.api.get(address), channel.api.post(address, json={})):
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["release_prn"])
        assert refused.json()["code"] == "channel.broken"


def test_destroyed_content_is_not_taken_back_to(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)
    good = channel.add(bundle_prn=a_bundle(channel.api, binary)["prn"])
    bad = channel.add(phase_value=0.5)
    patch(channel.api, binary, state="destroyed")

    told = _preview(channel, good)
    refused = channel.api.post(f"/releases/{good['prn']}/rollback", json={})

    assert (told["affected"], told["devices_given"]) == (True, 0)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["bundle_prn"])
    assert refused.json()["code"] == "bundle.unservable"
    assert channel.see(bad) == bad


def test_undoing_the_undo_is_archiving_it(channel: Channel) -> None:
    good, bad = channel.add(name="good"), channel.add(name="bad")
    made = _roll_back(channel, good)

    channel.archive(made)
    channel.change(bad, disabled=False)

    assert channel.links() == {"good": "bad", "bad": None}
    assert channel.given(channel.a_device(), release_prn=good["prn"]) == bad["prn"]


def test_a_rollback_is_told_as_such(channel: Channel) -> None:
    good, bad = channel.add(), channel.add()

    made = _roll_back(channel, good)

    events = channel.api.get("/events", params={"resource_prn": made["prn"]}).json()["events"]
    told = {each["event_subtype"]: each["data"]["data"] for each in events}
    assert set(told) == {"created", "rolled_back"}
    assert told["rolled_back"] == {
        "earlier_release_prn": good["prn"],
        "withdrawn_release_prns": [bad["prn"]],
    }


def test_what_is_withdrawn_already_is_not_changed_again(channel: Channel) -> None:
    good, bad = channel.add(), channel.add(disabled=True)

    _roll_back(channel, good)

    events = channel.api.get("/events", params={"resource_prn": bad["prn"]}).json()["events"]
    told = [each["data"]["data"] for each in reversed(events)]
    assert [each.get("fields") for each in told] == [None, ["next_release_prn"]]


def test_a_long_channel_is_read_as_often_as_a_short_one(channel: Channel) -> None:
    short, long = channel.another_cohort(), channel.another_cohort()
    reads: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and "WHERE releases.organization_id" in statement:
            reads.append(statement)

    def rolled_back(chosen: Channel, releases: int) -> int:
        first, *_ = [chosen.add() for _ in range(releases)]
        reads.clear()
        _roll_back(chosen, first)
        return len(reads)

    engine = channel.yard.system.records.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        asked = [rolled_back(short, 2), rolled_back(long, 6)]
    finally:
        event.remove(engine, "before_cursor_execute", hear)

    assert asked[0] == asked[1] > 0
