"""What happened is told, in the transaction in which it happened, to its own organization only."""

from datetime import timedelta
from typing import Any

import pytest

from sealift.actions import happenings
from sealift.records.tables import adoption, devices
from sealift.worker.sweep import sweep
from tests.records.made_up import a_world, put
from tests.yard import Yard, a_key, a_version, brought_to, patch


def _events(yard: Yard, **params: str) -> list[dict[str, Any]]:
    answer = yard.api.get("/events", params={"limit": "100", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def _subtypes(yard: Yard, **params: str) -> list[str]:
    return [each["event_subtype"] for each in _events(yard, **params)]


def test_the_life_of_a_binary_is_told(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    patch(yard.api, binary, state="destroyed")

    told = _subtypes(yard, resource_prn=binary["prn"], order="asc")

    way = ["created", "finished", "hashing_started", "verified", "signed", "destroyed"]
    assert [each for each in told if each in way] == way


def test_an_event_has_an_envelope_that_names_who_did_what(yard: Yard) -> None:
    key = a_key(yard.api)

    event = _events(yard, resource_prn=key)[0]

    assert event["version"] == 1
    assert event["type"] == "signing_key"
    assert event["event_subtype"] == event["data"]["type"] == "created"
    assert ":api_key:" in event["actor_prn"]
    assert event["prn"].split(":")[3] == "event"


def test_what_is_refused_is_no_event(yard: Yard) -> None:
    a_key(yard.api)
    before = len(_events(yard))

    yard.api.post("/signing_keys", json={"name": "release", "value": "x"})

    assert len(_events(yard)) == before


def test_events_are_of_ones_own_organization(yard: Yard) -> None:
    key = a_key(yard.api)

    seen = yard.other.get("/events", params={"resource_prn": key}).json()

    assert seen == {"events": [], "next_page": None}


def test_events_are_found_by_type_subtype_actor_and_time(yard: Yard) -> None:
    key = a_key(yard.api)
    event = _events(yard, resource_prn=key)[0]

    assert key in {each["resource_prn"] for each in _events(yard, type="signing_key")}
    assert _events(yard, type="signing_key", subtype="deleted") == []
    assert event in _events(yard, actor_prn=event["actor_prn"])
    assert event in _events(yard, inserted_at_gte=event["inserted_at"])
    assert event not in _events(yard, inserted_at_lt=event["inserted_at"])
    assert _events(yard, search=f"prn:'{event['prn']}'") == [event]


@pytest.mark.parametrize(
    "params",
    [
        {"inserted_at_gte": "2026-01-02T00:00:00Z", "inserted_at_lt": "2026-01-02T00:00:00Z"},
        {"inserted_at_gte": "yesterday"},
        {"inserted_at_gte": "2026-01-02T00:00:00"},
        {"type": "weather"},
        {"subtype": "No Subtype"},
        {"search": "subtype:'created'"},
        {"actor_prn": "prn:\x00"},
        {"resource_prn": "prn:\x00"},
    ],
    ids=["empty span", "no time", "no zone", "no type", "no subtype", "no key", "NUL", "NUL too"],
)
def test_what_cannot_be_asked_is_refused(yard: Yard, params: dict[str, str]) -> None:
    assert yard.api.get("/events", params=params).status_code == 422


def test_pages_of_events_are_walked_with_their_filter(yard: Yard) -> None:
    key = a_key(yard.api)
    for name in ("first", "second", "third"):
        yard.api.patch(f"/signing_keys/{key}", json={"name": name})
    asked = {"resource_prn": key, "limit": "1"}
    seen: list[str] = []
    page: str | None = None
    while True:
        answer = yard.api.get("/events", params=asked | ({"page": page} if page else {})).json()
        seen += [each["event_subtype"] for each in answer["events"]]
        page = answer["next_page"]
        if page is None:
            break

    assert seen == ["changed", "changed", "changed", "created"]


def test_old_events_are_forgotten(yard: Yard) -> None:
    a_key(yard.api)
    yard.clock.pass_time(timedelta(days=90))
    fresh = yard.api.post("/artifacts", json={"name": "fresh"}).json()["artifact"]["prn"]
    a_version(yard.api, "another")

    sweep(yard.system, timedelta(days=1000), keep_events=timedelta(days=90))

    assert fresh
    assert "signing_key" not in {each["type"] for each in _events(yard)}


def test_devices_are_counted_once_an_hour_by_what_they_report(yard: Yard) -> None:
    with yard.system.records.write(None) as tx:
        world = a_world(tx.connection)
        tx.connection.execute(adoption.delete())
        for _ in range(2):
            put(tx.connection, devices, world, reported_release_prn="prn:of:a:release")

    happenings.count_adoption(yard.system)
    happenings.count_adoption(yard.system)
    first = _adoption(yard)
    yard.clock.pass_time(timedelta(hours=1))
    sweep(yard.system, timedelta(days=1000))

    assert sorted(first, key=str) == [("prn:of:a:release", 2), (None, 1)]
    assert sorted(_adoption(yard), key=str) == sorted([*first, *first], key=str)


def _adoption(yard: Yard) -> list[tuple[str | None, int]]:
    with yard.system.records.read(None) as tx:
        columns = (adoption.c.release_prn, adoption.c.devices)
        found = tx.connection.execute(tx.select(adoption, *columns)).mappings()
        return [(each["release_prn"], each["devices"]) for each in found]
