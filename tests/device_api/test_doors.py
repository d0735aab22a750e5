"""Who is let in at the door of devices, and what the door says to everybody else."""

import json

import pytest
from httpx2 import Response

from tests import certificates
from tests.device_api.devices import Fleet

FORBIDDEN = (403, {"status": "forbidden"})


def _seen(answer: Response) -> tuple[int, object]:
    return answer.status_code, answer.json()


@pytest.mark.parametrize("path", ["/update", "/device/me", "/update?expand[]=nonsense"])
def test_nobody_is_let_in_without_a_certificate_that_is_known(fleet: Fleet, path: str) -> None:
    nobody = fleet.client(None)
    stranger = fleet.client(certificates.a_device("stranger"))

    assert _seen(nobody.get(path)) == _seen(stranger.get(path)) == FORBIDDEN


def test_nobody_reports_without_a_certificate_that_is_known(fleet: Fleet) -> None:
    stranger = fleet.client(certificates.a_device("stranger"))

    assert _seen(stranger.post("/device/reports", content=b"{")) == FORBIDDEN


def test_a_device_that_is_archived_is_not_let_in(fleet: Fleet) -> None:
    device = fleet.device()
    before = device.ask()

    fleet.change(device, archived=True)

    assert before.status_code == 200
    assert _seen(device.ask()) == _seen(device.client.get("/device/me")) == FORBIDDEN


def test_a_device_that_is_deleted_is_not_let_in(fleet: Fleet) -> None:
    device = fleet.device()
    device.ask()

    fleet.yard.api.delete(f"/devices/{device.prn}")

    assert _seen(device.ask()) == FORBIDDEN


def test_what_is_not_there_is_told_in_the_usual_shape(fleet: Fleet) -> None:
    device = fleet.device()

    missing, wrong = device.client.get("/device/update"), device.client.post("/update")

    assert missing.status_code == 404
    assert missing.json()["errors"] == {"detail": "no such route"}
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")


def test_balancers_need_no_certificate(fleet: Fleet) -> None:
    assert _seen(fleet.client(None).get("/healthz")) == (200, {"status": "ok"})


def test_an_answer_to_head_has_no_body(fleet: Fleet) -> None:
    answer = fleet.device().client.head("/update")

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_device_learns_who_it_is(fleet: Fleet) -> None:
    device = fleet.device(quarantined=True)
    record = fleet.see(device)

    answer = device.client.get("/device/me", params={"expand[]": "cohort.prn"})

    assert _seen(answer) == (
        200,
        {
            "data": {
                "identifier": record["identifier"],
                "quarantined": True,
                "cohort": {"prn": fleet.channel.cohort},
            }
        },
    )


@pytest.mark.parametrize("said", ["release", "bundle", "before", "nothing"])
def test_a_device_is_told_what_it_runs(fleet: Fleet, said: str) -> None:
    release, device = fleet.channel.add(version="1.0.0"), fleet.device()
    headers = {
        "release": {"peridio-release-prn": release["prn"]},
        "bundle": {"peridio-bundle-prn": release["bundle_prn"]},
    }
    if said == "before":
        device.ask(bundle=release["bundle_prn"])

    answer = device.client.get(
        "/device/me", params={"expand[]": "manifest.binary_prn"}, headers=headers.get(said)
    )

    runs = [{"binary_prn": each["prn"]} for each in fleet.channel.bundle["binaries"]]
    assert answer.json()["data"]["manifest"] == (None if said == "nothing" else runs)


def test_content_that_is_gone_has_no_link(fleet: Fleet) -> None:
    bundle, device = fleet.bundle(), fleet.device()
    fleet.yard.api.patch(f"/binaries/{bundle['binaries'][0]['prn']}", json={"state": "destroyed"})

    answer = device.client.get(
        "/device/me",
        params={"expand[]": "manifest"},
        headers={"peridio-bundle-prn": bundle["prn"]},
    )

    (entry,) = answer.json()["data"]["manifest"]
    assert (entry["url"], entry["binary_prn"]) == (None, bundle["binaries"][0]["prn"])


def test_answers_are_plain_json(fleet: Fleet) -> None:
    assert json.loads(fleet.device().ask("cohort").content)["status"] == "no_update"
