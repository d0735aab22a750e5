"""Reading devices from CSV: what is read, and what is told of rows and files that are wrong."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from sealift.client.device_table import COLUMNS, Row, RowWrong, check, read_rows
from sealift.client.local import LocalTrouble
from tests.certificates import BEGINS, a_ca, a_device

_PRODUCT = "prn:1:00000000-0000-4000-8000-000000000001:product:00000000-0000-4000-8000-000000000002"
_HEADER = "identifier,product_prn,tags,certificates"


def _table(folder: Path, *lines: str) -> Path:
    path = folder / "devices.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _written(*cells: str) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().removesuffix("\n")


def _row(**cells: str) -> Row:
    return Row(2, {"identifier": "gw-1", "product_prn": _PRODUCT, **cells})


def test_rows_are_read_with_the_lines_they_begin_on(tmp_path: Path) -> None:
    pems = f"{a_device('gw-1').pem}\n{a_device('gw-1').pem}"
    path = _table(
        tmp_path,
        "\ufeff" + _HEADER,
        _written("gw-1", _PRODUCT, "beta, indoor", pems),
        "",
        _written(" gw-2 ", _PRODUCT, "", ""),
    )

    first, second = read_rows(path)

    assert (first.line, first.identifier, first.tags) == (2, "gw-1", ["beta", "indoor"])
    assert len(check(first)) == 2
    assert (second.line, second.cells) == (
        4 + pems.count("\n"),
        {"identifier": "gw-2", "product_prn": _PRODUCT},
    )


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    path = _table(tmp_path, ",".join(reversed(COLUMNS)), "arm,,,,,,gw-1")

    (row,) = read_rows(path)

    assert row.cells == {"target": "arm", "identifier": "gw-1"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"identifier\n", "needs a column 'product_prn'"),
        (b"identifier;product_prn\n", "must be separated by commas"),
        (b"identifier,product_prn,colour\n", "no use for a column 'colour'"),
        (b"identifier,product_prn,identifier\n", "the column 'identifier' more than once"),
        (b"identifier,product_prn\n\xff,x\n", "is not UTF-8 text"),
        (b'identifier,product_prn\na,b\n"c,d\n', "is no CSV from line 3 on"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "devices.csv"
    path.write_bytes(content)

    with pytest.raises(LocalTrouble, match=said):
        list(read_rows(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalTrouble, match="cannot read"):
        list(read_rows(tmp_path / "devices.csv"))


def test_a_row_with_other_cells_than_columns_is_wrong(tmp_path: Path) -> None:
    path = _table(tmp_path, _HEADER, "gw-1,x", f"gw-2,{_PRODUCT},,")

    wrong, right = read_rows(path)

    with pytest.raises(RowWrong, match="has 2 cells, the first line has 4"):
        check(wrong)
    assert check(right) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row(2, {"product_prn": _PRODUCT}), "identifier is empty"),
        (Row(2, {"identifier": "gw-1"}), "product_prn is empty"),
        (_row(product_prn="gateway"), "product_prn: 'gateway' is no PRN of a product"),
        (_row(cohort_prn=_PRODUCT), "is no PRN of a cohort"),
        (_row(certificates="a certificate"), "expected PEM certificates"),
        (_row(certificates=a_device("gw-1").key_pem), "has a private key"),
        (_row(certificates=a_device("gw-2").pem), "number 1 is invalid: its common name is gw-2"),
        (_row(certificates=a_ca("gw-1").pem), "number 1 is invalid: must be of a device"),
        (
            _row(
                certificates=a_device("gw-1").pem
                + a_device("gw-1", ends=BEGINS + timedelta(days=1)).pem
            ),
            "number 2 is invalid: expired",
        ),
        (
            _row(certificates="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            "number 1 is invalid",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: Row, said: str) -> None:
    with pytest.raises(RowWrong, match=said):
        check(row)
