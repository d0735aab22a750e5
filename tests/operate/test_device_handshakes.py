"""Who gets through a handshake of the device door, attacked with whatever comes to mind."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.certificates import SERVER, Issued, a_ca, a_device, issue, used_by, used_to
from tests.device_door import DeviceDoor, a_device_door, a_line, answer_on

pytestmark = pytest.mark.enable_socket

_PAST: Final = datetime(2021, 1, 1, tzinfo=UTC)
_PROMISED: Final = 1.0  # seconds until what is registered or removed counts
_CA: Final = a_ca("A registered CA")
_OLD_CA: Final = a_ca("A CA that has expired", ends=_PAST)
_ALONE: Final = issue("registered by itself")
_INTERMEDIATE: Final = issue("Intermediate", by=_CA, is_ca=True)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeviceDoor]:
    with a_device_door(tmp_path_factory.mktemp("door"), _CA, _OLD_CA, _ALONE) as made:
        yield made


@pytest.mark.parametrize(
    "device",
    [
        a_device("of a registered CA", _CA),
        _ALONE,
        a_device("expired", _CA, ends=_PAST),
        a_device("of a CA that has expired", _OLD_CA),
        issue("with an RSA key", by=_CA, key=rsa.generate_private_key(65537, 2048)),
        issue("with a larger curve", by=_CA, key=ec.generate_private_key(ec.SECP384R1())),
        issue("says little", by=_CA, is_ca=None, names_keys=False),
    ],
    ids=lambda device: device.name,
)
def test_these_shake_hands_and_the_application_is_told_who(
    door: DeviceDoor, device: Issued
) -> None:
    assert door.ask(device)["fingerprint"] == device.fingerprint


@pytest.mark.parametrize(
    "device",
    [
        a_device("of another CA", a_ca("Nobody's CA")),
        a_device("of a CA with the same name", a_ca("A registered CA")),
        issue("signed by itself"),
        issue("registered by itself"),
        a_device("of a device", _ALONE),
        issue("for servers", by=_CA, further=[used_by(SERVER)]),
        issue("may not sign", by=_CA, further=[used_to("key_encipherment")]),
        a_device("of an intermediate that it does not send", _INTERMEDIATE),
        issue("short", by=a_ca("Short"), key=rsa.generate_private_key(65537, 2048)),
    ],
    ids=lambda device: device.name,
)
def test_these_do_not_and_the_application_never_sees_them(door: DeviceDoor, device: Issued) -> None:
    with pytest.raises(httpx.TransportError):
        door.ask(device)


def test_who_has_no_certificate_is_for_the_application_to_refuse(door: DeviceDoor) -> None:
    assert door.ask()["fingerprint"] is None


def test_a_key_that_is_not_the_certificates_proves_nothing(door: DeviceDoor) -> None:
    stolen = Issued(_ALONE.certificate, ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        door.ask(stolen)


def test_a_header_does_not_stand_for_a_handshake(door: DeviceDoor) -> None:
    seen = door.ask(headers={"client-cert": _ALONE.pem.replace("\n", "%0A")})

    assert seen["fingerprint"] is None
    assert "client-cert" not in seen["headers"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_that_is_resumed_is_still_the_same_devices(
    door: DeviceDoor, version: ssl.TLSVersion
) -> None:
    device = a_device("device-1", _CA)
    context = door.context(device)
    context.minimum_version = context.maximum_version = version

    def ask(session: ssl.SSLSession | None) -> tuple[bytes, ssl.SSLSession | None, bool | None]:
        with a_line(door, context, session) as line:
            line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            return answer_on(line), line.session, line.session_reused

    first, session, _ = ask(None)
    second, _, is_resumed = ask(session)

    assert is_resumed
    assert device.fingerprint.encode() in first
    assert device.fingerprint.encode() in second


def test_tls_of_another_age_is_refused(door: DeviceDoor) -> None:
    old = door.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError), a_line(door, old):
        pass


@pytest.mark.parametrize(
    "said",
    [b"GET /echo HTTP/1.1\r\nhost: x\r\n\r\n", b"\xff" * 4096, b"\x16\x03\x01\x40\x00" + bytes(99)],
    ids=["plain HTTP", "noise", "a broken record"],
)
def test_what_is_no_tls_does_no_harm(door: DeviceDoor, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", door.port), 10) as line:
        line.sendall(said)

        assert door.lets_in(_ALONE)


def test_handshakes_that_stay_half_done_hold_up_nobody(door: DeviceDoor) -> None:
    hello = ssl.MemoryBIO()
    halfway = door.context(_ALONE).wrap_bio(ssl.MemoryBIO(), hello, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        halfway.do_handshake()
    lines = [socket.create_connection(("127.0.0.1", door.port), 10) for _ in range(300)]
    for number, line in enumerate(lines):
        line.sendall(hello.read() if number == 0 else b"\x16\x03\x01")

    begun = time.monotonic()
    is_let_in = door.lets_in(_ALONE)
    took = time.monotonic() - begun
    for line in lines:
        line.close()

    assert is_let_in
    assert took < 5


def test_what_is_registered_and_removed_counts_within_a_second(door: DeviceDoor) -> None:
    old, slowest = a_device("device-2", _CA), list[float]()
    while len(slowest) < 3 and min(slowest, default=_PROMISED) >= _PROMISED:  # it may be busy
        ca, alone = a_ca("A new CA"), issue("new by itself")
        device = a_device("device-1", ca)
        assert not door.lets_in(device)

        door.trust(_CA, _OLD_CA, _ALONE, ca, alone)
        came = door.until(device, is_let_in=True)
        assert door.lets_in(alone)
        door.trust(_CA, _OLD_CA, _ALONE)
        slowest.append(max(came, door.until(device, is_let_in=False)))

        assert not door.lets_in(alone)
        assert door.lets_in(old)
        assert door.lets_in(_ALONE)

    assert min(slowest) < _PROMISED


def test_a_certificate_that_openssl_cannot_read_keeps_no_other_out(door: DeviceDoor) -> None:
    broken = door.folder / "trusted" / "broken"
    newest = issue("the newest")
    broken.write_bytes(b"no certificate")
    door.trust(_CA, _OLD_CA, _ALONE)
    broken.write_bytes(b"no certificate")
    (door.folder / "trusted" / newest.fingerprint).write_bytes(newest.der)

    assert door.until(newest, is_let_in=True)
    door.trust(_CA, _OLD_CA, _ALONE)
