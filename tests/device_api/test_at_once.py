"""Checks without news are answered at once, and a change is seen at the next look."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import event

from sealift.device_api.app import DeviceApi
from sealift.records.transaction import Records
from tests.device_api.devices import Device, Fleet, stated_by
from tests.yard import patch


class _Statements:
    """Counts what the database is asked."""

    def __init__(self, fleet: Fleet) -> None:
        self.count = 0
        event.listen(fleet.yard.system.records.engine, "before_cursor_execute", self._one)

    def _one(self, *_: object) -> None:
        self.count += 1

    def during(self, work: Callable[[], object]) -> int:
        before = self.count
        work()
        return self.count - before


def test_whoever_says_the_same_again_asks_no_database(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    fleet.look()
    device.ask(**stated_by(release))
    fleet.look()
    afresh = device.ask("manifest.url", **stated_by(release))
    statements = _Statements(fleet)

    asked = statements.during(lambda: device.ask("manifest.url", **stated_by(release)))
    at_once = device.ask("manifest.url", **stated_by(release))

    assert asked == 0
    assert at_once.json() == afresh.json() == {"status": "no_update", "manifest": None}
    same = ("content-type", "retry-after", "content-length")
    assert [at_once.headers[each] for each in same] == [afresh.headers[each] for each in same]
    assert len(at_once.headers["peridio-request-id"]) == 20


def test_what_is_said_beside_a_check_is_not_forgotten(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    fleet.look()
    device.ask(**stated_by(release))
    fleet.look()
    device.ask(**stated_by(release))

    device.client.get("/device/me", headers={"peridio-release-version": "7.0.0"})
    device.ask(**stated_by(release))

    assert fleet.see(device)["reported_release_version"] == "1.0.0"
    assert len(fleet.events(device, "release_changed")) == 3


def _quarantine(fleet: Fleet, device: Device) -> None:
    fleet.change(device, quarantined=True)


def _next_release(fleet: Fleet, _device: Device) -> None:
    fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0")


def _override(fleet: Fleet, device: Device) -> None:
    bundle = fleet.bundle()
    body = {"name": "now", "bundle_prn": bundle["prn"], "starts_at": "2025-01-01T00:00:00Z"}
    override = fleet.yard.api.post("/bundle_overrides", json=body).json()["bundle_override"]
    address = f"/bundle_overrides/{override['prn']}/devices"
    fleet.yard.api.post(address, json={"device_prn": device.prn})


def _archive(fleet: Fleet, device: Device) -> None:
    fleet.change(device, archived=True)


def _forget_certificate(fleet: Fleet, device: Device) -> None:
    asked = {"search": f"device_prn:'{device.prn}'"}
    found = fleet.yard.api.get("/device_certificates", params=asked).json()
    prn = found["device_certificates"][0]["prn"]
    assert fleet.yard.api.delete(f"/device_certificates/{prn}").status_code == 204


def _poll_less(fleet: Fleet, _device: Device) -> None:
    fleet.yard.api.patch(f"/cohorts/{fleet.channel.cohort}", json={"poll_interval": 77})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_quarantine, (200, "device_quarantine", "1000")),
        (_next_release, (200, "update", "1000")),
        (_override, (200, "update", "1000")),
        (_archive, (403, "forbidden", None)),
        (_forget_certificate, (403, "forbidden", None)),
        (_poll_less, (200, "no_update", "77")),
    ],
)
def test_a_change_is_seen_at_the_next_look(
    fleet: Fleet,
    change: Callable[[Fleet, Device], None],
    expected: tuple[int, str, str | None],
) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    fleet.look()
    for _ in range(2):
        device.ask(**stated_by(release))
        fleet.look()

    change(fleet, device)
    fleet.look()
    answer = device.ask(**stated_by(release))

    seen = answer.status_code, answer.json()["status"], answer.headers.get("retry-after")
    assert seen == expected


def test_what_was_destroyed_is_not_given_even_before_the_next_look(fleet: Fleet) -> None:
    bundle = fleet.bundle()
    first = fleet.channel.add(version="1.0.0")
    fleet.channel.add(bundle_prn=bundle["prn"], version="2.0.0")
    device = fleet.device()
    fleet.look()
    before = [device.status(**stated_by(first)) for _ in range(2)]

    patch(fleet.yard.api, bundle["binaries"][0], state="destroyed")

    assert before == ["update", "update"]
    assert device.status(**stated_by(first)) == "no_update"


def test_a_date_that_comes_is_no_change_and_seen_at_once(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0")
    date = fleet.yard.clock.moment.replace(microsecond=0, year=2027).isoformat()
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", schedule_date=date)
    device = fleet.device()
    fleet.look()
    for _ in range(2):
        device.ask(**stated_by(release))
        fleet.look()
    before = device.status(**stated_by(release))

    fleet.yard.clock.moment = fleet.yard.clock.moment.replace(year=2028)

    assert before == "no_update"
    assert device.given(**stated_by(release)) == last["prn"]


def test_claims_of_others_are_seen_without_a_look(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=0)
    device = fleet.device()
    fleet.look()
    before = [device.status(**stated_by(first)) for _ in range(2)]

    assert fleet.channel.change(last, phase_value=2).status_code == 200

    assert before == ["no_update", "no_update"]
    assert device.status(**stated_by(first)) == "update"


def test_who_runs_a_release_that_counts_asks_no_database(fleet: Fleet) -> None:
    last = fleet.channel.add(version="2.0.0", phase_value=2)
    device = fleet.device()
    fleet.look()
    device.ask(**stated_by(last))
    fleet.look()
    device.ask(**stated_by(last))
    statements = _Statements(fleet)

    asked = statements.during(lambda: device.ask(**stated_by(last)))

    assert asked == 0


def test_nothing_is_believed_that_was_not_looked_at_lately(fleet: Fleet) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    fleet.look()
    device.ask(**stated_by(release))
    fleet.api.door.generations._looked_at -= 60

    fleet.change(device, quarantined=True)

    assert device.status(**stated_by(release)) == "device_quarantine"


def test_the_door_looks_by_itself_and_writes_when_it_closes(fleet: Fleet) -> None:
    device = fleet.device()

    with fleet.api:
        device.ask(version="1.0.0")

    assert fleet.see(device)["last_connected_at"] is not None


def test_without_its_database_a_door_says_so(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    device = fleet.device()
    away = Records("sqlite:////nowhere/records.sqlite3")
    api = DeviceApi(replace(fleet.yard.system, records=away))

    with api:
        answer = Fleet(fleet.yard, api, fleet.channel).client(device.issued).get("/update")
    away.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["code"] == "records.unavailable"
    told = [each.message for each in caplog.records if each.name == "sealift.device_api.app"]
    assert len(told) == 1
    assert told[0].startswith("look does not succeed for now")
