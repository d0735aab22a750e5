"""Who is still let in when something ends: a CA that is removed or expires, a device.

Two organizations share the server.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.certificates import a_ca, a_device
from tests.journeys.fleet import INSTALLED, Fleet, a_fleet, invite, of_others
from tests.journeys.living import eventually


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with a_fleet(tmp_path_factory.mktemp("fleet")) as made:
        yield made


def test_devices_of_a_ca_that_was_removed_go_on_and_nobody_new_comes_in(fleet: Fleet) -> None:
    cohort, image, ca = fleet.cohort(), fleet.image(), a_ca("A CA that is removed")
    fleet.release(cohort, fleet.bundle(image), "1.0.0")
    registered = invite(fleet, ca, cohort_prn=cohort)
    agent = fleet.agent(by=ca)
    assert eventually(lambda: fleet.status(agent.issued) == 200)

    assert fleet.admin.delete(f"/ca_certificates/{registered}").status_code == 204
    new = a_device("new-after-removal", ca)
    statuses = [fleet.status(new) for _ in range(5)]
    done = agent.check()

    assert set(statuses) <= {0, 403}
    assert done.came == INSTALLED
    assert agent.slot == image.content
    assert _known(fleet, "new-after-removal") == 0


def test_devices_of_a_ca_that_has_expired_go_on_and_nobody_new_comes_in(fleet: Fleet) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    ca = a_ca("A CA that expires", ends=ends)
    invite(fleet, ca)
    known, new = a_device("known-before", ca, ends=ends), a_device("new-after-expiry", ca)
    assert eventually(lambda: fleet.status(known) == 200)

    assert eventually(lambda: datetime.now(UTC) > ends + timedelta(seconds=1))

    assert (fleet.status(known), fleet.status(new)) == (200, 403)
    assert _known(fleet, "new-after-expiry") == 0


def test_a_device_of_others_is_given_nothing_of_ours(fleet: Fleet) -> None:
    cohort = fleet.cohort()
    bundle = fleet.bundle(fleet.image())
    release = fleet.release(cohort, bundle, "1.0.0")
    fleet.release(cohort, fleet.bundle(fleet.image()), "2.0.0", version_requirement=None)
    ours, name = fleet.agent(cohort), "a-name-of-two"
    said = {"peridio-release-prn": release, "peridio-bundle-prn": bundle}
    said["peridio-release-version"] = "1.0.0"

    with of_others(fleet, "others") as others:
        theirs = a_device(name, others.ca)
        with others.line(theirs) as line:
            asked = {"expand[]": ["manifest", "cohort"]}
            answer = line.get("/update", params=asked, headers=said)
            me = line.get("/device/me", params={"expand[]": "manifest"}, headers=said)
            body = {"outcome": "failed", "bundle_prn": bundle, "release_prn": release}
            report = line.post("/device/reports", json=body)
        impostor = a_device(ours.name, others.ca)
        with others.line(impostor) as line:
            under_our_name = line.get("/update", headers=said)
        of_them = {each["identifier"] for each in others.see("/devices")["devices"]}
    with fleet.line(ours.issued) as line:
        given = line.get("/update", headers=said)

    assert answer.json() == {"status": "no_update", "manifest": None, "cohort": None}
    assert (me.json()["data"]["identifier"], me.json()["data"]["manifest"]) == (name, None)
    assert report.status_code == 422
    assert under_our_name.json() == {"status": "no_update"}
    assert {name, ours.name} <= of_them
    assert _known(fleet, name) == 0
    assert given.json() == {"status": "update"}
    assert fleet.see(f"/releases/{release}/reports")["reports"] == []


def test_an_archived_device_is_not_brought_back_by_its_ca(fleet: Fleet) -> None:
    device = a_device("stolen", fleet.ca)
    assert fleet.status(device) == 200
    (record,) = fleet.admin.get("/devices", params={"search": "identifier:'stolen'"}).json()[
        "devices"
    ]
    asked = {"search": f"device_prn:'{record['prn']}'"}
    found = fleet.admin.get("/device_certificates", params=asked).json()["device_certificates"]

    fleet.change(f"/devices/{record['prn']}", archived=True)
    for certificate in found:
        assert fleet.admin.delete(f"/device_certificates/{certificate['prn']}").status_code == 204
    assert eventually(lambda: fleet.status(device) == 403)
    renewed = a_device("stolen", fleet.ca)
    statuses = {fleet.status(each) for each in (device, renewed) * 3}

    assert len(found) == 1
    assert statuses == {403}


def _known(fleet: Fleet, identifier: str) -> int:
    asked = {"search": f"identifier:'{identifier}'"}
    return len(fleet.admin.get("/devices", params=asked).json()["devices"])
