"""Where the server may listen, given what is set."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from typer.testing import CliRunner

from sealift.main import app
from sealift.operate.reach import fault

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound
URL = "https://sealift.example"


@dataclass(frozen=True)
class Pair:
    certificate: Path | None = None
    key: Path | None = None


@pytest.mark.parametrize(
    ("host", "public_url", "insecure", "told"),
    [
        ("127.0.0.1", None, False, None),
        ("192.0.2.1", None, False, "in clear"),
        ("192.0.2.1", None, True, None),
        (EVERYWHERE, None, True, "SEALIFT_PUBLIC_URL"),
        ("::", None, True, "SEALIFT_PUBLIC_URL"),
        (EVERYWHERE, URL, True, None),
        (EVERYWHERE, URL, False, "in clear"),
    ],
)
def test_keys_do_not_travel_in_clear_and_links_lead_somewhere(
    host: str, public_url: str | None, told: str | None, *, insecure: bool
) -> None:
    found = fault(Pair(), public_url, host, insecure=insecure)

    assert found is None if told is None else told in str(found)


@dataclass(frozen=True)
class Files:
    """Of a certificate for localhost, and its key."""

    folder: Path

    @property
    def pair(self) -> Pair:
        return Pair(self.folder / "certificate.pem", self.folder / "key.pem")

    def told(self) -> str | None:
        return fault(self.pair, URL, "::", insecure=False)

    def write(self, begins: int = -1, ends: int = 90) -> trustme.LeafCert:
        """`begins` and `ends` are days from now."""
        now = datetime.now(UTC)
        issued = trustme.CA().issue_cert(
            "localhost",
            not_before=now + timedelta(days=begins),
            not_after=now + timedelta(days=ends),
        )
        self.certificate(issued.cert_chain_pems[0].bytes())
        self.key(issued.private_key_pem.bytes())
        return issued

    def certificate(self, content: bytes) -> None:
        (self.folder / "certificate.pem").write_bytes(content)

    def key(self, content: bytes) -> None:
        (self.folder / "key.pem").write_bytes(content)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.write()
    return made


def test_a_good_certificate_is_nobodys_fault(files: Files) -> None:
    assert files.told() is None


def test_a_certificate_and_its_key_are_set_together(files: Files) -> None:
    alone = [Pair(files.pair.certificate, None), Pair(None, files.pair.key)]

    found = [str(fault(each, URL, "::", insecure=False)) for each in alone]

    assert ["belong together" in each for each in found] == [True, True]


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_file_that_is_not_there_is_named(files: Files, name: str) -> None:
    (files.folder / name).unlink()

    assert files.told() == f"no such file: {files.folder / name}"


@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN NOTHING-----"])
def test_what_is_no_certificate_is_said_to_be_none(files: Files, content: bytes) -> None:
    files.certificate(content)

    assert files.told() == f"{files.pair.certificate} is no certificate in PEM"


def test_a_certificate_in_place_of_its_key_is_said_to_be_no_key(files: Files) -> None:
    assert files.pair.certificate is not None
    files.key(files.pair.certificate.read_bytes())

    assert files.told() == f"{files.pair.key} is no private key in PEM"


def test_the_key_of_another_certificate_is_refused(files: Files) -> None:
    files.key(Files(files.folder).write().private_key_pem.bytes())
    files.certificate(trustme.CA().issue_cert("localhost").cert_chain_pems[0].bytes())

    assert "is not that of the certificate" in str(files.told())


def test_an_encrypted_key_is_refused_with_the_way_to_open_it(files: Files) -> None:
    key = load_pem_private_key(files.write().private_key_pem.bytes(), None)
    locked = BestAvailableEncryption(b"a password")
    files.key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))

    told = str(files.told())

    assert "is encrypted" in told
    assert "openssl pkey -in" in told


@pytest.mark.parametrize(("begins", "ends", "told"), [(-9, -1, "expired"), (1, 9, "not valid")])
def test_a_certificate_is_used_in_its_time_only(
    files: Files, begins: int, ends: int, told: str
) -> None:
    files.write(begins, ends)

    assert told in str(files.told())


# --- as it is asked for --------------------------------------------------------------------------


def _served(folder: Path, **settings: str) -> str:
    """What `serve` says; the address is nobody's, so it ends there at the latest."""
    environment = {f"SEALIFT_{name}": value for name, value in settings.items()}
    words = ["serve", "--data-dir", str(folder), "--host", "192.0.2.1"]
    result = CliRunner().invoke(app, words, env=environment)
    assert result.exit_code == 1
    return result.stderr


@pytest.mark.enable_socket
def test_a_proxy_that_is_named_speaks_tls_in_its_place(tmp_path: Path) -> None:
    alone = _served(tmp_path)
    covered = _served(tmp_path, PROXY__ADDRESSES="192.0.2.2")

    assert "SEALIFT_PROXY__ADDRESSES" in alone
    assert covered.startswith("sealift: cannot listen on 192.0.2.1")


def test_the_device_doors_certificate_and_its_key_are_set_together(tmp_path: Path) -> None:
    told = _served(tmp_path, PROXY__ADDRESSES="192.0.2.2", DEVICE_TLS__KEY="key.pem")

    assert "SEALIFT_DEVICE_TLS__CERTIFICATE and SEALIFT_DEVICE_TLS__KEY belong together" in told
