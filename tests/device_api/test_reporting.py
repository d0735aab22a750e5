"""What devices say they run is remembered as one, and told when it changes."""

import pytest

from tests.device_api.devices import Device, Fleet, headers, stated_by


def _reported(fleet: Fleet, device: Device) -> tuple[str | None, str | None, str | None]:
    found = fleet.see(device)
    return (
        found["reported_release_prn"],
        found["reported_bundle_prn"],
        found["reported_release_version"],
    )


def test_what_a_device_says_replaces_all_that_it_said_before(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()

    seen = [_reported(fleet, device)]
    for said in (
        stated_by(release),
        {"bundle": release["bundle_prn"]},
        {},
        {"version": "2.0.0"},
        {"release": "nonsense", "version": "nonsense"},
    ):
        device.ask(**said)
        seen.append(_reported(fleet, device))

    assert seen == [
        (None, None, None),
        (release["prn"], release["bundle_prn"], "1.0.0"),
        (None, release["bundle_prn"], None),
        (None, release["bundle_prn"], None),
        (None, None, "2.0.0"),
        (None, None, None),
    ]


def test_a_device_says_what_it_runs_with_whatever_it_asks(fleet: Fleet) -> None:
    first, second = fleet.channel.add(version="1.0.0"), fleet.channel.add(version="2.0.0")
    device = fleet.device()

    device.client.get("/device/me", headers=headers(**stated_by(first)))
    with_me = _reported(fleet, device)
    body = {"outcome": "installed", "bundle_prn": second["bundle_prn"]}
    device.client.post("/device/reports", json=body, headers=headers(**stated_by(second)))

    assert with_me == (first["prn"], first["bundle_prn"], "1.0.0")
    assert _reported(fleet, device) == (second["prn"], second["bundle_prn"], "2.0.0")


def test_what_changes_is_told_once(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    stranger = f"{release['prn'][:-12]}000000000000"

    for said in (stated_by(release), stated_by(release), {}, {"release": stranger}):
        device.ask(**said)

    record = fleet.see(device)
    about = {
        "prn": device.prn,
        "identifier": record["identifier"],
        "cohort": {
            "cohort_prn": fleet.channel.cohort,
            "cohort_name": fleet.yard.api.get(f"/cohorts/{fleet.channel.cohort}").json()["cohort"][
                "name"
            ],
        },
    }
    assert fleet.events(device, "release_changed") == [
        {
            "device": about,
            "from_release": {"prn": release["prn"], "version": "1.0.0"},
            "to_release": {"prn": stranger, "version": None, "known": False},
            "from_bundle": {"prn": release["bundle_prn"]},
            "to_bundle": None,
        },
        {
            "device": about,
            "from_release": None,
            "to_release": {"prn": release["prn"], "version": "1.0.0", "known": True},
            "from_bundle": None,
            "to_bundle": {"prn": release["bundle_prn"], "known": True},
        },
    ]


def test_a_check_is_no_change_of_the_record(fleet: Fleet) -> None:
    device = fleet.device()
    before = fleet.see(device)

    device.ask(version="1.0.0")

    assert fleet.see(device) == {**before, "reported_release_version": "1.0.0"}


def test_names_of_another_organization_mean_nothing(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0")
    theirs = fleet.yard.other.get("/users/me").json()["data"]["organization_prn"]
    ours = release["organization_prn"]

    answer = device.status(release=release["prn"].replace(ours, theirs))

    assert answer == "no_update"
    assert _reported(fleet, device) == (None, None, None)


@pytest.mark.parametrize("said", ["release", "bundle", "version"])
def test_each_way_to_say_what_runs_leads_on(fleet: Fleet, said: str) -> None:
    first = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    last = fleet.channel.add(
        bundle_prn=fleet.bundle()["prn"], version="2.0.0", version_requirement="< 2.0.0"
    )
    device = fleet.device()

    given = device.given(**{said: stated_by(first)[said]})

    assert given == last["prn"]


def test_an_offer_is_told_once_a_day(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    for _ in range(3):
        device.ask(version="0.0.1")
    once = fleet.events(device, "checked_for_release")
    another = fleet.channel.add(
        bundle_prn=fleet.bundle()["prn"], version="2.0.0", version_requirement="< 2.0.0"
    )
    device.ask(version="0.0.1")

    assert len(once) == 1
    assert once[0]["release"] == {"prn": release["prn"], "version": "1.0.0"}
    assert once[0]["bundle"] == {"prn": release["bundle_prn"], "name": None}
    assert once[0]["story"][-1]["subject_prn"] == release["prn"]
    assert once[0]["story"][-1]["text"] == "is given"
    told = [each["release"]["prn"] for each in fleet.events(device, "checked_for_release")]
    assert told == [another["prn"], release["prn"]]


def test_who_gets_nothing_is_no_event(fleet: Fleet) -> None:
    device = fleet.device()

    device.ask(version="0.0.1")

    assert fleet.events(device, "checked_for_release") == []
