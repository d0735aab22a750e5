"""What becomes of releases on devices: some first, failures, content that is gone, and back again.

The devices are agents that are programs, and where only the answer matters, their requests.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.fleet import (
    FAILED,
    INSTALLED,
    NOTHING,
    Agent,
    Fleet,
    Image,
    a_fleet,
    check_all,
)
from tests.journeys.living import eventually


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with a_fleet(tmp_path_factory.mktemp("fleet")) as made:
        yield made


@pytest.fixture(scope="module")
def images(fleet: Fleet) -> list[Image]:
    """Which no test destroys."""
    return [fleet.image() for _ in range(3)]


@pytest.fixture(scope="module")
def bundles(fleet: Fleet, images: list[Image]) -> list[str]:
    return [fleet.bundle(image) for image in images]


def _given(fleet: Fleet, agent: Agent, release: str) -> str | None:
    """The version that is offered to a device that says that it runs the release."""
    bundle = fleet.see(f"/releases/{release}")["release"]["bundle_prn"]
    said = {"peridio-release-prn": release, "peridio-bundle-prn": bundle}
    with fleet.line(agent.issued) as line:
        asked = {"expand[]": "release.version"}
        answer = line.get("/update", params=asked, headers=said)
    assert answer.status_code == 200, answer.text
    return answer.json()["release"] and answer.json()["release"]["version"]


def _events(fleet: Fleet, release: str, subtype: str) -> list[dict[str, Any]]:
    asked = {"resource_prn": release, "subtype": subtype}
    return fleet.admin.get("/events", params=asked).json()["events"]


def test_a_device_follows_its_override_and_comes_back_to_its_releases(
    fleet: Fleet, images: list[Image], bundles: list[str]
) -> None:
    cohort = fleet.cohort()
    fleet.release(cohort, bundles[0], "1.0.0")
    agent = fleet.agent(cohort)
    came = [agent.check().came]
    slots = [agent.slot]

    override = fleet.made(
        "/bundle_overrides",
        "bundle_override",
        name="on trial",
        bundle_prn=bundles[1],
        starts_at="2025-01-01T00:00:00Z",
    )["prn"]
    fleet.made(f"/bundle_overrides/{override}/devices", "device", device_prn=agent.prn)
    came += [agent.until(INSTALLED).came, agent.check().came]
    slots.append(agent.slot)
    during = agent.record
    assert fleet.admin.delete(f"/bundle_overrides/{override}").status_code == 204
    came.append(agent.check().came)  # no release is about what it runs now
    fleet.release(cohort, bundles[1], "2.0.0")
    fleet.release(cohort, bundles[2], "3.0.0")
    came.append(agent.until(INSTALLED).came)
    slots.append(agent.slot)

    assert came == [INSTALLED, INSTALLED, NOTHING, NOTHING, INSTALLED]
    assert slots == [image.content for image in images]
    assert (during["reported_bundle_prn"], during["reported_release_prn"]) == (bundles[1], None)
    assert agent.record["reported_release_version"] == "3.0.0"


@pytest.mark.parametrize("required", [True, False])
def test_destroyed_content_stops_devices_where_its_release_is_required(
    fleet: Fleet, bundles: list[str], *, required: bool
) -> None:
    cohort, lost = fleet.cohort(), fleet.image()
    first = fleet.release(cohort, bundles[0], "1.0.0")
    second = fleet.release(
        cohort, fleet.bundle(lost), "2.0.0", required=required, version_requirement=None
    )
    fleet.release(cohort, bundles[2], "3.0.0", version_requirement=None)
    agent = fleet.agent(cohort)
    given = [_given(fleet, agent, first)]
    stake = fleet.see(f"/binaries/{lost.prn}/impact")["impact"]

    fleet.change(f"/binaries/{lost.prn}", state="destroyed")
    given.append(_given(fleet, agent, first))
    (affected,) = fleet.see(f"/binaries/{lost.prn}/releases")["releases"]
    assert fleet.admin.delete(f"/releases/{second}").status_code == 204
    assert eventually(lambda: _given(fleet, agent, first) == "3.0.0")
    linked = fleet.see(f"/releases/{first}")["release"]["next_release_prn"]

    assert given == (["2.0.0", None] if required else ["3.0.0"] * 2)
    assert (affected["prn"], affected["affected"]) == (second, True)
    assert [each["prn"] for each in stake["releases"]] == [second]
    assert fleet.see(f"/releases/{linked}")["release"]["version"] == "3.0.0"


def test_a_release_for_two_of_five_is_installed_by_two_and_then_by_all(
    fleet: Fleet, images: list[Image], bundles: list[str]
) -> None:
    cohort = fleet.cohort()
    release = fleet.release(cohort, bundles[0], "1.0.0", phase_value=2)
    agents = [fleet.agent(cohort) for _ in range(5)]

    first = check_all(agents)
    few = fleet.progress(release)
    fleet.change(f"/releases/{release}", phase_value=1)
    rest = [agent for agent, done in zip(agents, first, strict=True) if done.came == NOTHING]
    then = [agent.until(INSTALLED) for agent in rest]
    all_of_them = fleet.progress(release)

    assert sorted(done.came for done in first) == [NOTHING] * 3 + [INSTALLED] * 2
    assert (few["devices"], few["claimed"], few["installed"]) == (5, 2, 2)
    assert len(then) == 3
    assert all_of_them["installed"] == 5
    assert {agent.slot for agent in agents} == {images[0].content}


def test_a_device_that_fails_is_given_up_until_somebody_says_try_again(
    fleet: Fleet, bundles: list[str]
) -> None:
    cohort = fleet.cohort()
    release = fleet.release(cohort, bundles[0], "1.0.0", retry_limit=2)
    agent = fleet.agent(cohort)
    agent.break_slot()

    failed = [agent.check() for _ in range(2)]
    given_up = agent.check()
    agent.repair_slot()
    fleet.made(f"/releases/{release}/retries", "retry", device_prn=agent.prn)
    again = agent.until(INSTALLED)
    reports = fleet.see(f"/releases/{release}/reports")["reports"]

    assert [(done.status, done.came) for done in failed] == [(1, FAILED)] * 2
    assert (given_up.status, given_up.came) == (0, NOTHING)
    assert again.status == 0
    assert [each["outcome"] for each in reports] == ["installed", "failed", "failed"]
    assert reports[-1]["message"] == "the installer ended with status 3: no such slot"
    assert reports[-1]["binary_prn"] is not None
    assert fleet.progress(release)["given_up"] == 0


def test_a_release_that_fails_on_two_devices_comes_to_no_third(
    fleet: Fleet, images: list[Image], bundles: list[str]
) -> None:
    cohort = fleet.cohort()
    first = fleet.release(cohort, bundles[0], "1.0.0")
    agents = [fleet.agent(cohort) for _ in range(3)]
    before = check_all(agents)
    bad = fleet.release(
        cohort, bundles[1], "2.0.0", version_requirement=None, disable_after_failures=2
    )
    for agent in agents[:2]:
        agent.break_slot()

    failed = check_all(agents[:2])
    third = agents[2].check()

    assert [done.came for done in before] == [INSTALLED] * 3
    assert [done.came for done in failed] == [FAILED] * 2
    assert fleet.see(f"/releases/{bad}")["release"]["disabled"]
    assert third.came == NOTHING
    assert {agent.slot for agent in agents} == {images[0].content}
    assert {agent.record["reported_release_prn"] for agent in agents} == {first}
    assert len(_events(fleet, bad, "disabled_by_failures")) == 1


def test_a_device_goes_back_by_itself_and_a_cohort_is_taken_back(
    fleet: Fleet, images: list[Image], bundles: list[str]
) -> None:
    cohort = fleet.cohort()
    first = fleet.release(cohort, bundles[0], "1.0.0")
    agent = fleet.agent(cohort)
    came = [agent.check().came]
    second = fleet.release(cohort, bundles[1], "2.0.0", version_requirement=None)
    came.append(agent.until(INSTALLED).came)

    gone_back = agent.run("rolled-back", "--message", "no boot")
    progress = fleet.progress(second)
    made = fleet.made(f"/releases/{first}/rollback", "release")
    came.append(agent.until(INSTALLED).came)

    assert came == [INSTALLED] * 3
    assert gone_back.answer is not None
    assert gone_back.answer["release_prn"] == first
    assert (progress["rolled_back"], progress["installed"]) == (1, 0)
    assert (made["bundle_prn"], fleet.see(f"/releases/{second}")["release"]["disabled"]) == (
        bundles[0],
        True,
    )
    assert agent.slot == images[0].content
    assert agent.record["reported_release_prn"] == made["prn"]


def test_an_answer_that_got_lost_is_no_second_report(fleet: Fleet, bundles: list[str]) -> None:
    cohort = fleet.cohort()
    release = fleet.release(cohort, bundles[0], "1.0.0", retry_limit=2)
    device = fleet.agent(cohort)
    body = {
        "outcome": "failed",
        "bundle_prn": bundles[0],
        "release_prn": release,
        "id": "0b4d7a3e-7c1f-4d5e-9a51-6f3a1c9d2e10",
    }

    answers: list[str] = []
    for _ in range(3):
        with fleet.line(device.issued) as line:
            answers.append(line.post("/device/reports", json=body).text)

    assert len(set(answers)) == 1
    assert len(fleet.see(f"/releases/{release}/reports")["reports"]) == 1
    assert fleet.progress(release)["given_up"] == 0
