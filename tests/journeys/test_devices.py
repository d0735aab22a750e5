"""What devices are given, from the first request of all to the last: a server, a door, agents.

On SQLite with a disk at the server's own door, and on PostgreSQL with S3 behind nginx.
"""

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Final

import httpx
import pytest

from tests.certificates import a_ca, a_device
from tests.journeys import living
from tests.journeys.fleet import (
    FIRST,
    INSTALLED,
    NOTHING,
    REFUSED,
    Fleet,
    a_fleet,
    a_fleet_behind_nginx,
    invite,
)
from tests.journeys.living import SMALL, eventually

_LARGE: Final = Random(1).randbytes(3 * 1024**2 + 17)
_LINKS_PATIENCE: Final = 30  # seconds for one answer


@pytest.fixture(scope="module", params=["sqlite-disk", "postgresql-s3"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    if request.param == "sqlite-disk":
        with a_fleet(folder) as made:
            yield made
        return
    postgres, s3 = (request.getfixturevalue(name) for name in ("postgres", "s3_server"))
    with a_fleet_behind_nginx(folder, postgres, s3) as made:
        yield made


def _fetch(fleet: Fleet, link: str, asked: str | None = None) -> httpx.Response:
    """As an agent does, whom nobody knows there."""
    headers = {"accept-encoding": "identity", **({"range": asked} if asked else {})}
    trust = httpx.create_ssl_context()
    trust.load_verify_locations(fleet.authority)
    with httpx.Client(verify=trust, timeout=_LINKS_PATIENCE, follow_redirects=True) as stranger:
        return stranger.get(link, headers=headers)


def test_from_the_first_record_to_a_device_and_to_the_end(fleet: Fleet) -> None:
    artifact = fleet.made("/artifacts", "artifact", name="kernel")["prn"]
    version = fleet.made(
        "/artifact_versions", "artifact_version", artifact_prn=artifact, version="1.0.0"
    )["prn"]
    binary = fleet.made(
        "/binaries",
        "binary",
        artifact_version_prn=version,
        hash=sha256(SMALL).hexdigest(),
        size=14,
        target="arm-linux-androideabi",
    )
    prn, address = binary["prn"], f"/binaries/{binary['prn']}"
    link = living.link_in(living.declare(fleet.admin, prn))
    sent = living.send(fleet.admin, link).status_code
    moved = [living.move(fleet.admin, prn, to).status_code for to in ("hashable", "hashing")]
    became = living.becomes_signable(fleet.admin, prn)
    signed = living.sign(fleet.admin, prn, fleet.key).status_code
    bundle = fleet.made("/bundles", "bundle", binaries=[{"prn": prn}])
    cohort = fleet.cohort()
    release = fleet.release(cohort, bundle["prn"], "1.0.0")
    device = fleet.agent(cohort)

    with fleet.line(device.issued) as line:
        asked = {"expand[]": "manifest"}
        said = {"peridio-release-version": FIRST}
        offered = line.get("/update", params=asked, headers=said).json()
        (entry,) = offered["manifest"]
        fetched = _fetch(fleet, entry["url"])
        fleet.change(address, state="destroyed")
        silent = line.get("/update", params=asked, headers=said)
        instead = fleet.admin.post(f"/devices/{device.prn}/update", json={"release_version": FIRST})
    gone = fleet.see(address)["binary"]
    refused = fleet.admin.post("/bundles", json={"binaries": [{"prn": prn}]})

    assert (sent, moved, became, signed) == (200, [200, 200], True, 201)
    assert binary["state"] == "uploadable"
    assert bundle["hash"] == sha256(sha256(SMALL).hexdigest().encode()).hexdigest()
    assert offered["status"] == "update"
    assert (entry["binary_prn"], entry["hash"], entry["size"], entry["target"]) == (
        prn,
        sha256(SMALL).hexdigest(),
        14,
        "arm-linux-androideabi",
    )
    assert (fetched.status_code, fetched.content) == (200, SMALL)
    assert (gone["state"], gone["destroyed"], gone["bytes_uploaded"]) == ("destroyed", True, 0)
    assert (silent.status_code, silent.json()) == (200, {"status": "no_update", "manifest": None})
    assert (instead.status_code, instead.json()["status"]) == (200, "no_update")
    assert _fetch(fleet, entry["url"]).status_code == 404
    assert fleet.admin.get(f"{address}/download_url").status_code in {404, 409, 422}
    assert refused.status_code == 422
    assert fleet.see(f"/bundles/{bundle['prn']}")["bundle"]["binaries"][0]["prn"] == prn
    (affected,) = fleet.see(f"{address}/releases")["releases"]
    assert (affected["prn"], affected["affected"]) == (release, True)


def test_a_device_that_nobody_has_heard_of_ends_up_with_the_release(fleet: Fleet) -> None:
    image, ca, cohort = fleet.image(_LARGE), a_ca("A CA with a cohort"), fleet.cohort()
    release = fleet.release(cohort, fleet.bundle(image), "1.0.0")
    invite(fleet, ca, cohort_prn=cohort, tags=["new"])
    agent = fleet.agent(by=ca)
    other = a_device("another", ca)
    assert eventually(lambda: fleet.status(other) == 200)

    first, again = agent.check("--parallel", "4"), agent.check()

    assert (first.came, again.came) == (INSTALLED, NOTHING)
    assert agent.slot == _LARGE
    record = agent.record
    assert (record["cohort_prn"], record["tags"]) == (cohort, ["new"])
    assert record["description"] == "taken in"
    assert record["reported_release_prn"] == release
    assert record["reported_release_version"] == "1.0.0"
    progress = fleet.progress(release)
    assert (progress["devices"], progress["installed"], progress["running"]) == (2, 1, 1)


def test_a_link_gives_ranges_and_takes_no_certificate(fleet: Fleet) -> None:
    cohort = fleet.cohort()
    fleet.release(cohort, fleet.bundle(fleet.image(_LARGE)), "1.0.0")
    with fleet.line(fleet.agent(cohort).issued) as line:
        asked = {"expand[]": ["manifest.url", "manifest.size"]}
        answer = line.get("/update", params=asked, headers={"peridio-release-version": FIRST})
    (entry,) = answer.json()["manifest"]
    size = len(_LARGE)

    whole = _fetch(fleet, entry["url"])
    rest = _fetch(fleet, entry["url"], f"bytes={size - 5}-")
    middle = _fetch(fleet, entry["url"], "bytes=1000000-1999999")
    beyond = _fetch(fleet, entry["url"], f"bytes={size}-")

    assert list(entry) == ["size", "url"] or list(entry) == ["url", "size"]
    assert (whole.status_code, whole.content) == (200, _LARGE)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-length"] == str(size)
    assert rest.content == _LARGE[-5:]  # with status 206, which not every store knows
    assert middle.content == _LARGE[1_000_000:2_000_000]
    assert middle.headers["content-range"] == f"bytes 1000000-1999999/{size}"
    assert beyond.status_code == 416


def test_a_device_is_held_let_go_and_shut_out(fleet: Fleet) -> None:
    cohort, image = fleet.cohort(), fleet.image()
    fleet.release(cohort, fleet.bundle(image), "1.0.0")
    agent = fleet.agent(cohort)
    address = f"/devices/{agent.prn}"

    fleet.change(address, quarantined=True)
    held, held_with = agent.check(), agent.slot
    fleet.change(address, quarantined=False)
    let_go = agent.until(INSTALLED)
    fleet.change(address, archived=True)
    shut_out = agent.until(REFUSED)
    with fleet.line(agent.issued) as line:
        refused = line.get("/update")
    fleet.change(address, archived=False)
    back = agent.until(NOTHING)

    assert (held.came, held_with) == (("device_quarantine", None), None)
    assert (let_go.status, agent.slot) == (0, image.content)
    assert shut_out.status == 1
    assert "does not accept this device" in shut_out.errors
    assert (refused.status_code, refused.json()) == (403, {"status": "forbidden"})
    assert back.status == 0


def test_devices_are_told_when_to_come_back_and_not_all_the_same(fleet: Fleet) -> None:
    waits: dict[int | None, list[int]] = {None: [], 100: []}

    for interval, found in waits.items():
        with fleet.line(fleet.agent(fleet.cohort(poll_interval=interval)).issued) as line:
            answers = [line.get("/update") for _ in range(10)]
        found += [int(answer.headers["retry-after"]) for answer in answers]

    assert all(1620 <= wait <= 1980 for wait in waits[None])
    assert all(90 <= wait <= 110 for wait in waits[100])
    assert min(len(set(found)) for found in waits.values()) > 1
