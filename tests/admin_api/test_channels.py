"""The channel that the releases of a cohort make: places, limits, archiving."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from tests.admin_api.distributing import Channel, a_channel
from tests.admin_api.tenant import Tenant


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return a_channel(tenant)


def _of_three(channel: Channel) -> list[dict[str, Any]]:
    """R1 leads to R2, that to R3."""
    return [channel.add(name=name) for name in ("R1", "R2", "R3")]


def _soon(channel: Channel) -> str:
    return (channel.yard.clock.moment + timedelta(hours=1)).isoformat()


def _refusal(answer: Response) -> tuple[int, list[str], str]:
    return answer.status_code, list(answer.json()["errors"]), answer.json()["code"]


# --- places --------------------------------------------------------------------------------------


def test_a_new_release_is_the_latest_and_the_former_one_leads_to_it(channel: Channel) -> None:
    first, second, third = _of_three(channel)

    assert channel.links() == {"R1": "R2", "R2": "R3", "R3": None}
    seen = channel.see(first)
    assert seen["next_release_prn"] == second["prn"]
    assert seen["updated_at"] == second["inserted_at"]
    assert channel.see(third) == third


def test_a_release_may_be_a_further_way_in(channel: Channel) -> None:
    _, second, _ = _of_three(channel)

    channel.add(name="new", next_release_prn=second["prn"])

    assert channel.links() == {"R1": "R2", "R2": "R3", "R3": None, "new": "R2"}


def test_a_release_may_come_between_two(channel: Channel) -> None:
    first, second, third = _of_three(channel)

    made = channel.ask(
        name="new", previous_release_prn=first["prn"], next_release_prn=second["prn"]
    )
    not_neighbours = channel.ask(previous_release_prn=second["prn"], next_release_prn=second["prn"])
    alone = channel.ask(previous_release_prn=third["prn"])

    assert made.status_code == 201
    assert "previous_release_prn" not in made.json()["release"]
    assert channel.links() == {"R1": "new", "new": "R2", "R2": "R3", "R3": None}
    for refused in (not_neighbours, alone):
        assert _refusal(refused) == (422, ["previous_release_prn"], "channel.broken")


def test_no_release_leads_out_of_its_cohort(channel: Channel) -> None:
    own = _of_three(channel)
    elsewhere = channel.another_cohort()
    other = elsewhere.add(name="other")

    made = channel.ask(next_release_prn=other["prn"])
    between = channel.ask(next_release_prn=own[1]["prn"], previous_release_prn=other["prn"])
    changed = channel.change(own[0], next_release_prn=other["prn"])

    assert _refusal(made) == (422, ["next_release_prn"], "channel.broken")
    assert _refusal(between) == (422, ["previous_release_prn"], "channel.broken")
    assert _refusal(changed) == (422, ["next_release_prn"], "channel.broken")
    assert channel.links() == {"R1": "R2", "R2": "R3", "R3": None}
    assert elsewhere.links() == {"other": None}


def test_links_change_as_long_as_all_lead_to_one_latest(channel: Channel) -> None:
    first, second, third = _of_three(channel)

    skipping = channel.change(first, next_release_prn=third["prn"])
    again = channel.change(first, next_release_prn=third["prn"])
    circular = channel.change(second, next_release_prn=second["prn"])
    back = channel.change(third, next_release_prn=first["prn"])
    second_latest = channel.change(second, next_release_prn=None)
    still_latest = channel.change(third, next_release_prn=None)

    assert (skipping.status_code, again.status_code, still_latest.status_code) == (200, 200, 200)
    for refused in (circular, back, second_latest):
        assert _refusal(refused) == (422, ["next_release_prn"], "channel.broken")
    assert channel.links() == {"R1": "R3", "R2": "R3", "R3": None}


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["date", "share", "number", "tags"])
def test_limits_of_the_latest_are_lifted_before_another_follows(
    channel: Channel, limit: str
) -> None:
    limits: dict[str, dict[str, object]] = {
        "date": {"schedule_date": _soon(channel)},
        "share": {"phase_value": 0.99},
        "number": {"phase_value": 2},
        "tags": {"phase_mode": "tags", "phase_tags": ["beta"]},
    }
    lifted = {"schedule_date": "2026-01-01T00:00:00Z", "phase_mode": "numeric", "phase_value": 1}
    latest = channel.add(name="limited", **limits[limit])

    refused = channel.ask(name="next")
    links = channel.links()
    channel.change(latest, **lifted)

    assert _refusal(refused) == (422, ["cohort_prn"], "channel.held")
    assert links == {"limited": None}
    assert channel.ask(name="next").status_code == 201
    assert channel.links() == {"limited": "next", "next": None}


def test_only_the_latest_is_limited(channel: Channel) -> None:
    first, second, _ = _of_three(channel)
    limits: dict[str, dict[str, object]] = {
        "schedule_date": {"schedule_date": _soon(channel)},
        "phase_value": {"phase_value": 0.5},
        "phase_mode": {"phase_mode": "tags", "phase_tags": ["beta"]},
    }

    for field, values in limits.items():
        made = channel.ask(next_release_prn=second["prn"], **values)
        assert _refusal(made) == (422, [field], "channel.held")
    scheduled = channel.change(first, schedule_date=_soon(channel))
    assert _refusal(scheduled) == (422, ["schedule_date"], "channel.held")
    assert channel.links() == {"R1": "R2", "R2": "R3", "R3": None}


def test_a_release_that_is_not_the_latest_changes_in_other_ways(channel: Channel) -> None:
    first, *_ = _of_three(channel)

    changed = channel.change(first, required=True, disabled=True, name="R1!")

    assert changed.status_code == 200
    assert channel.links() == {"R1!": "R2", "R2": "R3", "R3": None}


# --- archiving -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("R1", {"R2": "R3", "R3": None}),
        ("R2", {"R1": "R3", "R3": None}),
        ("R3", {"R1": "R2", "R2": None}),
    ],
)
def test_archiving_closes_the_gap(
    channel: Channel, name: str, links: dict[str, str | None]
) -> None:
    release = {each["name"]: each for each in _of_three(channel)}[name]

    answer = channel.archive(release)

    assert (answer.status_code, answer.content) == (204, b"")
    assert channel.links() == links


def test_all_that_led_to_an_archived_release_lead_on(channel: Channel) -> None:
    _, second, _ = _of_three(channel)
    channel.add(name="new", next_release_prn=second["prn"], required=True)
    channel.change(second, required=True)

    channel.archive(second)

    assert channel.links() == {"R1": "R3", "new": "R3", "R3": None}


def test_the_latest_is_not_archived_while_several_lead_to_it(channel: Channel) -> None:
    first, second, third = _of_three(channel)
    channel.change(first, next_release_prn=third["prn"])

    refused = channel.archive(third)
    channel.change(first, next_release_prn=second["prn"])

    assert _refusal(refused) == (409, ["releases"], "in_use")
    assert channel.archive(third).status_code == 204
    assert channel.links() == {"R1": "R2", "R2": None}


def test_an_archived_release_is_found_only_by_who_searches_for_it(channel: Channel) -> None:
    first, second, _ = _of_three(channel)

    channel.archive(second)

    address = f"/releases/{second['prn']}"
    assert channel.api.get(address).status_code == 404
    assert channel.change(second, name="x").status_code == 404
    assert channel.archive(second).status_code == 404
    assert channel.api.get(f"{address}/rollback").status_code == 404
    for field in ("next_release_prn", "previous_release_prn"):
        body = {"next_release_prn": first["prn"], field: second["prn"]}
        assert _refusal(channel.ask(**body)) == (422, [field], "reference.unknown")
    query = {"search": "deleted_at>'2000-01-01T00:00:00Z'"}
    (found,) = channel.api.get("/releases", params=query).json()["releases"]
    assert found["prn"] == second["prn"]
    assert found["deleted_at"] == found["updated_at"] == channel.see(first)["updated_at"]


def test_a_cohort_begins_anew_when_all_its_releases_are_archived(channel: Channel) -> None:
    for release in _of_three(channel):
        channel.archive(release)

    channel.add(name="anew")

    assert channel.links() == {"anew": None}


def test_what_happens_to_releases_is_told(channel: Channel) -> None:
    first, second, _ = _of_three(channel)
    channel.change(first, required=True)
    channel.archive(second)

    query = {"resource_prn": first["prn"], "order": "asc"}
    events = channel.api.get("/events", params=query).json()["events"]
    archived = channel.api.get("/events", params={"resource_prn": second["prn"]}).json()["events"]

    assert [each["event_subtype"] for each in events] == ["created", *["changed"] * 3]
    fields = [each["data"]["data"].get("fields") for each in events[1:]]
    assert fields == [["next_release_prn"], ["required"], ["next_release_prn"]]
    assert archived[0]["event_subtype"] == "archived"
