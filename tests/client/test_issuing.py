"""Certificates are made with any CA that somebody has, and files that are none are told apart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from sealift.client.files import read_small
from sealift.client.issuing import OF_A_DEVICE, issue, read_issuer
from sealift.client.local import LocalTrouble
from sealift.domain.x509 import issued_by, must_be_device, of_der
from tests import certificates
from tests.certificates import Key, a_ca

_NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
_YEAR: Final = timedelta(days=365)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["RSA", "P-521", "Ed25519"],
)
def test_a_ca_with_any_key_vouches_for_devices(tmp_path: Path, key: Key) -> None:
    ca = certificates.issue("A CA", is_ca=True, key=key)

    made = issue("device-1", OF_A_DEVICE, _NOW, _YEAR, read_issuer(*ca.written(tmp_path)))

    device = of_der(made.der)
    must_be_device(device, "device-1", _NOW)
    assert issued_by(device, of_der(ca.der))
    assert device.not_after == _NOW + _YEAR


def test_files_that_are_no_ca_are_refused_in_words(tmp_path: Path) -> None:
    ca = a_ca()
    certificate, key = ca.written(tmp_path, "ca")
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    locked = tmp_path / "locked.pem"
    password = BestAvailableEncryption(b"a password")
    locked.write_bytes(ca.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password))

    told: list[str] = []
    for one, other in (
        (nothing, key),
        (certificate, nothing),
        (certificate, locked),
        (certificate, tmp_path / "missing.pem"),
    ):
        with pytest.raises(LocalTrouble) as trouble:
            read_issuer(one, other)
        told.append(str(trouble.value))

    assert "is no certificate in PEM" in told[0]
    assert "holds no private key" in told[1]
    assert "is encrypted" in told[2]
    assert "cannot read" in told[3]


def test_a_file_that_no_key_can_be_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(1024 * 1024))

    with pytest.raises(LocalTrouble, match="too large"):
        read_small(path)
