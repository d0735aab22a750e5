"""What a device is given, and what it is told of it."""

from datetime import timedelta

import pytest

from sealift.agent.wanted import EXPANSIONS, Update
from tests.device_api.devices import Fleet, stated_by
from tests.yard import CONTENT, brought_to, digest, patch


def test_a_device_is_told_little_unless_it_asks_for_more(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    before = device.ask(version="0.0.1")
    after = device.ask(**stated_by(release))

    assert (before.status_code, before.json()) == (200, {"status": "update"})
    assert (after.status_code, after.json()) == (200, {"status": "no_update"})
    assert before.headers["content-type"] == after.headers["content-type"] == "application/json"
    assert len(before.headers["peridio-request-id"]) == 20


def test_a_device_gets_content_that_it_can_verify(fleet: Fleet) -> None:
    fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    (entry,) = device.ask("manifest", version="0.0.1").json()["manifest"]

    content = fleet.yard.anybody.get(entry["url"])
    assert (content.status_code, content.content) == (200, CONTENT)
    assert (entry["hash"], entry["size"]) == (digest(CONTENT), len(CONTENT))
    assert entry["signatures"][0]["public_value"].startswith("-----BEGIN PUBLIC KEY-----")
    assert entry["artifact_version"]["artifact_prn"] == entry["artifact"]["prn"]
    assert list(entry) == [
        "artifact",
        "artifact_version",
        "binary_prn",
        "custom_metadata",
        "hash",
        "size",
        "target",
        "signatures",
        "url",
    ]


def test_links_live_for_a_day(fleet: Fleet) -> None:
    fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()
    link = device.ask("manifest.url", version="0.0.1").json()["manifest"][0]["url"]

    fleet.yard.clock.pass_time(timedelta(hours=23, minutes=59))
    before = fleet.yard.anybody.get(link, headers={"range": "bytes=1-3"})
    fleet.yard.clock.pass_time(timedelta(minutes=2))

    assert before.content == CONTENT[1:4]
    assert fleet.yard.anybody.get(link).status_code == 403


def test_a_device_in_quarantine_is_told_so(fleet: Fleet) -> None:
    fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device(quarantined=True)

    answer = device.ask("manifest", "source_type", version="0.0.1")

    assert answer.json() == {
        "status": "device_quarantine",
        "manifest": None,
        "source_type": None,
    }


def test_without_an_update_all_that_was_added_is_null_but_the_cohort(fleet: Fleet) -> None:
    device, alone = fleet.device(), fleet.device(cohort_prn=None)
    asked = ("bundle", "bundle_override", "cohort.name", "manifest.url", "release", "source_type")

    found, nowhere = device.ask(*asked).json(), alone.ask(*asked).json()

    assert found.pop("cohort")["name"].startswith("cohort")
    assert nowhere.pop("cohort") is None
    nothing = dict.fromkeys(("bundle", "bundle_override", "manifest", "release", "source_type"))
    assert found == nowhere == {"status": "no_update", **nothing}


def test_an_update_is_shown_as_administrators_see_it(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device = fleet.device()

    answer = device.ask("bundle", "cohort", "release", "source_type", "bundle_override").json()
    given = device.ask(
        "bundle", "cohort", "release", "source_type", "bundle_override", version="0.0.1"
    ).json()

    cohort = fleet.yard.api.get(f"/cohorts/{fleet.channel.cohort}").json()["cohort"]
    assert answer["cohort"] == cohort
    assert given == {
        "status": "update",
        "bundle": fleet.channel.bundle,
        "bundle_override": None,
        "cohort": cohort,
        "release": release,
        "source_type": "release",
    }


def test_an_override_beats_releases(fleet: Fleet) -> None:
    release = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    device, bundle = fleet.device(), fleet.bundle()
    body = {
        "name": "just this one",
        "bundle_prn": bundle["prn"],
        "starts_at": "2025-01-01T00:00:00Z",
    }
    override = fleet.yard.api.post("/bundle_overrides", json=body).json()["bundle_override"]
    fleet.yard.api.post(
        f"/bundle_overrides/{override['prn']}/devices", json={"device_prn": device.prn}
    )

    answer = device.ask("bundle.prn", "bundle_override", "release", "source_type").json()
    runs_it = device.ask("source_type", bundle=bundle["prn"]).json()

    window = ("prn", "starts_at", "ends_at", "inserted_at", "updated_at")
    assert answer == {
        "status": "update",
        "bundle": {"prn": bundle["prn"]},
        "bundle_override": {name: override[name] for name in window},
        "release": None,
        "source_type": "bundle_override",
    }
    assert runs_it == {"status": "no_update", "source_type": None}
    assert fleet.device().given(version="0.0.1") == release["prn"]


def test_a_release_whose_binary_is_destroyed_gives_nothing(fleet: Fleet) -> None:
    bundle = fleet.bundle()
    release = fleet.channel.add(
        bundle_prn=bundle["prn"], version="1.0.0", version_requirement="< 1.0.0"
    )
    device = fleet.device()
    before = device.given(version="0.0.1")
    link = device.ask("manifest", version="0.0.1").json()["manifest"][0]["url"]

    patch(fleet.yard.api, bundle["binaries"][0], state="destroyed")

    assert before == release["prn"]
    assert device.status(version="0.0.1") == "no_update"
    assert fleet.yard.anybody.get(link).status_code == 404


@pytest.mark.parametrize("required", [True, False])
def test_nobody_passes_a_required_release_whose_binary_is_destroyed(
    fleet: Fleet, *, required: bool
) -> None:
    bundle = fleet.bundle()
    first = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    affected = fleet.channel.add(bundle_prn=bundle["prn"], version="2.0.0", required=required)
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="3.0.0")
    device = fleet.device()

    patch(fleet.yard.api, bundle["binaries"][0], state="destroyed")
    before = device.given(**stated_by(first))
    fleet.channel.archive(affected)

    assert before == (None if required else last["prn"])
    assert device.given(**stated_by(first)) == last["prn"]


def test_a_device_that_runs_what_was_destroyed_moves_on(fleet: Fleet) -> None:
    bundle = fleet.bundle()
    first = fleet.channel.add(bundle_prn=bundle["prn"], version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0")
    device = fleet.device()

    patch(fleet.yard.api, bundle["binaries"][0], state="destroyed")

    assert device.given(**stated_by(first)) == last["prn"]


@pytest.mark.parametrize(
    ("product", "cohort", "expected"), [(None, None, 1000), (60, None, 60), (60, 20, 20)]
)
def test_a_device_is_told_when_to_ask_again(
    fleet: Fleet, product: int | None, cohort: int | None, expected: int
) -> None:
    device = fleet.device()
    api = fleet.yard.api
    api.patch(f"/products/{fleet.channel.product}", json={"poll_interval": product})
    api.patch(f"/cohorts/{fleet.channel.cohort}", json={"poll_interval": cohort})

    answers = [device.ask(version="0.0.1"), device.ask("cohort")]

    assert {each.headers["retry-after"] for each in answers} == {str(expected)}


def test_an_agent_is_told_no_metadata_but_that_of_the_bundle(fleet: Fleet) -> None:
    api, large = fleet.yard.api, {"text": "x" * 100_000}
    body: dict[str, object] = {"name": "kernel", "custom_metadata": large}
    artifact = api.post("/artifacts", json=body).json()["artifact"]
    body = {"artifact_prn": artifact["prn"], "version": "1.2.3", "custom_metadata": large}
    version = api.post("/artifact_versions", json=body).json()["artifact_version"]
    binary = brought_to(fleet.yard, "signed", version["prn"], custom_metadata=large)
    body = {"binaries": [{"prn": binary["prn"], "custom_metadata": {"own": True}}]}
    bundle = api.post("/bundles", json=body).json()["bundle"]
    device = fleet.device()
    first, second = fleet.channel.add(), fleet.channel.add(bundle_prn=bundle["prn"])

    answer = device.ask(*EXPANSIONS, release=first["prn"])

    update = Update.model_validate_json(answer.content)
    (entry,) = update.manifest or []
    told = (entry.artifact.name, entry.artifact_version.version, entry.custom_metadata)
    assert told == ("kernel", "1.2.3", {"own": True})
    assert update.release == {"prn": second["prn"], "version": None}
    assert len(answer.content) < 2_000
