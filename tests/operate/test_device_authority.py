"""The authority that the device door makes for itself, and the certificate below it."""

import os
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sealift.operate.certificates import CertificateWrong, Pair, examined
from sealift.operate.device_authority import authority_in, keep_showing, names_for, prepared

_NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
_NAMES: Final = ["localhost", "127.0.0.1", "devices.example"]


def _made(folder: Path, names: Sequence[str] = _NAMES, now: datetime = _NOW) -> x509.Certificate:
    return x509.load_pem_x509_certificate(prepared(folder, names, now).certificate.read_bytes())


def test_the_door_is_trusted_by_the_authority_and_for_its_names(tmp_path: Path) -> None:
    server = _made(tmp_path)
    authority = x509.load_pem_x509_certificate(authority_in(tmp_path).read_bytes())

    server.verify_directly_issued_by(authority)
    found = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    used_by = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert found.get_values_for_type(x509.DNSName) == ["localhost", "devices.example"]
    assert found.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1")]
    assert list(used_by) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert ssl.create_default_context(cafile=authority_in(tmp_path)).cert_store_stats()["x509_ca"]


def test_only_its_owner_can_read_a_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        prepared(tmp_path, _NAMES, _NOW)
    finally:
        os.umask(before)

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "device-tls").iterdir()}

    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o600}
    assert (tmp_path / "device-tls").stat().st_mode & 0o777 == 0o700


def test_what_is_good_is_left_as_it_is(tmp_path: Path) -> None:
    first = _made(tmp_path)

    assert _made(tmp_path, now=_NOW + timedelta(days=300)) == first


@pytest.mark.parametrize(
    ("names", "later"),
    [(_NAMES, timedelta(days=340)), ([*_NAMES, "another"], timedelta(0))],
    ids=["ends soon", "another name"],
)
def test_the_certificate_is_made_anew_and_the_authority_stays(
    tmp_path: Path, names: Sequence[str], later: timedelta
) -> None:
    first = _made(tmp_path)
    authority = authority_in(tmp_path).read_bytes()

    second = _made(tmp_path, names, _NOW + later)

    assert second.serial_number != first.serial_number
    assert second.not_valid_after_utc == _NOW + later + timedelta(days=397)
    assert authority_in(tmp_path).read_bytes() == authority


@pytest.mark.parametrize("content", [b"", b"cut off in the middle"])
def test_a_broken_certificate_is_made_anew(tmp_path: Path, content: bytes) -> None:
    _made(tmp_path)
    server = tmp_path / "device-tls" / "server.pem"
    server.write_bytes(content)

    _made(tmp_path)

    assert examined(server, server, _NOW).ends > _NOW


def test_a_crash_before_the_authority_is_whole_does_no_harm(tmp_path: Path) -> None:
    _made(tmp_path)
    authority_in(tmp_path).unlink()
    (tmp_path / "device-tls" / "ca.tmp").write_bytes(b"half of it")

    server = _made(tmp_path)

    authority = x509.load_pem_x509_certificate(authority_in(tmp_path).read_bytes())
    server.verify_directly_issued_by(authority)
    assert not (tmp_path / "device-tls" / "ca.tmp").exists()


def test_an_authority_without_its_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    _made(tmp_path)
    (tmp_path / "device-tls" / "ca-key.pem").unlink()

    with pytest.raises(CertificateWrong, match="put its files back"):
        prepared(tmp_path, [*_NAMES, "another"], _NOW)


def test_the_key_of_another_authority_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    _made(one)
    _made(other)
    (other / "device-tls" / "ca-key.pem").replace(one / "device-tls" / "ca-key.pem")

    with pytest.raises(CertificateWrong, match="is not that of the certificate"):
        prepared(one, [*_NAMES, "another"], _NOW)


def test_a_name_that_no_certificate_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateWrong, match="cannot be a name"):
        prepared(tmp_path, ["gerät.example"], _NOW)


@pytest.mark.parametrize(
    ("host", "url", "further", "has"),
    [
        ("192.0.2.7", None, (), {"192.0.2.7"}),
        ("::", "https://sealift.example:8000/x", ("devices.example",), {"sealift.example"}),
        ("0.0.0.0", None, ("devices.example",), {"devices.example"}),  # noqa: S104
    ],
)
def test_a_door_has_all_names_that_it_can_be_called_by(
    host: str, url: str | None, further: Sequence[str], has: set[str]
) -> None:
    names = names_for(host, url, further)

    assert has | {"localhost", "127.0.0.1", "::1"} <= set(names)
    assert not {"0.0.0.0", "::"} & set(names)  # noqa: S104
    assert len(names) == len(set(names))


def test_another_certificate_is_shown_once_it_is_there(tmp_path: Path) -> None:
    names, shown = list(_NAMES), list[Pair]()
    pair = prepared(tmp_path, names, _NOW)

    prepare = lambda: prepared(tmp_path, names, _NOW)  # noqa: E731
    end = keep_showing(pair, prepare, shown.append, every=0.02)
    time.sleep(0.1)
    before = list(shown)
    names.append("another")
    deadline = time.monotonic() + 10
    while not shown and time.monotonic() < deadline:
        time.sleep(0.02)
    end.set()

    assert before == []
    assert shown == [pair]
