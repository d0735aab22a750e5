"""A desk with a line to a whole Sealift in process, and one without."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import pytest
import structlog

from tests.cli.terminal import Desk
from tests.client.line import Line
from tests.shelves import a_disk_shelf
from tests.yard import BASE_URL, a_yard, copy_sqlite


class Unplugged(httpx.BaseTransport):
    """A line that nothing goes over."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)


@pytest.fixture(autouse=True)
def server_log() -> Iterator[StringIO]:
    """Where the server in this process writes: not to the command's standard output."""
    written = StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.reset_defaults()


@pytest.fixture
def line(sqlite_template: Path, tmp_path: Path) -> Iterator[Line]:
    url = copy_sqlite(sqlite_template, tmp_path / "records.sqlite3")
    with a_yard(url, a_disk_shelf(tmp_path / "content")) as yard:
        yield Line(yard)


@pytest.fixture
def desk(line: Line, tmp_path: Path) -> Desk:
    """With the server and the key in the environment."""
    environment = {"SEALIFT_BASE_URL": BASE_URL, "SEALIFT_API_KEY": line.key}
    return Desk(tmp_path / "config", line, environment)


@pytest.fixture
def offline(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "config", Unplugged(), {})
