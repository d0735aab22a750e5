"""Many devices from a table: what each row becomes, also when it is imported once more."""

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import httpx
import pytest

from sealift.client.device_import import Reported, Result, import_devices
from sealift.client.device_table import COLUMNS, Row, read_rows
from sealift.domain.errors import Unavailable
from sealift.wire.admin import DeviceChanges
from tests.certificates import a_device
from tests.client.line import Line, when
from tests.yard import a_cohort, a_product
from tests.yard import a_device as a_device_of


@pytest.fixture
def product(line: Line) -> str:
    return a_product(line.yard.api)


def _row(product: str, identifier: str = "gw-1", line: int = 2, **cells: str) -> Row:
    return Row(line, {"identifier": identifier, "product_prn": product, **cells})


def _run(line: Line, *rows: Row, is_rehearsal: bool = False) -> list[Reported]:
    with line.client() as client:
        return list(import_devices(client, rows, is_rehearsal=is_rehearsal))


def _results(reports: Iterable[Reported]) -> list[Result]:
    return [each.result for each in reports]


def test_a_row_becomes_a_device_with_its_certificates(line: Line, product: str) -> None:
    cohort = a_cohort(line.yard.api, product)
    first, second = a_device("gw-1"), a_device("gw-1")
    row = _row(
        product,
        cohort_prn=cohort,
        tags="beta, indoor",
        description="x",
        target="arm",
        certificates=f"{first.pem}\n{second.pem}",
    )

    (reported,) = _run(line, row)

    with line.client() as client:
        (device,) = client.devices.all()
        certificates = {each.fingerprint for each in client.device_certificates.all()}
    assert (reported.result, reported.device_prn) == (Result.CREATED, device.prn)
    assert (device.cohort_prn, device.tags) == (cohort, ["beta", "indoor"])
    assert (device.description, device.target) == ("x", "arm")
    assert certificates == {first.fingerprint, second.fingerprint}


def test_a_row_that_fails_does_not_stop_the_next(line: Line, product: str) -> None:
    nowhere = product.replace("product", "cohort")

    reports = _run(
        line,
        _row(product, "gw-1", 2, cohort_prn=nowhere),
        _row(product, "gw-2", 3, target="x" * 200),
        _row(product, "", 4),
        _row(product, "gw-4", 5),
    )

    assert _results(reports) == [Result.FAILED] * 3 + [Result.CREATED]
    assert [str(each.reason).split(":")[0] for each in reports[:2]] == ["cohort_prn", "target"]


def test_an_identifier_counts_once(line: Line, product: str) -> None:
    reports = _run(line, _row(product, line=2), _row(product, line=3))

    assert _results(reports) == [Result.CREATED, Result.FAILED]
    assert reports[1].reason == "has the identifier of line 2"


def test_what_exists_is_left_as_it_is_and_differences_are_named(line: Line, product: str) -> None:
    device = a_device_of(line.yard.api, product, "gw-1", tags=["a"], target="arm")

    (same,) = _run(line, _row(product, tags="a"))
    (other,) = _run(line, _row(product, tags="b", description="x", target="arm"))

    with line.client() as client:
        (found,) = client.devices.all()
    assert (same.result, same.device_prn, same.reason) == (Result.EXISTS, device["prn"], None)
    assert other.result is Result.EXISTS
    assert str(other.reason).startswith("with other ")
    assert {"tags", "description"} <= set(str(other.reason).replace(",", "").split())
    assert (found.tags, found.description) == (["a"], None)


def test_an_archived_device_exists(line: Line, product: str) -> None:
    device = a_device_of(line.yard.api, product, "gw-1")["prn"]
    with line.client() as client:
        client.devices.change(device, DeviceChanges(archived=True))

    (reported,) = _run(line, _row(product))

    assert (reported.result, reported.device_prn) == (Result.EXISTS, device)


def test_an_import_that_broke_off_goes_on(line: Line, product: str) -> None:
    issued = a_device("gw-1")
    rows = [_row(product, certificates=issued.pem), _row(product, "gw-2", 3)]
    away = when("POST", "/device_certificates", lambda _: httpx.Response(503))
    line.faults.append(away)
    with pytest.raises(Unavailable):
        _run(line, *rows)
    line.faults.remove(away)

    reports = _run(line, *rows)
    again = _run(line, *rows)

    with line.client() as client:
        certificates = [each.fingerprint for each in client.device_certificates.all()]
    assert _results(reports) == [Result.EXISTS, Result.CREATED]
    assert _results(again) == [Result.EXISTS, Result.EXISTS]
    assert certificates == [issued.fingerprint]


def test_a_certificate_of_another_device_is_no_success(line: Line, product: str) -> None:
    issued = a_device("gw-1")
    _run(line, _row(product, certificates=issued.pem))
    with line.client() as client:
        (device,) = client.devices.all()
    impostor = a_device_of(line.yard.api, product, "gw-2")["prn"]
    line.faults.append(
        when(
            "GET",
            "/devices",
            lambda _: httpx.Response(
                200,
                json={
                    "devices": [{**device.model_dump(mode="json"), "prn": impostor}],
                    "next_page": None,
                },
            ),
        )
    )

    (reported,) = _run(line, _row(product, certificates=issued.pem))

    assert reported.result is Result.FAILED
    assert "not its certificate" in str(reported.reason)


def test_a_rehearsal_changes_nothing(line: Line, product: str) -> None:
    cohort = a_cohort(line.yard.api, product)
    other = a_product(line.yard.api, "other")
    a_device_of(line.yard.api, product, "gw-1")
    rows = [
        _row(product, "gw-1", 2),
        _row(product, "gw-2", 3, cohort_prn=cohort),
        _row(other, "gw-3", 4, cohort_prn=cohort),
        _row(product.replace("1", "2"), "gw-4", 5),
        _row(product, "gw-2", 6),
    ]
    line.sent.clear()

    reports = _run(line, *rows, is_rehearsal=True)

    assert {each.method for each in line.sent} == {"GET"}
    assert _results(reports) == [
        Result.EXISTS,
        Result.WOULD_CREATE,
        *[Result.FAILED] * 3,
    ]
    assert "the product has no" in str(reports[2].reason)


def test_rows_are_read_as_they_are_needed(line: Line, product: str, tmp_path: Path) -> None:
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    for number in range(50):
        table.writerow({"identifier": f"gw-{number}", "product_prn": product})
    path = tmp_path / "devices.csv"
    path.write_text(text.getvalue(), encoding="utf-8")

    with line.client() as client:
        reports = import_devices(client, read_rows(path))
        first = next(reports)
        sent = len(line.sent)

    assert (first.identifier, first.result, sent) == ("gw-0", Result.CREATED, 1)
