"""Where a binary has got to, and what destroying it does: told before, and true afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from sealift.domain.release import Outcome
from sealift.records.tables import release_outcomes
from tests.admin_api.distributing import Channel, a_binary_for_bundles, a_channel
from tests.admin_api.tenant import Tenant
from tests.yard import a_bundle, an_override, brought_to, patch

FOR_ALL = {"version": "0.1.0", "version_requirement": ">= 0.0.0"}


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    return a_channel(tenant)


def _of(channel: Channel, binary: dict[str, Any], what: str, **query: object) -> dict[str, Any]:
    answer = channel.api.get(f"/binaries/{binary['prn']}/{what}", params=query)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 200, answer.text
    return answer.json()


def _impact(channel: Channel, binary: dict[str, Any]) -> dict[str, Any]:
    return _of(channel, binary, "impact")["impact"]


def _bundle(channel: Channel, *binaries: dict[str, Any]) -> dict[str, Any]:
    return a_bundle(channel.api, *(binaries or [a_binary_for_bundles(channel.yard)]))


def _reports(channel: Channel, device: dict[str, Any], release: dict[str, Any]) -> None:
    body = {"release_prn": release["prn"], "write": True}
    answer = channel.api.post(f"/devices/{device['prn']}/update", json=body)
    assert answer.status_code == 200, answer.text


# --- lists ---------------------------------------------------------------------------------------


def test_bundles_and_releases_with_a_binary_are_listed(channel: Channel) -> None:
    version = a_binary_for_bundles(channel.yard)["artifact_version_prn"]
    binary, other_target = (
        brought_to(channel.yard, "signed", version, target=each) for each in ("arm", "x86")
    )
    elsewhere = channel.another_cohort()
    first, second = _bundle(channel, binary), _bundle(channel, other_target, binary)
    without = _bundle(channel, other_target)
    one = channel.add(bundle_prn=first["prn"], required=True)
    two = elsewhere.add(bundle_prn=first["prn"])
    three = channel.add(bundle_prn=second["prn"])
    channel.add(bundle_prn=without["prn"])
    archived = elsewhere.add(bundle_prn=first["prn"])
    elsewhere.archive(archived)

    bundles = _of(channel, binary, "bundles", order="asc")
    releases = _of(channel, binary, "releases", order="asc")
    page = _of(channel, binary, "releases", limit=1)
    next_page = _of(channel, binary, "releases", limit=1, page=page["next_page"])
    searched = _of(channel, binary, "releases", search=f"cohort_prn:'{elsewhere.cohort}'")

    assert bundles == {"bundles": [first, second], "next_page": None}
    expected = [channel.see(each) | {"affected": False} for each in (one, two, three)]
    assert releases == {"releases": expected, "next_page": None}
    assert [page["releases"], next_page["releases"]] == [[expected[2]], [expected[1]]]
    assert searched["releases"] == [expected[1]]
    nothing = a_binary_for_bundles(channel.yard)
    assert _of(channel, nothing, "bundles") == {"bundles": [], "next_page": None}
    assert _of(channel, nothing, "releases") == {"releases": [], "next_page": None}


def test_a_release_is_affected_when_its_bundle_has_a_destroyed_binary(channel: Channel) -> None:
    version = a_binary_for_bundles(channel.yard)["artifact_version_prn"]
    binary, other_target = (
        brought_to(channel.yard, "signed", version, target=each) for each in ("arm", "x86")
    )
    bundle = _bundle(channel, binary, other_target)
    both = [channel.add(bundle_prn=bundle["prn"]) for _ in range(2)]
    safe = channel.add(bundle_prn=_bundle(channel, other_target)["prn"])

    patch(channel.api, binary, state="destroyed")

    affected = {
        each["prn"]: each["affected"]
        for what in (binary, other_target)
        for each in _of(channel, what, "releases")["releases"]
    }
    assert affected == {both[0]["prn"]: True, both[1]["prn"]: True, safe["prn"]: False}


def test_nothing_is_told_of_what_is_not_there(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)

    for what in ("bundles", "releases", "impact"):
        assert channel.yard.other.get(f"/binaries/{binary['prn']}/{what}").status_code == 404
        assert channel.api.get(f"/binaries/{channel.cohort}/{what}").status_code == 404


# --- impact --------------------------------------------------------------------------------------


def test_all_that_is_at_stake_is_named(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)
    bundle = a_bundle(channel.api, binary, name="spring")
    first, latest = channel.add(**FOR_ALL), channel.add(bundle_prn=bundle["prn"], required=True)
    devices = [channel.a_device() for _ in range(4)]
    for device, release in zip(devices, (first, first, latest, latest), strict=True):
        _reports(channel, device, release)
    channel.api.patch(f"/devices/{devices[3]['prn']}", json={"archived": True})
    fields = {"name": "trial", "ends_at": "2027-01-01T00:00:00.000000Z"}
    override = an_override(channel.api, bundle, channel.a_device(cohort_prn=None), **fields)

    found = _impact(channel, binary)

    assert found == {
        "binary_prn": binary["prn"],
        "bundles": [{"prn": bundle["prn"], "name": "spring"}],
        "releases": [
            {
                "prn": latest["prn"],
                "name": latest["name"],
                "cohort_prn": channel.cohort,
                "next_release_prn": None,
                "required": True,
                "disabled": False,
                "affected": False,
                "devices": 1,
            }
        ],
        "bundle_overrides": [
            {
                "prn": override["prn"],
                "name": "trial",
                "starts_at": override["starts_at"],
                "ends_at": override["ends_at"],
                "devices": 1,
            }
        ],
        "devices_interrupted": 3,  # two on the first release, and the one of the override
    }


def test_a_binary_in_no_bundle_has_no_impact(channel: Channel) -> None:
    found = _impact(channel, a_binary_for_bundles(channel.yard))

    assert found == {
        "binary_prn": found["binary_prn"],
        "bundles": [],
        "releases": [],
        "bundle_overrides": [],
        "devices_interrupted": 0,
    }


def test_devices_are_interrupted_only_if_nothing_takes_the_place(channel: Channel) -> None:
    """R1, R2, R3: an affected release in the middle harms who is not held up by it only."""
    binary = a_binary_for_bundles(channel.yard)
    first, second = channel.add(), channel.add(bundle_prn=_bundle(channel, binary)["prn"])
    channel.add()
    _reports(channel, channel.a_device(), first)
    _reports(channel, channel.a_device(), second)

    harmless = _impact(channel, binary)["devices_interrupted"]
    channel.change(second, required=True)
    harmful = _impact(channel, binary)["devices_interrupted"]

    assert (harmless, harmful) == (0, 1)


def test_the_forecast_is_what_happens(channel: Channel) -> None:
    """Devices of all kinds, each asked before and after: those who lose are as many as told."""
    binary = a_binary_for_bundles(channel.yard)
    lost, whole = _bundle(channel, binary), _bundle(channel)
    first = channel.add()
    channel.add(version="1.0.0", version_requirement="~> 0.1", bundle_prn=lost["prn"])
    channel.add(
        phase_mode="tags",
        phase_tags=["beta"],
        bundle_prn=lost["prn"],
        version_requirement="< 2.0.0",
    )
    other = channel.another_cohort()
    start = other.add()
    counted = other.add(bundle_prn=lost["prn"], phase_value=2)
    reports: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (channel.a_device(tags=tags, **fields), report)
        for tags in (None, ["beta"], ["lab", "beta"])
        for fields in ({}, {"quarantined": True}, {"cohort_prn": None})
        for report in (
            {"release_prn": first["prn"]},
            {"bundle_prn": lost["prn"]},
            {"release_version": "0.1.9"},
            {"release_version": "3.0.0", "release_prn": first["prn"]},
            {"release_version": "nonsense"},
        )
    ]
    reports += [(other.a_device(), {"release_prn": start["prn"]}) for _ in range(4)]
    soon = (channel.yard.clock.moment + timedelta(days=1)).isoformat()
    an_override(channel.api, lost, reports[0][0], reports[1][0], reports[20][0])
    an_override(channel.api, whole, reports[1][0], starts_at="2025-06-01T00:00:00Z")
    an_override(channel.api, lost, reports[2][0], starts_at=soon)
    an_override(channel.api, lost, reports[3][0], ends_at="2025-12-01T00:00:00Z")
    for device, report in reports:
        body = {**report, "write": True}
        channel.api.post(f"/devices/{device['prn']}/update", json=body)

    def given() -> list[str]:
        return [
            channel.given(device, **{"release_version": None, **report}) or ""
            for device, report in reports
        ]

    before, told = given(), _impact(channel, binary)["devices_interrupted"]
    patch(channel.api, binary, state="destroyed")
    after, told_afterwards = given(), _impact(channel, binary)["devices_interrupted"]

    losing = [bool(had) and not has for had, has in zip(before, after, strict=True)]
    assert sum(losing) == told
    assert told > 5
    assert before[-4:].count(counted["prn"]) == 2  # of those who asked first
    assert told_afterwards == told
    assert [had == has for had, has in zip(before, after, strict=True)].count(False) == told


def test_of_a_phase_those_are_interrupted_that_there_is_room_for(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)
    first = channel.add()
    latest = channel.add(bundle_prn=_bundle(channel, binary)["prn"], phase_value=0.5)
    devices = [channel.a_device() for _ in range(5)]
    for device in devices:
        _reports(channel, device, first)

    claimed = _impact(channel, binary)["devices_interrupted"]
    channel.change(latest, phase_value=4)
    more = _impact(channel, binary)["devices_interrupted"]
    channel.change(latest, phase_value=0)

    assert (claimed, more) == (3, 4)  # two and a half devices are three
    assert _impact(channel, binary)["devices_interrupted"] == 3


def test_devices_that_gave_a_release_up_lose_nothing(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)
    first = channel.add()
    latest = channel.add(bundle_prn=_bundle(channel, binary)["prn"], retry_limit=1)
    devices = [channel.a_device() for _ in range(3)]
    for device in devices:
        _reports(channel, device, first)
    _fail(channel, devices[0], latest)

    assert _impact(channel, binary)["devices_interrupted"] == 2


def _fail(channel: Channel, device: dict[str, Any], release: dict[str, Any]) -> None:
    organization_id = device["organization_prn"].rpartition(":")[2]
    with channel.yard.system.records.write(organization_id) as tx:
        tx.insert(
            release_outcomes,
            release_id=release["prn"].rpartition(":")[2],
            device_id=device["prn"].rpartition(":")[2],
            outcome=Outcome.FAILED,
            failures=1,
            inserted_at=channel.yard.clock.moment,
            updated_at=channel.yard.clock.moment,
        )


def test_archiving_the_affected_release_first_keeps_devices_going(channel: Channel) -> None:
    binary = a_binary_for_bundles(channel.yard)
    first = channel.add(name="R1")
    second = channel.add(name="R2", required=True, bundle_prn=_bundle(channel, binary)["prn"])
    third = channel.add(name="R3")
    device = channel.a_device()
    patch(channel.api, binary, state="destroyed")

    stuck = channel.given(device, release_prn=first["prn"])
    channel.archive(second)

    assert stuck is None
    assert channel.links() == {"R1": "R3", "R3": None}
    assert channel.given(device, release_prn=first["prn"]) == third["prn"]
