"""The life of a binary as clients may drive it: all 36 pairs of states, and no seventh state."""

from datetime import timedelta

import pytest

from sealift.worker.sweep import sweep
from tests.life import STATES, everything, one_of_each
from tests.yard import CONTENT, Yard, a_binary, a_version, brought_to, digest, patch, see, upload

pytestmark = pytest.mark.lifecycle

# Written down apart from the table that the server obeys.
ALLOWED = {
    "uploadable": {"uploadable", "hashable"},
    "hashable": {"hashable", "hashing", "uploadable"},
    "hashing": {"hashing", "uploadable"},
    "signable": {"signable", "uploadable"},
    "signed": {"signed", "destroyed"},
    "destroyed": {"destroyed"},
}


def test_a_client_may_make_each_move_of_its_own(yard: Yard) -> None:
    version = a_version(yard.api)
    moves = [(source, target) for source in STATES for target in ALLOWED[source] - {source}]

    for source, target in moves:
        binary = brought_to(yard, source, version, target=f"{source}-{target}")
        if source == "uploadable":
            upload(yard.api, binary)
        answer = patch(yard.api, binary, state=target)

        assert answer.status_code == 200, answer.text
        assert answer.json()["binary"]["state"] == target
        assert answer.json()["binary"]["revision"] == see(yard.api, binary)["revision"]
        assert answer.json()["binary"]["revision"] > binary["revision"]


def test_every_other_move_is_refused_and_changes_nothing(yard: Yard) -> None:
    for source, binary in one_of_each(yard).items():
        before = everything(yard, binary)
        next_states = sorted(ALLOWED[source] - {source})

        for target in set(STATES) - ALLOWED[source]:
            answer = patch(yard.api, binary, state=target)
            problem = answer.json()

            assert answer.status_code == 422, (source, target, problem)
            assert list(problem["errors"]) == ["state"]
            assert problem["code"] in {"binary.wrong_state", "binary.not_yours"}
            assert (problem["facts"]["state"], problem["facts"]["asked"]) == (source, target)
            assert sorted(problem["facts"]["allowed"]) == next_states
            text = problem["errors"]["state"][0]
            assert all(word in text for word in (source, target, *next_states))
        assert everything(yard, binary) == before
    assert yard.jobs == []


def test_a_refused_move_takes_all_other_changes_of_its_request_with_it(yard: Yard) -> None:
    for source, binary in one_of_each(yard, description="as it was").items():
        before = everything(yard, binary)

        for target in set(STATES) - ALLOWED[source]:
            changes = {"description": "changed", "custom_metadata": {"a": 1}}
            answer = patch(yard.api, binary, state=target, **changes)

            assert answer.status_code == 422, (source, target, answer.text)
        assert everything(yard, binary) == before


def test_asking_for_the_state_it_is_in_changes_nothing(yard: Yard) -> None:
    for state, binary in one_of_each(yard).items():
        before = everything(yard, binary)

        answer = patch(yard.api, binary, state=state)

        assert answer.status_code == 200
        assert answer.json()["binary"] == binary
        assert everything(yard, binary) == before
    assert yard.jobs == []


def test_a_life_is_told_in_six_lowercase_words(yard: Yard) -> None:
    version = a_version(yard.api)
    binary = a_binary(yard.api, version)
    upload(yard.api, binary)

    seen = [patch(yard.api, binary, state=state).json()["binary"]["state"] for state in STATES[:3]]
    yard.work()
    seen.append(see(yard.api, binary)["state"])
    signed = brought_to(yard, "signed", version, target="another")
    seen.append(yard.api.get("/binaries").json()["binaries"][0]["state"])
    seen.append(patch(yard.api, signed, state="destroyed").json()["binary"]["state"])

    assert seen == STATES


def test_an_unknown_state_is_invalid(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    before = everything(yard, binary)

    for unknown in ("deleted", "Signed", "HASHING", "uploadable ", "", "hash"):
        answer = patch(yard.api, binary, state=unknown)
        search = yard.api.get("/binaries", params={"search": f"state:'{unknown}'"})

        assert answer.status_code == search.status_code == 422, unknown
        assert "is invalid" in answer.json()["errors"]["state"][0]
    for no_text in (None, 3, True, ["hashable"], {"to": "hashable"}):
        answer = patch(yard.api, binary, state=no_text)

        assert answer.status_code == 422, no_text
        assert list(answer.json()["errors"]) == ["state"]
    assert everything(yard, binary) == before


def test_every_binary_begins_uploadable_whatever_is_wished(yard: Yard) -> None:
    body = {
        "artifact_version_prn": a_version(yard.api),
        "hash": digest(CONTENT),
        "size": len(CONTENT),
    }

    for wished in ("signed", "destroyed", "nonsense", 7):
        answer = yard.api.post("/binaries", json={**body, "target": f"{wished}", "state": wished})

        assert answer.status_code == 201
        assert answer.json()["binary"]["state"] == "uploadable"


def test_no_time_moves_a_binary_on_that_waits_for_its_client(yard: Yard) -> None:
    waiting = one_of_each(yard)
    for worked_on in ("uploadable", "hashing"):
        del waiting[worked_on]
    before = {state: everything(yard, binary) for state, binary in waiting.items()}

    yard.clock.pass_time(timedelta(days=400))
    sweep(yard.system, timedelta(days=1000))
    yard.jobs.clear()

    assert {state: everything(yard, binary) for state, binary in waiting.items()} == before
