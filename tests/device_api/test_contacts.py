"""Who was heard from is written now and then, and told once in a while."""

from datetime import datetime, timedelta

import pytest

from sealift.domain.errors import RecordsUnavailable
from sealift.records.transaction import Records
from tests.device_api.devices import Fleet


def _seen(fleet: Fleet) -> list[str | None]:
    return [each["last_connected_at"] for each in fleet.yard.api.get("/devices").json()["devices"]]


def test_contacts_are_written_together(fleet: Fleet) -> None:
    devices = [fleet.device() for _ in range(3)]
    for each in devices:
        each.ask()
    before = _seen(fleet)

    fleet.flush()

    assert before == [None, None, None]
    assert all(_seen(fleet))


def test_a_contact_is_no_change_of_the_record_and_news_to_nobody(fleet: Fleet) -> None:
    device = fleet.device()
    fleet.look()
    device.ask()
    before, generations = fleet.see(device), dict(fleet.api.door.generations.seen())

    fleet.flush()
    fleet.look()

    after = fleet.see(device)
    assert {**before, "last_connected_at": after["last_connected_at"]} == after
    assert fleet.api.door.generations.seen() == generations


def test_the_latest_contact_stays(fleet: Fleet) -> None:
    device = fleet.device()
    device.ask()
    contact = next(iter(fleet.api.door.contacts._gathered.values()))
    fleet.yard.clock.pass_time(timedelta(hours=1))
    device.ask()
    fleet.flush()
    latest = fleet.see(device)["last_connected_at"]

    fleet.api.door.contacts.note(contact)  # as another server might, late
    fleet.flush()

    assert fleet.see(device)["last_connected_at"] == latest
    assert datetime.fromisoformat(latest) > contact.at


def test_a_device_that_connects_is_told_once_a_day(fleet: Fleet) -> None:
    device = fleet.device()

    for hours in (0, 1, 22, 2):
        fleet.yard.clock.pass_time(timedelta(hours=hours))
        device.ask(version="1.0.0")
        fleet.flush()

    told = fleet.events(device, "connected")
    assert len(told) == 2
    assert told[0]["route"] == "/update"
    assert told[0]["headers"] == {"peridio-release-version": "1.0.0"}
    assert told[0]["ip_address"] == "testclient"
    assert told[0]["certificate"]["fingerprint"] == device.issued.fingerprint
    assert told[0]["ca_certificate"] is None
    assert told[0]["device"]["prn"] == device.prn


def test_a_device_that_was_deleted_meanwhile_is_left_out(fleet: Fleet) -> None:
    gone, kept = fleet.device(), fleet.device()
    gone.ask()
    kept.ask()
    fleet.yard.api.delete(f"/devices/{gone.prn}")

    fleet.flush()

    assert all(_seen(fleet))
    assert fleet.events(gone, "connected") == []


def test_what_cannot_be_written_is_kept(fleet: Fleet) -> None:
    device, contacts = fleet.device(), fleet.api.door.contacts
    device.ask()
    system = contacts._system
    away = Records("sqlite:////nowhere/records.sqlite3")
    contacts._system = type(system)(
        records=away,
        stores=system.stores,
        links=system.links,
        enqueue=system.enqueue,
        now=system.now,
    )

    with pytest.raises(RecordsUnavailable):
        fleet.flush()
    contacts._system = system
    away.close()
    fleet.flush()

    assert all(_seen(fleet))


def test_checks_are_counted_by_their_answers(fleet: Fleet) -> None:
    well, ill = fleet.device(), fleet.device(quarantined=True)

    def counted() -> dict[str, float]:
        lines = fleet.yard.anybody.get("/metrics").text.splitlines()
        found = [line.rpartition(" ") for line in lines if line.startswith("sealift_device_checks")]
        return {name: float(number) for name, _, number in found}

    before = counted()
    for each in (well, ill, well):
        each.ask()
    fleet.flush()
    after = counted()

    more = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert more == {
        'sealift_device_checks_total{status="no_update"}': 2,
        'sealift_device_checks_total{status="device_quarantine"}': 1,
    }
