"""Products, cohorts, devices and certificates at the command line."""

from pathlib import Path

import pytest

from tests.certificates import a_ca, a_device, issue
from tests.cli.results import result
from tests.cli.terminal import Desk
from tests.client.line import Line
from tests.yard import a_cohort, a_product

_NOBODY = "prn:1:00000000-0000-4000-8000-000000000001"


def _nobody(kind: str) -> str:
    return f"{_NOBODY}:{kind}:00000000-0000-4000-8000-000000000002"


def _device(desk: Desk, line: Line, *words: str) -> str:
    product = a_product(line.yard.api)
    made = result(
        desk, "devices", "create", "--product-prn", product, "--identifier", "gw-0001", *words
    )
    return made["device"]["prn"]


def test_a_product_and_a_cohort_are_made_and_changed(desk: Desk) -> None:
    product = result(desk, "products", "create", "--name", "gateway", "--poll-interval", "900")
    prn = product["product"]["prn"]
    cohort = result(
        desk, "cohorts", "create", "--product-prn", prn, "--name", "field", "--description", "x"
    )["cohort"]

    changed = result(desk, "products", "update", prn, "--name", "gw", "--poll-interval", "")
    archived = result(desk, "products", "update", prn, "--archived")
    described = result(desk, "cohorts", "update", cohort["prn"], "--description", "")
    found = result(desk, "cohorts", "list", "--search", f"product_prn:'{prn}'")["cohorts"]

    assert product["product"]["poll_interval"] == 900
    assert (changed["product"]["name"], changed["product"]["poll_interval"]) == ("gw", None)
    assert archived["product"]["archived"] is True
    assert described["cohort"]["description"] is None
    assert [each["prn"] for each in found] == [cohort["prn"]]


def test_a_device_goes_through_its_life(desk: Desk, line: Line) -> None:
    product = a_product(line.yard.api)
    cohort = a_cohort(line.yard.api, product)
    made = result(
        desk,
        *("devices", "create", "--product-prn", product, "--cohort-prn", cohort),
        *("--identifier", "gw-0001", "--tags", "beta, indoor", "--tags", "blue", "--target", "arm"),
    )["device"]
    update = ["devices", "update", made["prn"]]

    held = result(desk, *update, "--quarantined", "--tags", "", "--target", "")["device"]
    moved = result(desk, *update, "--not-quarantined", "--cohort-prn", "", "--archived")["device"]
    listed = result(desk, "devices", "list")["devices"]
    archived = result(desk, "devices", "list", "--search", "archived:true")["devices"]
    deleted = desk.run("devices", "delete", made["prn"])

    assert made["tags"] == ["beta", "indoor", "blue"]
    assert (held["quarantined"], held["tags"], held["target"]) == (True, None, None)
    assert (moved["quarantined"], moved["cohort_prn"], moved["archived"]) == (False, None, True)
    assert (listed, [each["prn"] for each in archived]) == ([], [made["prn"]])
    assert deleted.status == 0
    assert desk.run("devices", "get", made["prn"]).status == 1


def test_a_device_gets_a_certificate(desk: Desk, line: Line, tmp_path: Path) -> None:
    device = _device(desk, line)
    certificate, _ = a_device("gw-0001").written(tmp_path)

    made = result(
        desk,
        *("device-certificates", "create", "--device-prn", device),
        *("--certificate", str(certificate)),
    )["device_certificate"]
    shown = result(desk, "device-certificates", "get", made["prn"])["device_certificate"]
    deleted = desk.run("device-certificates", "delete", made["prn"])

    assert shown == made
    assert made["device_prn"] == device
    assert deleted.status == 0
    assert result(desk, "device-certificates", "list")["device_certificates"] == []


def test_a_ca_is_registered_with_a_code_that_it_signed(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    product = a_product(line.yard.api, "gateway")
    cohort = a_cohort(line.yard.api, product)
    ca = a_ca()
    code = result(desk, "ca-certificates", "create-verification-code")["verification_code"]
    ca_file, _ = ca.written(tmp_path, "ca")
    proof, _ = issue(code, by=ca).written(tmp_path, "proof")

    made = result(
        desk,
        *("ca-certificates", "create", "--certificate", str(ca_file)),
        *("--verification-certificate", str(proof), "--description", "factory"),
        *("--jitp-product", "gateway", "--jitp-cohort-prn", cohort, "--jitp-tags", "new,raw"),
    )["ca_certificate"]
    update = ["ca-certificates", "update", made["prn"]]
    by_prn = result(desk, *update, "--jitp-product", product)["ca_certificate"]
    off = result(desk, *update, "--no-jitp", "--description", "")["ca_certificate"]
    deleted = desk.run("ca-certificates", "delete", made["prn"])

    assert (made["jitp"]["product_prn"], made["jitp"]["cohort_prn"]) == (product, cohort)
    assert made["jitp"]["tags"] == ["new", "raw"]
    assert (by_prn["jitp"]["product_prn"], by_prn["jitp"]["tags"]) == (product, None)
    assert (off["jitp"], off["description"]) == (None, None)
    assert deleted.status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["devices", "update", _nobody("device")], "nothing to change"),
        (["products", "update", _nobody("product")], "nothing to change"),
        (["cohorts", "update", _nobody("cohort")], "nothing to change"),
        (["ca-certificates", "update", _nobody("ca_certificate")], "nothing to change"),
        (
            ["ca-certificates", "update", _nobody("ca_certificate"), "--jitp-tags", "x"],
            "--jitp-product",
        ),
        (
            [
                *("ca-certificates", "update", _nobody("ca_certificate"), "--no-jitp"),
                *("--jitp-product", "gateway"),
            ],
            "not both",
        ),
        (["devices", "get-update", _nobody("device")], "--release-version"),
    ],
)
def test_what_a_command_lacks_is_said(desk: Desk, words: list[str], said: str) -> None:
    ended = desk.run(*words)

    assert ended.status == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cohorts", "create", "--product-prn", _nobody("cohort"), "--name", "a"], "product"),
        (["devices", "update", _nobody("device"), "--cohort-prn", "field"], "is no PRN"),
        (
            ["products", "update", _nobody("product"), "--poll-interval", "often"],
            "--poll-interval 'often' is no number",
        ),
        (
            [
                *("device-certificates", "create", "--device-prn", _nobody("device")),
                *("--certificate", "missing.pem"),
            ],
            "cannot read missing.pem",
        ),
        (["ca-certificates", "get", _nobody("cohort")], "expected CA certificate"),
        (["events", "list", "--inserted-at-gte", "today"], "is no time"),
        (["events", "list", "--inserted-at-lt", "2026-01-31T12:00:00"], "has no time zone"),
        (["devices", "explain", _nobody("device"), "--at", "soon"], "--at 'soon' is no time"),
    ],
)
def test_data_that_cannot_be_meant_is_not_sent(
    desk: Desk, line: Line, words: list[str], said: str
) -> None:
    ended = desk.run(*words)

    assert ended.status == 65
    assert said in ended.err
    assert line.sent == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_device("gw-1").key_pem.encode(), "has a private key, which stays here"),
        (b"\x00" * 100_000, "is too large for a certificate"),
    ],
)
def test_what_is_no_certificate_stays_here(
    desk: Desk, line: Line, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "device.pem"
    file.write_bytes(content)

    ended = desk.run(
        *("device-certificates", "create", "--device-prn", _nobody("device")),
        *("--certificate", str(file)),
    )

    assert (ended.status, line.sent) == (65, [])
    assert said in ended.err


def test_events_are_listed_by_what_they_are_about(desk: Desk, line: Line) -> None:
    device = _device(desk, line)
    desk.run("devices", "update", device, "--quarantined")
    listing = ["events", "list", "--resource-prn", device, "--type", "device"]

    found = result(desk, *listing, "--subtype", "updated")["events"]
    later = result(desk, *listing, "--inserted-at-gte", "2100-01-01T00:00:00Z", "--all")["events"]
    unknown = desk.run("events", "list", "--type", "weather")

    assert [each["event_subtype"] for each in found] == ["updated"]
    assert later == []
    assert unknown.status == 1
