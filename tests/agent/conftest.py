"""A server that can lie, and a device that asks it. Both are real, so sockets are open here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.device import Device, a_device
from tests.agent.lying_server import LyingServer, a_lying_server

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LyingServer]:
    with a_lying_server(tmp_path / "server") as lying:
        yield lying


@pytest.fixture
def device(tmp_path: Path, server: LyingServer) -> Device:
    return a_device(tmp_path / "device", server)
