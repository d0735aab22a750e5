"""Releases: their fields, and what each may become. Their places in a channel are elsewhere."""

import json
from datetime import timedelta

import pytest
from httpx2 import Response

from tests.admin_api.distributing import Channel, a_channel
from tests.admin_api.tenant import Tenant
from tests.yard import Yard

OWN = {"retry_limit": 3, "disable_after_failures": 20, "disable_after_failure_share": 0.05}


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return a_channel(tenant)


def _soon(yard: Yard) -> str:
    return (yard.clock.moment + timedelta(hours=1)).isoformat()


def _refusal(answer: Response) -> tuple[int, list[str], str]:
    return answer.status_code, list(answer.json()["errors"]), answer.json()["code"]


def test_a_release_is_created_read_and_listed(channel: Channel) -> None:
    api = channel.api
    body = {
        "bundle_prn": channel.bundle["prn"],
        "cohort_prn": channel.cohort,
        "name": "spring",
        "required": True,
        "schedule_date": "2025-06-01T02:00:00.5+02:00",
    }

    answer = api.post("/releases", json=body)

    assert answer.status_code == 201
    assert list(answer.json()) == ["release"]
    made = answer.json()["release"]
    assert made == {
        **body,
        "prn": made["prn"],
        "organization_prn": channel.bundle["organization_prn"],
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "schedule_date": "2025-06-01T00:00:00.500000Z",
        "schedule_complete": True,
        "next_release_prn": None,
        "description": None,
        "disabled": False,
        "phase_mode": "numeric",
        "phase_type": "percent",
        "phase_value": 1,
        "phase_tags": None,
        "version": None,
        "version_requirement": None,
        "retry_limit": None,
        "disable_after_failures": None,
        "disable_after_failure_share": None,
        "deleted_at": None,
    }
    assert api.get(f"/releases/{made['prn']}").json() == {"release": made}
    assert api.get("/releases").json() == {"releases": [made], "next_page": None}


def test_every_field_is_kept_as_it_was_given(channel: Channel) -> None:
    fields = {
        "description": "for the patient",
        "required": True,
        "disabled": True,
        "phase_mode": "tags",
        "phase_tags": ["beta", "lab", "beta"],
        "version": "1.2.3-rc.1+5",
        "version_requirement": "~> 1.2 and != 1.2.1",
        **OWN,
    }

    made = channel.add(**fields)

    assert {name: made[name] for name in fields} == fields
    assert (made["phase_type"], made["phase_value"]) == (None, None)


def test_a_requirement_may_be_spelled_with_a_hyphen(channel: Channel) -> None:
    made = channel.add(**{"version-requirement": "< 2.0.0"})

    changed = channel.change(made, **{"version-requirement": "< 3.0.0"})
    cleared = channel.change(made, **{"version-requirement": None})

    assert made["version_requirement"] == "< 2.0.0"
    assert changed.json()["release"]["version_requirement"] == "< 3.0.0"
    assert cleared.json()["release"]["version_requirement"] is None


def test_what_is_required_is_missed(channel: Channel) -> None:
    refused = channel.api.post("/releases", json={})

    needed = {"bundle_prn", "cohort_prn", "name", "required", "schedule_date"}
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == needed


def test_a_release_needs_a_bundle_and_a_cohort_that_are_there(channel: Channel) -> None:
    for field in ("bundle_prn", "cohort_prn", "next_release_prn"):
        for prn in ("nothing", channel.release_that_is_not_there):
            refused = channel.ask(**{field: prn})

            assert _refusal(refused) == (422, [field], "reference.unknown")


# --- values --------------------------------------------------------------------------------------


PHASE_VALUES = [
    ("0", 0, "percent"),
    ("0.07", 0.07, "percent"),
    ("1e-3", 0.001, "percent"),
    ("0.1234567890123", 0.1234567890123, "percent"),
    ("1", 1, "percent"),
    ("1.0", 1, "percent"),
    ("2", 2, "static"),
    ("7.0", 7, "static"),
    ("1000000000", 1_000_000_000, "static"),
]
NO_PHASE_VALUES: list[object] = [-0.1, -1, 1.5, 2.5, 1_000_000_001, 1e300, "0.5", True, [1]]
NO_VALUES: dict[str, list[object]] = {
    "name": ["", "x" * 129, None, 3],
    "description": ["", "x" * 257],
    "required": [None, 1, "true"],
    "disabled": [0, "no"],
    "schedule_date": ["now", "2026-01-01", "2026-01-01T00:00:00", 1, "2026-02-30T00:00:00Z"],
    "phase_mode": ["percent", 1],
    "phase_value": NO_PHASE_VALUES,
    "phase_tags": ["beta", [""], [1], ["x" * 129], ["x"] * 101],
    "version": ["1", "1.2", "v1.2.3", "x" * 129],
    "version_requirement": ["", "about 3", "~> x", "> 1.0.0 or", "1" * 257],
    "retry_limit": [0, -1, 1.5, "3"],
    "disable_after_failures": [0, 1.5],
    "disable_after_failure_share": [0, -0.1, 1.1, "0.1"],
}


def test_a_phase_value_is_shown_as_it_was_written(channel: Channel) -> None:
    headers = {"content-type": "application/json"}

    for written, shown, phase_type in PHASE_VALUES:
        body = channel.another_cohort().body(phase_value="VALUE")
        text = json.dumps(body).replace('"VALUE"', written)
        answer = channel.api.post("/releases", content=text, headers=headers)

        assert answer.status_code == 201, answer.text
        made = answer.json()["release"]
        assert (made["phase_value"], made["phase_type"]) == (shown, phase_type)
        assert channel.see(made) == made


def test_values_have_limits(channel: Channel) -> None:
    for field, values in NO_VALUES.items():
        for value in values:
            refused = channel.ask(**{field: value})

            assert (refused.status_code, list(refused.json()["errors"])) == (422, [field]), value
    assert channel.api.get("/releases").json()["releases"] == []


def test_a_phase_of_tags_names_some(channel: Channel) -> None:
    none: list[str] = []
    for tags in (None, none):
        refused = channel.ask(phase_mode="tags", phase_tags=tags)

        assert _refusal(refused) == (422, ["phase_tags"], "phase.wrong")


def test_dates_are_taken_with_any_offset_and_shown_in_utc(channel: Channel) -> None:
    dates = {
        "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000000Z",
        "2025-12-31t23:59:59.1234567-01:00": "2026-01-01T00:59:59.123456Z",
    }

    for date, shown in dates.items():
        assert channel.add(schedule_date=date)["schedule_date"] == shown
    refused = channel.ask(schedule_date="0001-01-01T00:00:00+01:00")
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["schedule_date"])


def test_a_date_is_complete_once_it_has_come(channel: Channel) -> None:
    made = channel.add(schedule_date=_soon(channel.yard))

    channel.yard.clock.pass_time(timedelta(hours=1))

    assert (made["schedule_complete"], channel.see(made)["schedule_complete"]) == (False, True)


# --- changes -------------------------------------------------------------------------------------


def test_fields_change_and_are_cleared(channel: Channel) -> None:
    made = channel.add()
    values = {
        "name": "autumn",
        "description": "words",
        "required": True,
        "disabled": True,
        "schedule_date": "2025-02-01T00:00:00.000000Z",
        "version": "2.0.0",
        "version_requirement": ">= 1.0.0",
        **OWN,
    }
    empty = dict.fromkeys(["description", "version", "version_requirement", *OWN, "phase_tags"])

    changed = channel.change(made, **values).json()["release"]
    cleared = channel.change(made, **empty).json()["release"]

    assert changed == {**made, **values, "updated_at": changed["updated_at"]}
    assert cleared == {**changed, **empty, "updated_at": cleared["updated_at"]}
    assert channel.see(made) == cleared
    assert channel.change(made).json()["release"] == cleared


def test_what_may_not_be_empty_is_not_cleared(channel: Channel) -> None:
    made = channel.add()
    fields = ["name", "required", "disabled", "schedule_date", "phase_mode"]

    refused = channel.change(made, **dict.fromkeys(fields))

    assert (refused.status_code, set(refused.json()["errors"])) == (422, set(fields))
    assert channel.see(made) == made


def test_bundle_and_cohort_stay(channel: Channel) -> None:
    made, other = channel.add(), channel.another_cohort()

    body = {"cohort_prn": other.cohort, "bundle_prn": other.bundle["prn"]}
    changed = channel.change(made, **body, previous_release_prn="nothing")

    assert (changed.status_code, changed.json()["release"]) == (200, made)


def test_a_phase_moves_until_it_is_complete(channel: Channel) -> None:
    made = channel.add(phase_value=0.2)
    steps: list[dict[str, object]] = [
        {"phase_value": 0.5},
        {"phase_value": 0.1},
        {"phase_mode": "tags", "phase_tags": ["beta"]},
        {"phase_mode": "numeric", "phase_value": 12},
        {"phase_value": 1},
    ]

    for step in steps:
        changed = channel.change(made, **step)
        assert changed.status_code == 200, changed.text
        assert step.items() <= changed.json()["release"].items()
    complete = channel.see(made)
    for value in (0.5, 2, None):
        refused = channel.change(made, phase_value=value)
        assert _refusal(refused) == (422, ["phase_value"], "field.frozen")
    back = channel.change(made, phase_mode="tags", phase_tags=["beta"])
    assert _refusal(back) == (422, ["phase_mode"], "field.frozen")
    assert channel.change(made, phase_value=1.0).status_code == 200
    assert channel.see(made) == {**complete, "updated_at": channel.see(made)["updated_at"]}


def test_a_mode_needs_its_values_when_it_is_changed(channel: Channel) -> None:
    made = channel.add(phase_mode="tags", phase_tags=["beta"])

    numeric = channel.change(made, phase_mode="numeric")
    untagged = channel.change(made, phase_tags=None)

    assert _refusal(numeric) == (422, ["phase_value"], "phase.wrong")
    assert _refusal(untagged) == (422, ["phase_tags"], "phase.wrong")
    assert channel.see(made) == made


def test_releases_are_searched(channel: Channel) -> None:
    first = channel.add(name="Spring", version="1.0.0", description="the first")
    second = channel.add(name="spring 2", version="2.0.0-RC.1", version_requirement="< 2.0.0")
    other = channel.another_cohort().add(name="other")

    def found(search: str) -> list[str]:
        query = {"search": search, "order": "asc"}
        return [
            each["prn"] for each in channel.api.get("/releases", params=query).json()["releases"]
        ]

    one, two, three = first["prn"], second["prn"], other["prn"]
    assert found(f"cohort_prn:'{channel.cohort}'") == [one, two]
    assert found(f"next_release_prn:'{two}'") == [one]
    assert found("name~'spring'") == [two]
    assert found("description~'first'") == [one]
    assert found("version:'1.0.0'") == [one]
    assert found("version-'rc'") == [two]
    assert found("version_requirement-'< 2'") == [two]
    assert found(f"prn:'{three}'") == [three]
