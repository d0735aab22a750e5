"""Whatever a device sends, it is answered, and the record of another is never touched."""

import json
from itertools import product

import pytest

from tests.device_api.devices import Fleet

ODD = [
    b"",
    b" ",
    b"\xff\xfe",
    b"\x00",
    b"\x01\x7f",
    "é".encode(),
    b"'; DROP TABLE devices; --",
    b"prn:1:" + b"0" * 36 + b":release:" + b"0" * 36,
    b"1.2.3-" + b"a" * 60_000,
    b"%s%n{0}\\u0000",
]
HEADERS = ["peridio-release-prn", "peridio-bundle-prn", "peridio-release-version"]


def test_odd_headers_are_answered_as_if_nothing_had_been_said(fleet: Fleet) -> None:
    device = fleet.device()
    fleet.look()

    for name, value in product(HEADERS, ODD):
        answer = device.client.get("/update", headers={name.encode(): value})
        assert (answer.status_code, answer.json()) == (200, {"status": "no_update"}), (name, value)

    found = fleet.see(device)
    reported = [found[each] for each in found if each.startswith("reported_")]
    unknown = f"prn:1:{'0' * 36}"
    assert not any(str(each).startswith(unknown) for each in reported)
    fleet.flush()
    assert fleet.yard.api.get(f"/devices/{device.prn}/explain").status_code == 200


@pytest.mark.parametrize("path", ["/update", "/device/me"])
def test_odd_expansions_are_refused(fleet: Fleet, path: str) -> None:
    device = fleet.device()

    for value in [
        "%00",
        "%FF%FE",
        "%",
        "..",
        ",",
        "manifest." * 500,
        "__class__",
        "cohort.__dict__",
    ]:
        answer = device.client.get(f"{path}?expand[]={value}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["expand"]), value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'{"outcome": 1}',
        b"\xff",
        b"[" * 10_000,
        json.dumps({"outcome": "failed", "bundle_prn": "\ud800"}).encode(),
        json.dumps({"outcome": "failed", "bundle_prn": "x" * 300}).encode(),
    ],
)
def test_odd_reports_are_refused(fleet: Fleet, body: bytes) -> None:
    answer = fleet.device().client.post("/device/reports", content=body)

    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["errors"]
