"""A line to a yard on SQLite: what differs between databases is not the client's business."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.line import Line
from tests.shelves import a_disk_shelf
from tests.yard import a_yard, copy_sqlite


@pytest.fixture
def line(sqlite_template: Path, tmp_path: Path) -> Iterator[Line]:
    url = copy_sqlite(sqlite_template, tmp_path / "records.sqlite3")
    with a_yard(url, a_disk_shelf(tmp_path / "content")) as yard:
        yield Line(yard)
