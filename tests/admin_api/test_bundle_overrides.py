"""Bundle overrides: their fields, their devices, and when they count."""

from datetime import timedelta
from typing import Any

import pytest

from tests.admin_api.distributing import Channel, a_binary_for_bundles, a_channel
from tests.admin_api.tenant import Tenant
from tests.yard import a_bundle, an_override


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return a_channel(tenant)


def _devices(channel: Channel, override: dict[str, Any], **query: object) -> dict[str, Any]:
    address = f"/bundle_overrides/{override['prn']}/devices"
    answer = channel.api.get(address, params=query)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_override_is_created_read_and_listed(channel: Channel) -> None:
    body = {
        "name": "trial",
        "bundle_prn": channel.bundle["prn"],
        "starts_at": "2026-01-01T01:00:00+01:00",
        "ends_at": "2026-02-01T00:00:00Z",
        "description": "for a week",
    }

    answer = channel.api.post("/bundle_overrides", json=body)

    assert answer.status_code == 201
    made = answer.json()["bundle_override"]
    assert made == {
        **body,
        "prn": made["prn"],
        "organization_prn": channel.bundle["organization_prn"],
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "starts_at": "2026-01-01T00:00:00.000000Z",
        "ends_at": "2026-02-01T00:00:00.000000Z",
    }
    assert channel.api.get(f"/bundle_overrides/{made['prn']}").json() == {"bundle_override": made}
    listed = channel.api.get("/bundle_overrides").json()
    assert listed == {"bundle_overrides": [made], "next_page": None}


def test_all_of_an_override_is_free(channel: Channel) -> None:
    other = a_bundle(channel.api, a_binary_for_bundles(channel.yard))
    made = an_override(channel.api, channel.bundle)
    values = {
        "name": "other",
        "bundle_prn": other["prn"],
        "starts_at": "2027-01-01T00:00:00.000000Z",
        "ends_at": "2027-01-01T00:00:00.000001Z",
        "description": "words",
    }
    address = f"/bundle_overrides/{made['prn']}"

    changed = channel.api.patch(address, json=values).json()["bundle_override"]
    cleared = channel.api.patch(address, json={"ends_at": None, "description": None}).json()

    assert changed == {**made, **values, "updated_at": changed["updated_at"]}
    assert (made["ends_at"], made["description"]) == (None, None)
    shown = cleared["bundle_override"]
    assert shown == {**changed, "ends_at": None, "description": None} | {
        "updated_at": shown["updated_at"]
    }
    assert channel.api.patch(address, json={}).json() == cleared


def test_values_have_limits(channel: Channel) -> None:
    made = an_override(channel.api, channel.bundle)
    wrong: dict[str, list[object]] = {
        "name": ["", "x" * 129, None],
        "bundle_prn": ["nothing", channel.bundle["prn"].replace("bundle", "binary"), None],
        "starts_at": ["soon", None],
        "ends_at": ["2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "never"],
        "description": ["", "x" * 257],
    }

    for field, values in wrong.items():
        for value in values:
            asked = channel.api.patch(f"/bundle_overrides/{made['prn']}", json={field: value})
            new = {**made, field: value}
            created = channel.api.post("/bundle_overrides", json=new)

            assert (asked.status_code, list(asked.json()["errors"])) == (422, [field]), value
            assert (created.status_code, list(created.json()["errors"])) == (422, [field]), value
    begins_late = channel.api.patch(
        f"/bundle_overrides/{made['prn']}",
        json={"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2025-06-01T00:00:00Z"},
    )
    assert list(begins_late.json()["errors"]) == ["ends_at"]
    assert len(channel.api.get("/bundle_overrides").json()["bundle_overrides"]) == 1


def test_overrides_are_searched(channel: Channel) -> None:
    other = a_bundle(channel.api, a_binary_for_bundles(channel.yard))
    first = an_override(channel.api, channel.bundle, name="Trial 1")
    second = an_override(channel.api, other, name="trial 2")

    def found(search: str) -> list[str]:
        query = {"search": search, "order": "asc"}
        listed = channel.api.get("/bundle_overrides", params=query).json()
        return [each["prn"] for each in listed["bundle_overrides"]]

    one, two = first["prn"], second["prn"]
    assert found(f"bundle_prn:'{other['prn']}'") == [two]
    assert found("name~'Trial'") == [one]
    assert found("name-'trial'") == [one, two]


# --- devices -------------------------------------------------------------------------------------


def test_devices_come_and_go(channel: Channel) -> None:
    override = an_override(channel.api, channel.bundle)
    device = channel.a_device(cohort_prn=None)
    address = f"/bundle_overrides/{override['prn']}/devices"

    added = channel.api.post(address, json={"device_prn": device["prn"]})
    twice = channel.api.post(address, json={"device_prn": device["prn"]})
    listed = _devices(channel, override)
    removed = channel.api.delete(f"{address}/{device['prn']}")
    gone = channel.api.delete(f"{address}/{device['prn']}")

    assert added.status_code == 201
    shown = added.json()["device"]
    assert shown == {
        "device_prn": device["prn"],
        "inserted_at": shown["inserted_at"],
        "updated_at": shown["inserted_at"],
    }
    assert twice.json()["errors"] == {"device_prn": ["has already been taken"]}
    assert listed == {"devices": [shown], "next_page": None}
    assert (removed.status_code, gone.status_code) == (204, 404)
    assert _devices(channel, override)["devices"] == []


def test_devices_are_listed_by_page_and_not_searched(channel: Channel) -> None:
    devices = [channel.a_device() for _ in range(5)]
    override = an_override(channel.api, channel.bundle, *devices)
    an_override(channel.api, channel.bundle, devices[0])

    seen: list[str] = []
    page: dict[str, str] = {}
    while page or not seen:
        found = _devices(channel, override, limit=2, order="asc", **page)
        seen += [each["device_prn"] for each in found["devices"]]
        page = {"page": found["next_page"]} if found["next_page"] else {}

    assert seen == [each["prn"] for each in devices]
    newest = _devices(channel, override, limit=1, search="ignored")["devices"]
    assert newest[0]["device_prn"] == devices[-1]["prn"]


def test_only_devices_of_the_organization_are_added(channel: Channel) -> None:
    override = an_override(channel.api, channel.bundle)
    address = f"/bundle_overrides/{override['prn']}/devices"
    for prn in (channel.cohort, override["prn"].replace("bundle_override", "device"), "x"):
        refused = channel.api.post(address, json={"device_prn": prn})

        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["device_prn"])
    assert channel.api.post(address, json={}).status_code == 422


def test_what_is_deleted_takes_its_memberships_along(channel: Channel) -> None:
    devices = [channel.a_device(), channel.a_device()]
    override = an_override(channel.api, channel.bundle, *devices)
    address = f"/bundle_overrides/{override['prn']}"

    channel.api.delete(f"/devices/{devices[0]['prn']}")

    assert [each["device_prn"] for each in _devices(channel, override)["devices"]] == [
        devices[1]["prn"]
    ]
    assert channel.api.delete(address).status_code == 204
    assert channel.api.get(address).status_code == 404
    assert channel.api.get(f"{address}/devices").status_code == 404


# --- when it counts ------------------------------------------------------------------------------


def test_an_override_counts_from_its_start_until_just_before_its_end(channel: Channel) -> None:
    now = channel.yard.clock.moment
    starts, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    device = channel.a_device(cohort_prn=None)
    fields = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    override = an_override(channel.api, channel.bundle, device, **fields)
    clock = channel.yard.clock

    given: list[str | None] = []
    for moment in (now, starts, ends - timedelta(minutes=1), ends):
        clock.pass_time(moment - clock.moment)
        given.append(channel.given(device))

    assert given == [None, override["prn"], override["prn"], None]


def test_an_override_beats_releases_until_it_is_gone(channel: Channel) -> None:
    device = channel.a_device()
    release = channel.add(version="1.0.0", version_requirement="< 1.0.0")
    override = an_override(channel.api, channel.bundle, device)

    overridden = channel.given(device)
    channel.api.delete(f"/bundle_overrides/{override['prn']}")

    assert (overridden, channel.given(device)) == (override["prn"], release["prn"])
