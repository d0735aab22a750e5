"""Records of binaries: under a version, for a target, found again by what they say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

from httpx2 import Response
from starlette.testclient import TestClient

from tests.admin_api.tenant import Tenant, as_caller
from tests.yard import CONTENT, a_binary, a_version, brought_to, digest

TRIPLET = "arm-linux-androidabi"
RACES = 50


def _post(api: TestClient, version: str, target: str = "arm", **fields: object) -> Response:
    body = {"artifact_version_prn": version, "target": target, "hash": "0" * 64, "size": 1}
    return api.post("/binaries", json={**body, **fields})


def _found(tenant: Tenant, search: str) -> list[dict[str, Any]]:
    return tenant.api.get("/binaries", params={"search": search}).json()["binaries"]


# --- under a version -----------------------------------------------------------------------------


def test_a_binary_is_created_under_a_version_that_exists(tenant: Tenant) -> None:
    version = a_version(tenant.api)

    made = _post(tenant.api, version)

    assert made.status_code == 201
    assert made.json()["binary"]["artifact_version_prn"] == version


def test_a_version_that_does_not_exist_is_the_fault_of_its_field(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    deleted = a_version(tenant.api, "other")
    assert tenant.api.delete(f"/artifact_versions/{deleted}").status_code == 204
    wrong = {
        "deleted": deleted,
        "foreign": a_version(tenant.other),
        "never there": version.replace(version.rpartition(":")[2], str(uuid4())),
        "an artifact": version.replace("artifact_version", "artifact"),
        "malformed": "kernel 1.0.0",
        "empty": "",
    }

    for what, prn in wrong.items():
        answer = _post(tenant.api, prn)

        assert answer.status_code == 422, what
        assert list(answer.json()["errors"]) == ["artifact_version_prn"]
    assert _post(tenant.api, version, artifact_version_prn=None).json()["errors"] == {
        "artifact_version_prn": ["is required"]
    }
    assert tenant.api.get("/binaries").json()["binaries"] == []


def test_a_version_has_no_binaries_at_first_and_then_as_many_as_targets(tenant: Tenant) -> None:
    version, other = a_version(tenant.api), a_version(tenant.api, "other")
    search = f"artifact_version_prn:'{version}'"
    assert _found(tenant, search) == []

    a_binary(tenant.api, other)
    made = [a_binary(tenant.api, version, target=target) for target in ("a", "b", "c")]

    assert _found(tenant, search) == made[::-1]


# --- what the record says ------------------------------------------------------------------------


def test_the_record_says_what_it_was_given(tenant: Tenant) -> None:
    given = {
        "artifact_version_prn": a_version(tenant.api),
        "target": TRIPLET,
        "hash": digest(CONTENT),
        "size": len(CONTENT),
        "description": "nightly",
        "custom_metadata": {"flash": {"slot": "b"}},
    }

    made = tenant.api.post("/binaries", json=given).json()["binary"]

    found = tenant.api.get(f"/binaries/{made['prn']}").json()["binary"]
    assert found == made
    assert {name: found[name] for name in given} == given
    others = {name: value for name, value in found.items() if name not in given}
    assert others == {
        "prn": made["prn"],
        "organization_prn": tenant.organization_prn,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "state": "uploadable",
        "signatures": None,
        "revision": made["revision"],
        "destroyed": False,
        "bytes_uploaded": 0,
        "verification_error": None,
    }


# --- targets -------------------------------------------------------------------------------------


def test_a_target_is_free_text_up_to_a_length(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    good = [TRIPLET, "x", "X", "y" * 128, "\N{SNOWMAN}" * 128, " ", "a b", "%", "../..", "null"]

    for target in good:
        made = _post(tenant.api, version, target)
        assert made.status_code == 201, target
        assert made.json()["binary"]["target"] == target
    for target in ("", "y" * 129):
        answer = _post(tenant.api, version, target)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["target"])


def test_binaries_are_found_by_target_or_a_piece_of_it(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    wanted = a_binary(tenant.api, version, target=TRIPLET)
    a_binary(tenant.api, version, target=TRIPLET.upper())

    assert _found(tenant, f"target:'{TRIPLET}'") == [wanted]
    assert _found(tenant, "target~'linux-android'") == [wanted]
    assert _found(tenant, f"target:'{TRIPLET[:-1]}'") == []


def test_a_target_is_unique_within_its_version_only(tenant: Tenant) -> None:
    version, other = a_version(tenant.api), a_version(tenant.api, "other")
    assert _post(tenant.api, version).status_code == 201

    again = _post(tenant.api, version)

    taken = {"target": ["has already been taken"]}
    assert (again.status_code, again.json()["errors"]) == (422, taken)
    assert _post(tenant.api, other).status_code == 201
    assert _post(tenant.api, version, "ARM").status_code == 201
    assert _post(tenant.api, version, "arm2").status_code == 201
    assert len(_found(tenant, f"artifact_version_prn:'{version}' and target:'arm'")) == 1


def _at_once(calls: list[Callable[[], Response]]) -> list[int]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Response]) -> int:
        barrier.wait()
        return call().status_code

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(threads.map(run, calls))


def test_of_two_that_want_a_target_at_once_exactly_one_gets_it(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    rival = as_caller(tenant, tenant.api.headers["authorization"])

    for number in range(RACES):
        target = f"target-{number}"
        outcome = _at_once(
            [
                lambda target=target: _post(tenant.api, version, target),
                lambda target=target: _post(rival, version, target),
            ]
        )
        assert outcome == [201, 422]
    found = tenant.api.get("/binaries?limit=100").json()["binaries"]
    assert len({each["target"] for each in found}) == len(found) == RACES


def test_of_many_that_want_a_name_at_once_exactly_one_gets_it(tenant: Tenant) -> None:
    rivals = [as_caller(tenant, tenant.api.headers["authorization"]) for _ in range(4)]

    outcome = _at_once(
        [lambda api=api: api.post("/artifacts", json={"name": "kernel"}) for api in rivals]
    )

    assert outcome == [201, 422, 422, 422]


def test_destroyed_binaries_do_not_hold_their_target(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    for _ in range(3):
        brought_to(tenant, "destroyed", version, target="arm")

    fresh = _post(tenant.api, version)
    another = _post(tenant.api, version)

    assert fresh.status_code == 201
    assert (another.status_code, list(another.json()["errors"])) == (422, ["target"])
    states = [each["state"] for each in _found(tenant, "target:'arm'")]
    assert states == ["uploadable", "destroyed", "destroyed", "destroyed"]
