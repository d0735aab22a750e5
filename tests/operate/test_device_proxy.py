"""The device door behind nginx as it is shipped, and what forged headers get there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from tests.certificates import CLIENT, SERVER, Issued, a_ca, a_device, issue, used_by
from tests.device_door import DeviceDoor, a_device_door
from tests.nginx import Nginx, an_nginx

pytestmark = pytest.mark.enable_socket

_PAST: Final = datetime(2021, 1, 1, tzinfo=UTC)
_CA: Final = a_ca("A registered CA")
_DEVICE: Final = a_device("device-1", _CA)
_FORGED: Final = {"client-cert": quote(_DEVICE.pem), "x-forwarded-for": "192.0.2.7"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeviceDoor]:
    """It believes this machine by its usual address, and by no other that it has."""
    folder = tmp_path_factory.mktemp("door")
    with a_device_door(folder, proxies=["127.0.0.1"], host="0.0.0.0") as made:  # noqa: S104
        yield made


@pytest.fixture(scope="module")
def nginx(door: DeviceDoor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with an_nginx(tmp_path_factory.mktemp("nginx"), door.port, door.port) as made:
        yield made


def _asked(
    nginx: Nginx, door: DeviceDoor, device: Issued | None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    context = door.context(device, trusting=nginx.authority)
    with httpx.Client(base_url=nginx.device_url, verify=context, timeout=10) as client:
        return client.get("/echo", headers=headers).raise_for_status().json()


@pytest.mark.parametrize(
    "device",
    [
        _DEVICE,
        a_device("expired", _CA, ends=_PAST),
        issue("alone"),
        issue("alone and expired", further=[used_by(CLIENT)], ends=_PAST),
        issue("for servers", by=_CA, further=[used_by(SERVER)]),
        a_device("of another CA", a_ca("Nobody's CA")),
    ],
    ids=lambda device: device.name,
)
def test_nginx_passes_on_whatever_a_device_proved_to_have(
    nginx: Nginx, door: DeviceDoor, device: Issued
) -> None:
    seen = _asked(nginx, door, device)

    assert seen["fingerprint"] == device.fingerprint
    assert seen["client"] == "127.0.0.1"
    assert {"client-cert", "x-forwarded-for"}.isdisjoint(seen["headers"])


def test_who_shows_nothing_is_nobody(nginx: Nginx, door: DeviceDoor) -> None:
    assert _asked(nginx, door, None)["fingerprint"] is None


def test_a_header_that_a_client_sends_does_not_get_through(nginx: Nginx, door: DeviceDoor) -> None:
    other = issue("another")
    underscored = {"client_cert": quote(_DEVICE.pem)}

    alone = _asked(nginx, door, None, _FORGED | underscored)
    beside = _asked(nginx, door, other, _FORGED | underscored)

    assert alone["fingerprint"] is None
    assert beside["fingerprint"] == other.fingerprint
    assert alone["client"] == beside["client"] == "127.0.0.1"


def test_a_header_from_an_address_that_is_not_named_is_ignored(door: DeviceDoor) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        seen = client.get(f"http://127.0.0.1:{door.port}/echo", headers=_FORGED).json()

    assert seen["fingerprint"] is None
    assert seen["client"] == "127.0.0.2"
    assert {"client-cert", "x-forwarded-for"}.isdisjoint(seen["headers"])


def test_a_header_from_the_address_that_is_named_is_believed(door: DeviceDoor) -> None:
    seen = door.ask(headers=_FORGED)

    assert seen["fingerprint"] == _DEVICE.fingerprint
    assert seen["client"] == "192.0.2.7"


def test_a_body_comes_through_where_nginx_had_doubts(nginx: Nginx, door: DeviceDoor) -> None:
    expired = a_device("expired", _CA, ends=_PAST)
    context = door.context(expired, trusting=nginx.authority)

    with httpx.Client(base_url=nginx.device_url, verify=context, timeout=10) as client:
        seen = client.post("/device/reports?a=b", content=b"four").json()

    assert (seen["method"], seen["path"], seen["size"]) == ("POST", "/device/reports?a=b", 4)
    assert seen["fingerprint"] == expired.fingerprint
