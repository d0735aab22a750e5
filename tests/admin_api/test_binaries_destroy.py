"""Destroy: the content is gone for good, the record stays and says so."""

from datetime import timedelta

import pytest

from sealift.actions import binaries
from sealift.actions.system import System
from sealift.content.disk import DiskStore
from sealift.content.store import Stores
from sealift.domain.binary import State
from sealift.domain.errors import ContentUnavailable
from sealift.worker.sweep import sweep
from tests.faults import PowerCut, away, power_cut
from tests.life import actor_of, audited, download_link, everything, id_of, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    content_key,
    declare_part,
    digest,
    part_headers,
    patch,
    see,
    sign,
)

pytestmark = pytest.mark.lifecycle

WEEK = timedelta(days=7)


def test_destroying_alters_the_record_no_further_than_it_must(yard: Yard) -> None:
    version = a_version(yard.api)
    binary = brought_to(yard, "signed", version, description="kept", custom_metadata={"kept": True})
    assert (binary["destroyed"], binary["bytes_uploaded"]) == (False, len(CONTENT))

    answer = patch(yard.api, binary, state="destroyed")

    seen = see(yard.api, binary)
    assert answer.status_code == 200
    assert answer.json()["binary"] == seen
    assert seen == binary | {
        "state": "destroyed",
        "destroyed": True,
        "bytes_uploaded": 0,
        "updated_at": seen["updated_at"],
        "revision": binary["revision"] + 1,
    }
    assert yard.api.get("/binaries").json()["binaries"] == [seen]
    assert audited(yard, binary)[-2:] == ["binary.destroy", "binary.content_erased"]


def test_nothing_of_the_content_is_left(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    assert yard.kept() != []

    patch(yard.api, binary, state="destroyed")

    assert yard.kept() == []
    assert part_states(yard, binary) == {}
    assert yard.store.inner.size(content_key(yard, binary)) is None


@pytest.mark.on_disk
def test_nothing_of_the_content_is_left_after_a_restart(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))

    patch(yard.api, binary, state="destroyed")

    after_a_restart = DiskStore(yard.folder)
    assert after_a_restart.size(content_key(yard, binary)) is None
    assert [path for path in yard.folder.rglob("*") if id_of(binary) in path.name] == []


def test_links_given_out_before_are_dead(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    part_link = declare_part(yard.api, binary, 1, CONTENT)
    yard.anybody.put(part_link, content=CONTENT, headers=part_headers(CONTENT))
    for state in ("hashable", "hashing"):
        patch(yard.api, binary, state=state)
    yard.work()
    sign(yard.api, binary, _key(yard))
    link = download_link(yard, binary)
    assert yard.anybody.get(link).status_code == 200

    patch(yard.api, binary, state="destroyed")

    assert yard.anybody.get(link).status_code == 404
    assert yard.anybody.head(link).status_code == 404
    assert yard.anybody.get(link, headers={"range": "bytes=3-"}).status_code == 404
    part = yard.anybody.put(part_link, content=CONTENT, headers=part_headers(CONTENT))
    assert part.status_code == 404
    assert yard.api.get(f"/binaries/{binary['prn']}/download_url").status_code == 422


def _key(yard: Yard) -> str:
    body = {"name": "ours", "value": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}
    return yard.api.post("/signing_keys", json=body).json()["signing_key"]["prn"]


def test_signatures_of_a_destroyed_binary_stay_readable(yard: Yard) -> None:
    binary = brought_to(yard, "destroyed", a_version(yard.api))

    listed = yard.api.get("/binary_signatures").json()["binary_signatures"]

    assert [each["binary_prn"] for each in listed] == [binary["prn"]]
    assert [each["signature"] for each in binary["signatures"]] == [listed[0]["signature"]]


def test_nothing_brings_content_back_to_a_destroyed_binary(yard: Yard) -> None:
    binary = brought_to(yard, "destroyed", a_version(yard.api))
    before = everything(yard, binary)
    url = f"/binaries/{binary['prn']}"
    key = yard.api.get("/signing_keys").json()["signing_keys"][0]["prn"]

    part = yard.api.put(
        f"{url}/parts/1", json={"expected_binary_size": 14, "hash": digest(CONTENT), "size": 14}
    )
    signature = sign(yard.api, binary, key)

    assert (part.status_code, signature.status_code) == (422, 422)
    assert everything(yard, binary) == before


def test_a_destroyed_binary_can_be_edited_found_and_deleted(yard: Yard) -> None:
    binary = brought_to(yard, "destroyed", a_version(yard.api))

    answer = patch(yard.api, binary, description="gone since spring", custom_metadata={"by": "us"})

    assert answer.status_code == 200
    assert answer.json()["binary"]["description"] == "gone since spring"
    found = yard.api.get("/binaries", params={"search": "state:'destroyed'"}).json()["binaries"]
    assert [each["prn"] for each in found] == [binary["prn"]]
    assert yard.api.delete(f"/binaries/{binary['prn']}").status_code == 204
    assert yard.api.get(f"/binaries/{binary['prn']}").status_code == 404


def test_the_target_of_a_destroyed_binary_is_free(yard: Yard) -> None:
    version = a_version(yard.api)
    for _ in range(2):
        brought_to(yard, "destroyed", version)
    third = a_binary(yard.api, version)

    fourth = yard.api.post(
        "/binaries",
        json={name: third[name] for name in ("artifact_version_prn", "hash", "size", "target")},
    )

    assert fourth.status_code == 422
    assert fourth.json()["errors"] == {"target": ["has already been taken"]}
    found = yard.api.get("/binaries", params={"search": f"target:'{third['target']}'"}).json()
    states = [each["state"] for each in found["binaries"]]
    assert states == ["uploadable", "destroyed", "destroyed"]


def test_a_store_that_is_away_is_told_and_the_request_can_be_repeated(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["erase"] = away

    for _ in range(2):
        answer = patch(yard.api, binary, state="destroyed")

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert see(yard.api, binary)["destroyed"] is True
    assert yard.api.get(f"/binaries/{binary['prn']}/download_url").status_code == 422
    assert yard.kept() != []

    yard.store.before.clear()
    assert patch(yard.api, binary, state="destroyed").status_code == 200
    assert yard.kept() == []


def test_the_sweep_erases_once_the_store_is_back(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["erase"] = away
    assert patch(yard.api, binary, state="destroyed").status_code == 503

    sweep(yard.system, WEEK)
    assert yard.kept() != []
    yard.store.before.clear()
    sweep(yard.system, WEEK)

    assert yard.kept() == []
    assert patch(yard.api, binary, state="destroyed").status_code == 200


def test_a_store_that_is_not_configured_any_more_is_told(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    system = System(
        yard.system.records, Stores("new", {}), yard.system.links, yard.system.enqueue, yard.clock
    )

    with pytest.raises(ContentUnavailable, match=f"{yard.shelf.name} is not configured"):
        binaries.update(system, actor_of(binary), id_of(binary), {"state": State.DESTROYED})

    assert see(yard.api, binary)["destroyed"] is True
    assert patch(yard.api, binary, state="destroyed").status_code == 200
    assert yard.kept() == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_destruction_that_was_cut_off_is_finished_by_the_sweep(yard: Yard, moment: str) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    if moment == "before":
        yard.store.before["erase"] = power_cut
    else:
        yard.store.after["erase"] = power_cut
    with pytest.raises(PowerCut):
        binaries.update(yard.system, actor_of(binary), id_of(binary), {"state": State.DESTROYED})
    yard.store.before.clear()
    yard.store.after.clear()
    assert see(yard.api, binary)["destroyed"] is True

    for _ in range(2):
        sweep(yard.system, WEEK)

    assert yard.kept() == []
    assert yard.store.calls["erase"] == 2
