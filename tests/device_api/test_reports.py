"""What devices report of updates, what is kept of it, and what follows from it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from tests.admin_api.tenant import organization_prn
from tests.device_api.devices import Device, Fleet, stated_by


def _report(device: Device, release: dict[str, Any], said: str, **fields: object) -> Response:
    body = {
        "outcome": said,
        "release_prn": release["prn"],
        "bundle_prn": release["bundle_prn"],
        **fields,
    }
    return device.client.post("/device/reports", json=body)


def _progress(fleet: Fleet, release: dict[str, Any]) -> dict[str, Any]:
    return fleet.yard.api.get(f"/releases/{release['prn']}/progress").json()["progress"]


def _reports(fleet: Fleet, release: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"limit": 100}
    answer = fleet.yard.api.get(f"/releases/{release['prn']}/reports", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["reports"]


def test_a_report_is_kept_and_listed(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    binary = fleet.channel.bundle["binaries"][0]["prn"]

    answer = _report(device, release, "failed", binary_prn=binary, message="no space left")

    made = answer.json()["report"]
    assert answer.status_code == 201
    assert {**made, "inserted_at": ""} == {
        "device_prn": device.prn,
        "outcome": "failed",
        "bundle_prn": release["bundle_prn"],
        "release_prn": release["prn"],
        "binary_prn": binary,
        "message": "no space left",
        "inserted_at": "",
    }
    assert _reports(fleet, release) == [made]


def test_an_override_is_reported_without_a_release(fleet: Fleet) -> None:
    device = fleet.device()
    body = {"outcome": "installed", "bundle_prn": fleet.channel.bundle["prn"]}

    answer = device.client.post("/device/reports", json=body)

    assert answer.status_code == 201
    assert answer.json()["report"]["release_prn"] is None


def test_what_is_sent_twice_counts_once(fleet: Fleet) -> None:
    release, device = fleet.channel.add(retry_limit=2), fleet.device()
    own = str(uuid4())

    answers = [_report(device, release, "failed", id=own) for _ in range(3)]
    other = _report(fleet.device(), release, "failed", id=own)

    assert [each.status_code for each in answers] == [201, 201, 201]
    assert len({each.text for each in answers}) == 1
    assert _progress(fleet, release)["given_up"] == 0
    assert other.json()["errors"] == {"id": ["has already been taken"]}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"outcome": "fine"}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"bundle_prn": None}, "bundle_prn"),
        ({"bundle_prn": "nonsense"}, "bundle_prn"),
        ({"release_prn": "nonsense"}, "release_prn"),
        ({"binary_prn": "nonsense"}, "binary_prn"),
        ({"message": "x" * 1001}, "message"),
        ({"message": "\x00"}, "message"),
        ({"id": "nonsense"}, "id"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(
    fleet: Fleet, wrong: dict[str, object], field: str
) -> None:
    release, device = fleet.channel.add(), fleet.device()

    answer = _report(device, release, "failed", **wrong)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert _reports(fleet, release) == []


def test_a_report_that_cannot_be_read_is_refused(fleet: Fleet) -> None:
    client = fleet.device().client

    broken = client.post("/device/reports", content=b"{")
    large = client.post("/device/reports", content=b" " * 100_000)

    assert (broken.status_code, large.status_code) == (400, 413)


def test_a_device_reports_only_what_may_be_its_own(fleet: Fleet) -> None:
    release = fleet.channel.add()
    device, bundle = fleet.device(), fleet.bundle()
    theirs = organization_prn(fleet.yard.other)
    foreign = release["prn"].replace(release["organization_prn"], theirs)
    nowhere = f"{release['prn'][:-12]}000000000000"

    of_others = [_report(device, release, "failed", release_prn=prn) for prn in (foreign, nowhere)]
    mixed = _report(device, release, "failed", bundle_prn=bundle["prn"])
    binary = _report(device, release, "failed", binary_prn=bundle["binaries"][0]["prn"])

    assert [list(each.json()["errors"]) for each in of_others] == [["release_prn"]] * 2
    assert list(mixed.json()["errors"]) == ["bundle_prn"]
    assert list(binary.json()["errors"]) == ["binary_prn"]
    assert _reports(fleet, release) == []


def test_what_is_said_of_a_release_that_was_archived_or_of_another_cohort_does_not_count(
    fleet: Fleet,
) -> None:
    elsewhere = fleet.channel.another_cohort().add(disable_after_failures=1)
    archived = fleet.channel.add()
    device = fleet.device()
    fleet.channel.archive(archived)

    answers = [_report(device, each, "failed") for each in (elsewhere, archived)]

    assert [each.status_code for each in answers] == [201, 201]
    assert len(_reports(fleet, elsewhere)) == 1
    assert _progress(fleet, elsewhere)["failed"] == 0
    seen = fleet.yard.api.get(f"/releases/{elsewhere['prn']}").json()["release"]
    assert seen["disabled"] is False


def test_no_device_fills_the_records(fleet: Fleet) -> None:
    release, device = fleet.channel.add(), fleet.device()

    for number in range(25):
        assert _report(device, release, "failed", message=f"{number}").status_code == 201

    kept = [each["message"] for each in _reports(fleet, release)]
    assert kept == [f"{number}" for number in range(24, 4, -1)]


def test_devices_are_counted_by_their_last_report(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", retry_limit=2)
    devices = [fleet.device() for _ in range(4)]
    devices[0].ask(**stated_by(release))

    for device, outcomes in zip(
        devices, (["failed", "installed"], ["failed", "rolled_back"], ["failed"], []), strict=True
    ):
        for outcome in outcomes:
            assert _report(device, release, outcome).status_code == 201

    assert _progress(fleet, release) == {
        "release_prn": release["prn"],
        "devices": 4,
        "claimed": 0,
        "running": 1,
        "installed": 1,
        "failed": 1,
        "rolled_back": 1,
        "given_up": 1,
    }


def test_a_device_that_failed_too_often_is_given_up_until_somebody_says_so(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", retry_limit=2)
    device, other = fleet.device(), fleet.device()
    fleet.look()

    given: list[str | None] = []
    for _ in range(3):
        given.append(device.given(**stated_by(first)))
        _report(device, last, "failed")
        fleet.look()
    again = fleet.yard.api.post(f"/releases/{last['prn']}/retries", json={"device_prn": device.prn})
    fleet.look()

    assert given == [last["prn"], last["prn"], None]
    assert again.status_code == 201
    assert again.json()["retry"] == {
        "release_prn": last["prn"],
        "device_prn": device.prn,
        "outcome": "failed",
        "failures": 0,
    }
    assert device.given(**stated_by(first)) == other.given(**stated_by(first)) == last["prn"]


def test_who_never_failed_needs_no_retry(fleet: Fleet) -> None:
    release, device = fleet.channel.add(retry_limit=2), fleet.device()
    address = f"/releases/{release['prn']}/retries"

    answer = fleet.yard.api.post(address, json={"device_prn": device.prn})
    unknown = fleet.yard.api.post(address, json={"device_prn": release["prn"]})

    assert answer.json()["retry"]["outcome"] is None
    assert list(unknown.json()["errors"]) == ["device_prn"]


def _disabled(fleet: Fleet, release: dict[str, Any]) -> list[str]:
    asked = {"resource_prn": release["prn"], "subtype": "disabled_by_failures"}
    events = fleet.yard.api.get("/events", params=asked).json()["events"]
    return [each["data"]["data"]["reason"] for each in events]


def test_a_release_that_fails_on_too_many_devices_is_disabled(fleet: Fleet) -> None:
    release = fleet.channel.add(
        version="1.0.0", version_requirement="< 1.0.0", disable_after_failures=2
    )
    devices = [fleet.device() for _ in range(3)]

    seen: list[bool] = []
    for device in (devices[0], devices[0], devices[1], devices[2]):
        _report(device, release, "failed")
        seen.append(fleet.channel.see(release)["disabled"])

    assert seen == [False, False, True, True]
    assert _disabled(fleet, release) == ["2 devices failed on it; at 2 it is disabled"]
    assert devices[2].given(version="0.0.1") is None


def test_of_many_failures_at_once_one_disables(fleet: Fleet) -> None:
    release = fleet.channel.add(disable_after_failures=3)
    devices = [fleet.device() for _ in range(8)]

    def fail(device: Device) -> Response:
        return _report(device, release, "failed")

    with ThreadPoolExecutor(len(devices)) as threads:
        answers = list(threads.map(fail, devices))

    assert {each.status_code for each in answers} == {201}
    assert fleet.channel.see(release)["disabled"]
    assert _disabled(fleet, release) == ["3 devices failed on it; at 3 it is disabled"]


def test_a_release_that_fails_on_too_large_a_share_is_disabled(fleet: Fleet) -> None:
    release = fleet.channel.add(disable_after_failure_share=0.5)
    devices = [fleet.device() for _ in range(4)]

    seen: list[bool] = []
    for device, outcome in zip(
        devices, ("failed", "installed", "failed", "rolled_back"), strict=True
    ):
        _report(device, release, outcome)
        seen.append(fleet.channel.see(release)["disabled"])

    assert seen == [False, False, False, True]
    assert _disabled(fleet, release) == [
        "3 of 4 devices that reported failed on it; at 50% it is disabled"
    ]


def test_reports_of_one_organization_are_nothing_to_another(fleet: Fleet) -> None:
    release = fleet.channel.add()

    for method, path in (("GET", "progress"), ("GET", "reports"), ("POST", "retries")):
        address = f"/releases/{release['prn']}/{path}"
        answer = fleet.yard.other.request(method, address, json={"device_prn": release["prn"]})
        assert answer.status_code == 404
