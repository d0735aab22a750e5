"""`sealift devices import`: a line for each row, and how it ends."""

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Desk
from tests.client.line import Line
from tests.yard import a_product


@pytest.fixture
def table(line: Line, tmp_path: Path) -> Path:
    """One device, and a row that has no identifier."""
    product = a_product(line.yard.api)
    path = tmp_path / "devices.csv"
    path.write_text(f"identifier,product_prn\ngw-1,{product}\n,{product}\n")
    return path


def test_each_row_is_a_line_of_json(desk: Desk, table: Path) -> None:
    ended = desk.run("devices", "import", str(table))

    first, second = (json.loads(line) for line in ended.out.splitlines())
    assert (first["line"], first["identifier"], first["result"]) == (2, "gw-1", "created")
    assert first["device_prn"].startswith("prn:1:")
    assert (second["line"], second["result"]) == (3, "failed")
    assert second["reason"] == "identifier is empty"
    assert (ended.status, ended.lines) == (1, ["2 rows: 1 created, 1 failed"])


def test_a_table_for_people_has_a_line_for_each_row(desk: Desk, table: Path) -> None:
    desk.run("devices", "import", str(table))

    ended = desk.run("devices", "import", str(table), "--output", "table")

    assert ended.out.splitlines() == [
        "     2  gw-1  exists",
        "     3  -  failed: identifier is empty",
    ]


def test_a_rehearsal_says_what_would_be_done(desk: Desk, table: Path) -> None:
    table.write_text(table.read_text().rpartition(",")[0].rpartition("\n")[0] + "\n")

    rehearsed = desk.run("devices", "import", str(table), "--dry-run")
    imported = desk.run("devices", "import", str(table))

    assert json.loads(rehearsed.out)["result"] == "would create"
    assert json.loads(imported.out)["result"] == "created"
    assert (rehearsed.status, imported.status) == (0, 0)


def test_a_file_without_rows_is_said_to_have_none(desk: Desk, table: Path) -> None:
    table.write_text("identifier,product_prn\n")

    ended = desk.run("devices", "import", str(table))

    assert (ended.status, ended.lines) == (0, ["the file has no rows"])


def test_a_file_that_is_no_table_is_bad_data(desk: Desk, tmp_path: Path) -> None:
    ended = desk.run("devices", "import", str(tmp_path / "missing.csv"))

    assert ended.status == 65
    assert ended.lines[0].startswith("error: cannot read")
