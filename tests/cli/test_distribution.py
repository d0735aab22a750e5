"""Bundles, overrides and releases at the command line, and a binary that is distributed at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.results import result
from tests.cli.terminal import Desk
from tests.client.line import Line
from tests.yard import (
    CONTENT,
    a_bundle,
    a_cohort,
    a_device,
    a_product,
    a_release,
    a_version,
    brought_to,
    digest,
    see,
)

_NOBODY = "prn:1:00000000-0000-4000-8000-000000000001"


def _nobody(kind: str, last: int = 2) -> str:
    return f"{_NOBODY}:{kind}:00000000-0000-4000-8000-00000000000{last}"


@pytest.fixture
def line(line: Line) -> Line:
    """What the command line calls now is no time to come for the server."""
    line.yard.clock.moment = datetime.now(UTC) + timedelta(hours=1)
    return line


def _signed(line: Line, artifact: str = "rootfs") -> dict[str, Any]:
    return brought_to(line.yard, "signed", a_version(line.yard.api, artifact))


def _cohort(line: Line) -> str:
    return a_cohort(line.yard.api, a_product(line.yard.api))


def _keys(desk: Desk, folder: Path) -> None:
    result(desk, "signing-keys", "create", "--name", "k", "--out", str(folder / "keys"), "--config")


# --- bundles -------------------------------------------------------------------------------------


def test_a_bundle_keeps_the_order_and_the_metadata_it_is_given(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    first, second, third = (_signed(line, each) for each in ("1", "2", "3"))
    metadata = tmp_path / "metadata.json"
    metadata.write_text('{"slot": "b"}')

    made = result(
        desk,
        *("bundles", "create", "--name", "all", "--binary-prn", third["prn"]),
        *("--binary-prn", first["prn"], "--binary-prn", second["prn"]),
        *("--metadata", f'{first["prn"]}={{"slot": "a=b"}}'),
        *("--metadata", f"{second['prn']}=@{metadata}"),
    )["bundle"]
    renamed = result(desk, "bundles", "update", made["prn"], "--name", "")["bundle"]

    found = [(each["prn"], each["custom_metadata"]) for each in made["binaries"]]
    assert found == [
        (third["prn"], None),
        (first["prn"], {"slot": "a=b"}),
        (second["prn"], {"slot": "b"}),
    ]
    assert renamed["name"] is None
    assert desk.run("bundles", "delete", made["prn"]).status == 0


def test_a_bundle_is_signed_here_or_elsewhere(desk: Desk, line: Line, tmp_path: Path) -> None:
    bundle = a_bundle(line.yard.api, _signed(line))
    _keys(desk, tmp_path)

    signed = result(desk, "bundles", "sign", bundle["prn"], "-s", "k")["bundle_signatures"]
    again = desk.run("bundles", "sign", bundle["prn"], "-s", "k")
    made = result(desk, "bundle-signatures", "list")["bundle_signatures"]
    removed = desk.run("bundle-signatures", "delete", made[0]["prn"])
    elsewhere = result(
        desk,
        *("bundle-signatures", "create", "--bundle-prn", bundle["prn"]),
        *("--signing-key-keyid", signed[0]["keyid"], "--signature", signed[0]["signature"]),
    )["bundle_signature"]

    assert again.status == 0
    assert "has signed it already" in again.err
    assert removed.status == 0
    assert elsewhere["signature"] == signed[0]["signature"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--metadata", "{}"], 2, "should be PRN=JSON"),
        (["--metadata", f"{_nobody('binary', 3)}={{}}"], 2, "which no --binary-prn does"),
        (["--metadata", f"{_nobody('binary')}={{"], 65, "--metadata is no JSON"),
        (["--metadata", f"{_nobody('binary')}=@missing"], 65, "cannot read missing"),
        (["--metadata", f"{_nobody('bundle')}={{}}"], 65, "expected binary"),
        (["--binary-prn", "x"], 65, "'x' is no PRN"),
    ],
)
def test_a_bundle_that_cannot_be_meant_is_not_sent(
    desk: Desk, line: Line, words: list[str], status: int, said: str
) -> None:
    ended = desk.run("bundles", "create", "--binary-prn", _nobody("binary"), *words)

    assert (ended.status, line.sent) == (status, [])
    assert said in ended.err


# --- overrides -----------------------------------------------------------------------------------


def test_an_override_gets_devices_and_an_end(desk: Desk, line: Line) -> None:
    bundle, other = (a_bundle(line.yard.api, _signed(line, each)) for each in ("1", "2"))
    device = a_device(line.yard.api, a_product(line.yard.api))["prn"]
    made = result(
        desk, "bundle-overrides", "create", "--name", "try", "--bundle-prn", bundle["prn"]
    )["bundle_override"]
    prn = made["prn"]

    added = result(desk, "bundle-overrides", "devices", "add", prn, "--device-prn", device)
    listed = result(desk, "bundle-overrides", "devices", "list", prn, "--all")["devices"]
    changed = result(
        desk,
        *("bundle-overrides", "update", prn, "--bundle-prn", other["prn"]),
        *("--ends-at", "2100-01-01T01:00:00+01:00"),
    )["bundle_override"]
    endless = result(desk, "bundle-overrides", "update", prn, "--ends-at", "")["bundle_override"]
    removed = desk.run("bundle-overrides", "devices", "remove", prn, "--device-prn", device)

    assert [each["device_prn"] for each in listed] == [added["device"]["device_prn"]] == [device]
    assert (changed["bundle_prn"], changed["ends_at"]) == (
        other["prn"],
        "2100-01-01T00:00:00.000000Z",
    )
    assert endless["ends_at"] is None
    assert removed.status == 0
    assert result(desk, "bundle-overrides", "devices", "list", prn)["devices"] == []
    assert desk.run("bundle-overrides", "delete", prn).status == 0


# --- releases ------------------------------------------------------------------------------------


def test_a_release_is_published_phased_and_archived(desk: Desk, line: Line) -> None:
    cohort, bundle = _cohort(line), a_bundle(line.yard.api, _signed(line))
    words = ["releases", "create", "--cohort-prn", cohort, "--bundle-prn", bundle["prn"]]

    first = result(desk, *words, "--name", "first", "--version", "1.0.0")["release"]
    second = result(
        desk,
        *words,
        *("--name", "second", "--required", "--phase-value", "0.1", "--retry-limit", "3"),
        *("--disable-after-failure-share", "0.25", "--version-requirement", "~> 1.0"),
    )["release"]
    update = ["releases", "update", second["prn"]]
    tagged = result(desk, *update, "--phase-mode", "tags", "--phase-tags", "a,b")["release"]
    counted = result(
        desk, *update, "--phase-mode", "numeric", "--phase-value", "10", "--phase-tags", ""
    )["release"]
    plain = result(
        desk,
        *update,
        *("--not-required", "--disabled", "--retry-limit", "", "--version-requirement", ""),
    )["release"]
    deleted = desk.run("releases", "delete", second["prn"])
    listed = result(desk, "releases", "list", "--search", f"cohort_prn:'{cohort}'")["releases"]

    assert (first["required"], first["phase_value"], first["schedule_complete"]) == (False, 1, True)
    assert (second["required"], second["phase_value"], second["retry_limit"]) == (True, 0.1, 3)
    assert second["disable_after_failure_share"] == 0.25
    assert (tagged["phase_mode"], tagged["phase_tags"]) == ("tags", ["a", "b"])
    assert (counted["phase_type"], counted["phase_value"]) == ("static", 10)
    assert (plain["required"], plain["disabled"], plain["retry_limit"]) == (False, True, None)
    assert deleted.status == 0
    assert [each["prn"] for each in listed] == [first["prn"]]


def test_a_release_can_be_put_between_two(desk: Desk, line: Line) -> None:
    cohort, bundle = _cohort(line), a_bundle(line.yard.api, _signed(line))
    words = ["releases", "create", "--cohort-prn", cohort, "--bundle-prn", bundle["prn"]]
    first = result(desk, *words, "--name", "first")["release"]["prn"]
    last = result(desk, *words, "--name", "last")["release"]["prn"]

    between = result(
        desk,
        *(*words, "--name", "between"),
        *("--previous-release-prn", first, "--next-release-prn", last),
    )["release"]

    assert between["next_release_prn"] == last
    assert result(desk, "releases", "get", first)["release"]["next_release_prn"] == between["prn"]


def test_tags_alone_say_the_mode(desk: Desk, line: Line) -> None:
    cohort, bundle = _cohort(line), a_bundle(line.yard.api, _signed(line))

    made = result(
        desk,
        *("releases", "create", "--cohort-prn", cohort, "--bundle-prn", bundle["prn"]),
        *("--name", "first", "--phase-tags", "beta"),
    )["release"]

    assert (made["phase_mode"], made["phase_tags"]) == ("tags", ["beta"])


def test_what_became_of_a_release_is_shown(desk: Desk, line: Line) -> None:
    cohort, bundle = _cohort(line), a_bundle(line.yard.api, _signed(line))
    release = result(
        desk,
        *("releases", "create", "--cohort-prn", cohort, "--bundle-prn", bundle["prn"]),
        *("--name", "first"),
    )["release"]["prn"]
    device = a_device(line.yard.api, a_product(line.yard.api, "other"))["prn"]

    progress = result(desk, "releases", "progress", release)["progress"]
    reports = result(desk, "releases", "reports", release, "--all")["reports"]
    retry = result(desk, "releases", "retry", release, "--device-prn", device)["retry"]

    assert (progress["devices"], progress["failed"]) == (0, 0)
    assert reports == []
    assert (retry["device_prn"], retry["failures"]) == (device, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--phase-value", "half"], "--phase-value 'half' is no number"),
        (["--phase-value", "nan"], "--phase-value 'nan' is no number"),
        (["--retry-limit", "x"], "--retry-limit 'x' is no number"),
        (["--schedule-date", "2026-13-01T00:00:00Z"], "--schedule-date"),
        (["--next-release-prn", "first"], "'first' is no PRN"),
    ],
)
def test_a_release_that_cannot_be_meant_is_not_sent(
    desk: Desk, line: Line, words: list[str], said: str
) -> None:
    ended = desk.run(
        *("releases", "create", "--cohort-prn", _nobody("cohort")),
        *("--bundle-prn", _nobody("bundle"), "--name", "x", *words),
    )

    assert (ended.status, line.sent) == (65, [])
    assert said in ended.err


# --- what a device is given ----------------------------------------------------------------------


def test_a_device_can_be_asked_for_and_explained(desk: Desk, line: Line) -> None:
    product = a_product(line.yard.api)
    cohort = a_cohort(line.yard.api, product)
    device = a_device(line.yard.api, product, cohort_prn=cohort)["prn"]
    bundle = a_bundle(line.yard.api, _signed(line))
    release = result(
        desk,
        *("releases", "create", "--cohort-prn", cohort, "--bundle-prn", bundle["prn"]),
        *("--name", "first", "--version", "1.0.0", "--version-requirement", "< 1.0.0"),
    )["release"]["prn"]
    asked = ["devices", "get-update", device, "--release-version", "0.9.0"]

    dry = result(desk, *asked)
    unsaid = result(desk, "devices", "explain", device)
    written = result(desk, *asked, "--write")
    told = desk.run("devices", "explain", device, "--release", release, "--output", "table")

    assert (dry["status"], dry["source_prn"]) == ("update", release)
    assert [each["hash"] for each in dry["manifest"]] == [digest(CONTENT)]
    assert unsaid["status"] == "no_update"
    assert written["status"] == "update"
    assert told.out.startswith("gw-0001 at ")
    assert "yes  release first is given" in told.out
    assert "That release:" in told.out
    assert max(map(len, told.out.splitlines())) <= 80


# --- all at once ---------------------------------------------------------------------------------


def _create(line: Line, folder: Path, *words: str) -> list[str]:
    path = folder / "firmware.bin"
    path.write_bytes(CONTENT)
    version = a_version(line.yard.api)
    return [
        *("binaries", "create", "--artifact-version-prn", version, "--target", "arm"),
        *("--content-path", str(path), *words),
    ]


def test_a_file_becomes_a_release_for_a_cohort_once(desk: Desk, line: Line, tmp_path: Path) -> None:
    _keys(desk, tmp_path)
    cohort = _cohort(line)
    words = _create(line, tmp_path, "-s", "k", "--cohort-prn", cohort)

    made = result(desk, *words)
    again = result(desk, *words)

    assert made["binary"]["state"] == "signed"
    assert made["bundle"]["binaries"] == [{"prn": made["binary"]["prn"], "custom_metadata": None}]
    assert made["bundle"]["name"] == "kernel@1.0.0/arm"
    release = made["release"]
    assert (release["bundle_prn"], release["cohort_prn"]) == (made["bundle"]["prn"], cohort)
    assert (release["required"], release["phase_value"]) == (False, 1)
    assert again["release"]["prn"] == release["prn"]
    assert "bundle_override" not in made


def test_a_file_becomes_an_override_for_a_device_once(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    later = _signed(line)
    _keys(desk, tmp_path)
    device = a_device(line.yard.api, a_product(line.yard.api))["prn"]
    words = _create(line, tmp_path, "-s", "k", "--device-prn", device)

    made = result(desk, *words)
    other = result(
        desk,
        *("bundle-overrides", "create", "--name", "later"),
        *("--bundle-prn", a_bundle(line.yard.api, later)["prn"]),
    )["bundle_override"]["prn"]
    result(desk, "bundle-overrides", "devices", "add", other, "--device-prn", device)
    again = result(desk, *words)
    given = result(desk, "devices", "get-update", device, "--release-version", "0.0.0")

    override = made["bundle_override"]
    assert (override["name"], override["ends_at"]) == (made["bundle"]["name"], None)
    assert again["bundle_override"]["prn"] == override["prn"]
    assert given["source_prn"] == override["prn"]


def test_a_file_becomes_what_an_override_gives(desk: Desk, line: Line, tmp_path: Path) -> None:
    before = a_bundle(line.yard.api, _signed(line))
    _keys(desk, tmp_path)
    override = result(
        desk, "bundle-overrides", "create", "--name", "try", "--bundle-prn", before["prn"]
    )["bundle_override"]["prn"]
    words = _create(line, tmp_path, "-s", "k", "--bundle-override-prn", override)

    made = result(desk, *words)
    again = desk.run(*words)

    assert made["bundle_override"]["prn"] == override
    assert made["bundle_override"]["bundle_prn"] == made["bundle"]["prn"] != before["prn"]
    assert "has that bundle already" in again.err


def test_an_audience_that_is_not_there_costs_no_upload(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    _keys(desk, tmp_path)

    ended = desk.run(*_create(line, tmp_path, "-s", "k", "--cohort-prn", _nobody("cohort")))

    assert ended.status == 1
    assert "no such cohort" in ended.err
    assert result(desk, "binaries", "list")["binaries"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cohort-prn", _nobody("cohort"), "--device-prn", _nobody("device")], "give one of"),
        (["--cohort-prn", _nobody("cohort")], "only a signed binary"),
    ],
)
def test_who_gets_it_is_checked_before_anything_is_sent(
    desk: Desk, line: Line, tmp_path: Path, words: list[str], said: str
) -> None:
    command = _create(line, tmp_path, *words)

    ended = desk.run(*command)

    assert (ended.status, line.sent) == (2, [])
    assert said in ended.err


def test_a_destroyed_binary_still_shows_in_its_bundle(desk: Desk, line: Line) -> None:
    binary = _signed(line)
    bundle = a_bundle(line.yard.api, binary)

    gone = json.loads(desk.run("binaries", "destroy", binary["prn"], "--yes").out)
    shown = result(desk, "bundles", "get", bundle["prn"])["bundle"]

    assert gone["binary"]["state"] == see(line.yard.api, binary)["state"] == "destroyed"
    assert shown["binaries"][0]["prn"] == binary["prn"]


# --- what is at stake ----------------------------------------------------------------------------


def _given_to_one(line: Line) -> tuple[dict[str, Any], dict[str, Any]]:
    """A binary, and the release that gives it to a device which runs another version."""
    product = a_product(line.yard.api)
    cohort = a_cohort(line.yard.api, product)
    device = a_device(line.yard.api, product, cohort_prn=cohort)
    binary = _signed(line)
    release = a_release(
        line.yard.api,
        cohort,
        a_bundle(line.yard.api, binary),
        version="1.0.0",
        version_requirement="< 1.0.0",
    )
    body = {"release_version": "0.9.0", "write": True}
    line.yard.api.post(f"/devices/{device['prn']}/update", json=body).raise_for_status()
    return binary, release


def test_what_destroying_does_is_said_before_it_is_done(desk: Desk, line: Line) -> None:
    binary, release = _given_to_one(line)

    refused = desk.run("binaries", "destroy", binary["prn"])
    impact = result(desk, "binaries", "impact", binary["prn"])["impact"]
    shown = desk.run("binaries", "impact", binary["prn"], "--output", "table")
    destroyed = desk.run("binaries", "destroy", binary["prn"], "--yes")

    assert refused.status == 2
    assert see(line.yard.api, binary)["state"] == "destroyed"
    for told in (refused.err, shown.out, destroyed.err):
        assert "it is in 1 bundle, given by 1 release and 0 overrides:" in told
        assert f"  release {release['name']}: run by 0 devices" in told
        assert "1 device would get no update" in told
        assert max(map(len, told.splitlines())) <= 80
    assert impact["devices_interrupted"] == 1
    assert destroyed.status == 0


def test_what_nobody_waits_for_is_said_too(desk: Desk, line: Line) -> None:
    first, second, third = (_signed(line, each) for each in ("1", "2", "3"))
    bundles = [a_bundle(line.yard.api, each) for each in (second, third)]
    a_release(line.yard.api, _cohort(line), bundles[1])

    told = [
        desk.run("binaries", "destroy", each["prn"], "--yes").lines[-1]
        for each in (first, second, third)
    ]

    assert told == [
        "no bundle has it, so no device is waiting for it",
        "it is in 1 bundle, but no device is given that",
        "no device would be without an update that it would get now",
    ]


def test_an_earlier_bundle_comes_again_when_it_is_meant(desk: Desk, line: Line) -> None:
    _, first = _given_to_one(line)
    later = a_release(
        line.yard.api, first["cohort_prn"], a_bundle(line.yard.api, _signed(line, "b")), "later"
    )

    asked = desk.run("releases", "rollback", first["prn"])
    made = desk.run("releases", "rollback", first["prn"], "--yes", "--name", "again")
    withdrawn = result(desk, "releases", "get", later["prn"])["release"]

    release = json.loads(made.out)["release"]
    assert asked.status == 2
    assert "--yes" in asked.err
    assert "1 release after it would be disabled" in asked.err
    assert "1 release after it would be disabled" in made.err
    assert (release["bundle_prn"], release["name"]) == (first["bundle_prn"], "again")
    assert release["next_release_prn"] is None
    assert withdrawn["disabled"] is True
