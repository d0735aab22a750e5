"""Administrators ask in a device's place, and are told why: the same that the device is told."""

from typing import Any

import pytest

from sealift.domain.rights import Role
from tests.device_api.devices import Device, Fleet, stated_by


def _ask(fleet: Fleet, device: Device, **body: object) -> dict[str, Any]:
    answer = fleet.yard.api.post(f"/devices/{device.prn}/update", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _explain(fleet: Fleet, device: Device, **asked: str) -> dict[str, Any]:
    answer = fleet.yard.api.get(f"/devices/{device.prn}/explain", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_answer_has_all_names_by_which_clients_look_for_things(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    answer = _ask(fleet, device, release_version="0.0.1")

    (entry,) = answer.pop("manifest")
    assert answer == {
        "status": "update",
        "source_type": "release",
        "source_prn": release["prn"],
        "bundle_prn": release["bundle_prn"],
    }
    assert entry["artifact_version"] == entry["artifact_version_prn"]
    assert entry["binary_prn"] == entry["prn"] == fleet.channel.bundle["binaries"][0]["prn"]
    assert set(entry) == {
        "artifact_prn",
        "artifact_version",
        "artifact_version_prn",
        "binary_prn",
        "prn",
        "custom_metadata",
        "hash",
        "signatures",
        "size",
        "target",
        "url",
    }
    assert fleet.yard.anybody.get(entry["url"]).status_code == 200


def test_without_an_update_all_is_null(fleet: Fleet) -> None:
    device, ill = fleet.device(), fleet.device(quarantined=True)

    answers = [_ask(fleet, each, release_version="0.0.1") for each in (device, ill)]

    nothing = dict.fromkeys(("source_type", "source_prn", "bundle_prn", "manifest"))
    assert answers == [
        {"status": "no_update", **nothing},
        {"status": "device_quarantine", **nothing},
    ]


def test_nothing_changes_unless_it_is_to_be_written(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=2)
    device = fleet.device()
    before = fleet.see(device)

    dry = _ask(fleet, device, release_prn=first["prn"])
    between = fleet.see(device), fleet.events(device, "claimed_release")
    written = _ask(fleet, device, release_prn=first["prn"], write=True)

    assert dry["source_prn"] == written["source_prn"] == last["prn"]
    assert between == (before, [])
    assert len(fleet.events(device, "claimed_release")) == 1
    assert fleet.see(device)["reported_release_prn"] == first["prn"]


def test_at_least_one_of_three_has_to_be_said(fleet: Fleet) -> None:
    device = fleet.device()

    answer = fleet.yard.api.post(
        f"/devices/{device.prn}/update", json={"write": True, "bundle_prn": None}
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["release_prn"])


@pytest.mark.parametrize("nonsense", ["", "nonsense", "prn:1:x", "1.2", "\x00", "é" * 500])
def test_what_names_nothing_falls_through(fleet: Fleet, nonsense: str) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    names = _ask(fleet, device, release_prn=nonsense, bundle_prn=nonsense, release_version="0.0.1")
    version = _ask(fleet, device, release_version=nonsense, write=True)

    assert names["source_prn"] == release["prn"]
    assert version["status"] == "no_update"


def test_who_may_only_read_may_ask_and_not_write(fleet: Fleet) -> None:
    device, reader = fleet.device(), fleet.yard.key_for(Role.READ)
    address = f"/devices/{device.prn}/update"

    dry = reader.post(address, json={"release_version": "1.0.0"})
    written = reader.post(address, json={"release_version": "1.0.0", "write": True})

    assert (dry.status_code, written.status_code) == (200, 403)


def test_the_same_story_is_told_to_all_who_ask(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0", name="the first")
    last = fleet.channel.add(
        bundle_prn=fleet.bundle()["prn"], version="2.0.0", name="the last", phase_value=2
    )
    device = fleet.device()

    asked = _ask(fleet, device, release_prn=first["prn"])
    given = device.given(**stated_by(first))
    explained = _explain(fleet, device)

    assert asked["source_prn"] == given == explained["source_prn"] == last["prn"]
    assert asked["status"] == explained["status"] == "update"
    assert explained["source_name"] == "the last"
    assert explained["claims"] is False  # it has claimed it
    (told,) = fleet.events(device, "claimed_release")
    steps = [each["step"] for each in told["story"]]
    assert [each["step"] for each in explained["story"]] == steps
    assert {each["subject_name"] for each in explained["story"]} == {None, "the first", "the last"}
    assert explained["device"]["reported_release_prn"] == first["prn"]


def test_it_is_told_why_a_release_is_not_given(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", disabled=True)
    device = fleet.device()
    device.ask(**stated_by(first))

    explained = _explain(fleet, device, release_prn=last["prn"])

    assert explained["status"] == "no_update"
    assert [each["text"] for each in explained["why_not"] if not each["passed"]] == [
        "is disabled",
        "none of the releases on the path may be given",
    ]
    assert _explain(fleet, device)["why_not"] is None


def test_another_time_may_be_asked_for(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(
        bundle_prn=fleet.bundle()["prn"], version="2.0.0", schedule_date="2027-01-01T00:00:00Z"
    )
    device = fleet.device()
    device.ask(**stated_by(first))

    at = [
        _explain(fleet, device, at=each)["source_prn"]
        for each in ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")
    ]

    assert at == [None, last["prn"]]


def test_an_archived_release_is_none_to_ask_about(fleet: Fleet) -> None:
    release, device = fleet.channel.add(), fleet.device()
    fleet.channel.archive(release)

    answer = fleet.yard.api.get(
        f"/devices/{device.prn}/explain", params={"release_prn": release["prn"]}
    )

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["release_prn"])


@pytest.mark.parametrize(("name", "value"), [("at", "tomorrow"), ("release_prn", "nonsense")])
def test_what_cannot_be_asked_is_refused(fleet: Fleet, name: str, value: str) -> None:
    device = fleet.device()

    answer = fleet.yard.api.get(f"/devices/{device.prn}/explain", params={name: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])


def test_an_override_is_called_by_its_name(fleet: Fleet) -> None:
    device, bundle = fleet.device(), fleet.bundle()
    body = {"name": "just now", "bundle_prn": bundle["prn"], "starts_at": "2025-01-01T00:00:00Z"}
    override = fleet.yard.api.post("/bundle_overrides", json=body).json()["bundle_override"]
    address = f"/bundle_overrides/{override['prn']}/devices"
    fleet.yard.api.post(address, json={"device_prn": device.prn})
    device.ask(version="1.0.0")

    explained = _explain(fleet, device)

    assert (explained["source_type"], explained["source_name"]) == ("bundle_override", "just now")
    assert {each["subject_prn"] for each in explained["story"]} == {None, override["prn"]}


def test_a_bundle_that_nobody_serves_is_told_as_a_bundle(fleet: Fleet) -> None:
    fleet.channel.add(version="1.0.0")
    device, bundle = fleet.device(), fleet.bundle()
    device.ask(bundle=bundle["prn"])

    story = _explain(fleet, device)["story"]

    (line,) = [each for each in story if each["step"] == "current_bundle"]
    assert (line["subject_prn"], line["passed"]) == (bundle["prn"], False)


def test_nobody_is_answered_in_the_place_of_an_archived_device(fleet: Fleet) -> None:
    device = fleet.device()
    fleet.yard.api.patch(f"/devices/{device.prn}", json={"archived": True})
    path, body = f"/devices/{device.prn}", {"release_version": "1.0.0"}

    answers = [
        fleet.yard.api.post(f"{path}/update", json=body),
        fleet.yard.api.post(f"{path}/update", json={**body, "write": True}),
        fleet.yard.api.get(f"{path}/explain"),
    ]

    assert [each.status_code for each in answers] == [422, 422, 422]
    assert all("is archived" in each.json()["errors"]["device_prn"][0] for each in answers)
