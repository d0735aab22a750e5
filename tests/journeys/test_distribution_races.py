"""Two requests about bundles and releases at the same moment: one wins, or both agree.

Whatever happens, no answer is a fault, a bundle has only what was signed when it was made, and a
cohort has one latest release to which all others lead.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.journeys.racing import ROUNDS, Arena, Call, delete, patch, post, sign, statuses

_FEW = 40  # rounds of what is guarded by the same lock as something that is tried more often
_NUMBERS = count()


def _rounds() -> Iterator[int]:
    """A few of all, from the one end to the other."""
    return iter(range(0, ROUNDS, ROUNDS // _FEW))


def _made(arena: Arena, path: str, noun: str, body: dict[str, Any]) -> str:
    answer = arena.client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()[noun]["prn"]


def _signed(arena: Arena, how_many: int = ROUNDS) -> list[str]:
    key, signature = arena.a_key()
    binaries = arena.signables(how_many)
    for prn in binaries:
        assert sign(prn, key, signature)(arena.client).status_code == 201
    return binaries


def _bundle_of(*binaries: str) -> dict[str, object]:
    return {"binaries": [{"prn": prn} for prn in binaries]}


def _a_cohort(arena: Arena) -> str:
    name = f"fleet {next(_NUMBERS)}"
    product = _made(arena, "/products", "product", {"name": name})
    return _made(arena, "/cohorts", "cohort", {"product_prn": product, "name": name})


def _release(bundle: str, cohort: str, **fields: object) -> dict[str, object]:
    return {
        "bundle_prn": bundle,
        "cohort_prn": cohort,
        "name": f"release {next(_NUMBERS)}",
        "required": False,
        "schedule_date": "2025-01-01T00:00:00Z",
        **fields,
    }


def _change(prn: str, **changes: object) -> Call:
    return lambda client: client.patch(f"/releases/{prn}", json=changes)


def _links(arena: Arena, cohort: str) -> dict[str, str | None]:
    """The next release of each that is not archived."""
    query: dict[str, Any] = {"search": f"cohort_prn:'{cohort}'", "limit": 100}
    listed = arena.client.get("/releases", params=query).json()["releases"]
    return {each["prn"]: each["next_release_prn"] for each in listed}


def _is_a_channel(links: dict[str, str | None]) -> bool:
    """One latest, and all the others lead to it."""
    latest = [prn for prn, following in links.items() if following is None]
    if len(latest) != 1:
        return False
    for start in links:
        prn: str | None = start
        for _ in links:
            if prn is not None and prn != latest[0]:
                prn = links.get(prn)
        if prn != latest[0]:
            return False
    return True


@pytest.fixture
def bundle(arena: Arena) -> str:
    return _made(arena, "/bundles", "bundle", _bundle_of(*_signed(arena, 1)))


# --- bundles ----


def test_no_bundle_takes_a_binary_that_is_destroyed(arena: Arena) -> None:
    for number, prn in enumerate(_signed(arena)):
        create = post("/bundles", _bundle_of(prn))
        destroyed, created = arena.race(number, patch(prn, state="destroyed"), create)

        assert destroyed.status_code == 200
        assert created.status_code in {201, 422}
        assert created.is_success or created.json()["code"] == "bundle.not_ready"
        assert create(arena.client).json()["code"] == "bundle.not_ready"
        found = arena.client.get(f"/binaries/{prn}/bundles").json()["bundles"]
        assert len(found) == created.is_success


def test_no_bundle_has_a_binary_that_is_deleted(arena: Arena) -> None:
    for number, prn in zip(_rounds(), _signed(arena, _FEW), strict=False):
        deleted, created = arena.race(
            number, delete(f"/binaries/{prn}"), post("/bundles", _bundle_of(prn))
        )

        assert (deleted.status_code, created.status_code) in {(204, 422), (409, 201)}
        known = arena.client.get(f"/binaries/{prn}").status_code
        assert known == (200 if created.is_success else 404)


def test_bundles_of_the_same_binaries_do_not_wait_for_each_other_in_a_circle(
    arena: Arena,
) -> None:
    binaries = _signed(arena, 10)

    for number in _rounds():
        answers = arena.race(
            number,
            post("/bundles", _bundle_of(*binaries)),
            post("/bundles", _bundle_of(*reversed(binaries))),
        )

        assert statuses(*answers) == [201, 201]


def test_no_release_has_a_bundle_that_is_deleted(arena: Arena) -> None:
    binaries, cohort = _signed(arena, 1), _a_cohort(arena)

    for number in _rounds():
        prn = _made(arena, "/bundles", "bundle", _bundle_of(*binaries))
        deleted, created = arena.race(
            number, delete(f"/bundles/{prn}"), post("/releases", _release(prn, cohort))
        )

        assert (deleted.status_code, created.status_code) in {(204, 422), (409, 201)}
        assert arena.client.get(f"/bundles/{prn}").is_success == created.is_success
    assert _is_a_channel(_links(arena, cohort))


# --- channels ----


def test_of_two_new_releases_one_leads_to_the_other(arena: Arena, bundle: str) -> None:
    for number in range(ROUNDS):
        cohort = _a_cohort(arena)
        answers = arena.race(
            number,
            post("/releases", _release(bundle, cohort)),
            post("/releases", _release(bundle, cohort)),
        )

        assert statuses(*answers) == [201, 201]
        links = _links(arena, cohort)
        assert len(links) == 2
        assert _is_a_channel(links)


def test_of_two_phased_releases_one_is_made(arena: Arena, bundle: str) -> None:
    for number in _rounds():
        cohort = _a_cohort(arena)
        phased = _release(bundle, cohort, phase_value=0.5)
        answers = arena.race(number, post("/releases", phased), post("/releases", phased))

        assert statuses(*answers) == [201, 422]
        loser = max(answers, key=lambda answer: answer.status_code)
        assert loser.json()["code"] == "channel.held"
        assert len(_links(arena, cohort)) == 1


def test_two_changes_of_links_make_no_circle(arena: Arena, bundle: str) -> None:
    cohort = _a_cohort(arena)
    latest = _made(arena, "/releases", "release", _release(bundle, cohort))
    one, two = (
        _made(arena, "/releases", "release", _release(bundle, cohort, next_release_prn=latest))
        for _ in range(2)
    )

    for number in range(ROUNDS):
        answers = arena.race(
            number, _change(one, next_release_prn=two), _change(two, next_release_prn=one)
        )

        assert statuses(*answers) == [200, 422]
        assert _is_a_channel(_links(arena, cohort))
        for prn in (one, two):
            assert _change(prn, next_release_prn=latest)(arena.client).status_code == 200


def test_archiving_the_latest_and_making_another_leave_one(arena: Arena, bundle: str) -> None:
    for number in range(ROUNDS):
        cohort = _a_cohort(arena)
        first = _made(arena, "/releases", "release", _release(bundle, cohort))
        latest = _made(arena, "/releases", "release", _release(bundle, cohort))
        archived, created = arena.race(
            number, delete(f"/releases/{latest}"), post("/releases", _release(bundle, cohort))
        )

        assert (archived.status_code, created.status_code) == (204, 201)
        assert _links(arena, cohort) == {
            first: created.json()["release"]["prn"],
            created.json()["release"]["prn"]: None,
        }


def test_two_archivings_leave_a_channel(arena: Arena, bundle: str) -> None:
    for number in _rounds():
        cohort = _a_cohort(arena)
        first, *others = (
            _made(arena, "/releases", "release", _release(bundle, cohort)) for _ in range(3)
        )
        answers = arena.race(number, *(delete(f"/releases/{prn}") for prn in others))

        assert statuses(*answers) == [204, 204]
        assert _links(arena, cohort) == {first: None}


def test_a_rollback_and_a_new_release_leave_a_channel(arena: Arena, bundle: str) -> None:
    for number in _rounds():
        cohort = _a_cohort(arena)
        first = _made(arena, "/releases", "release", _release(bundle, cohort))
        latest = _release(bundle, cohort, phase_value=0.5)
        _made(arena, "/releases", "release", latest)
        rolled_back, created = arena.race(
            number,
            post(f"/releases/{first}/rollback", {}),
            post("/releases", _release(bundle, cohort)),
        )

        # What is taken back has no limits afterwards, so another release may follow.
        assert rolled_back.status_code == 201
        assert created.status_code in {201, 422}
        assert _is_a_channel(_links(arena, cohort))
        assert len(_links(arena, cohort)) == 3 + created.is_success


# --- overrides ----


def test_a_device_is_listed_once_or_the_override_is_gone(arena: Arena, bundle: str) -> None:
    product = _made(arena, "/products", "product", {"name": f"product {next(_NUMBERS)}"})
    body = {"name": "trial", "bundle_prn": bundle, "starts_at": "2025-01-01T00:00:00Z"}

    for number in _rounds():
        identifier = f"device-{next(_NUMBERS)}"
        known = {"product_prn": product, "identifier": identifier}
        device = _made(arena, "/devices", "device", known)
        prn = _made(arena, "/bundle_overrides", "bundle_override", body)
        address = f"/bundle_overrides/{prn}/devices"
        add = post(address, {"device_prn": device})
        answers = arena.race(number, add, add)
        removed, deleted = arena.race(
            number, delete(f"/devices/{device}"), delete(f"/bundle_overrides/{prn}")
        )

        assert statuses(*answers) == [201, 422]
        assert (removed.status_code, deleted.status_code) == (204, 204)
        added, gone = _second_round(arena, number, product, body)
        assert (added.status_code, gone.status_code) in {(201, 204), (404, 204)}


def _second_round(
    arena: Arena, number: int, product: str, body: dict[str, Any]
) -> tuple[httpx.Response, httpx.Response]:
    """A device is added while its override is deleted."""
    known = {"product_prn": product, "identifier": f"device-{next(_NUMBERS)}"}
    device = _made(arena, "/devices", "device", known)
    prn = _made(arena, "/bundle_overrides", "bundle_override", body)
    add = post(f"/bundle_overrides/{prn}/devices", {"device_prn": device})
    return arena.race(number, add, delete(f"/bundle_overrides/{prn}"))
