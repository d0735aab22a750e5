"""The door's own certificate, for who has none: signed by an authority that Sealift makes itself.

    device-tls/ca.pem         what devices trust the door by; shown at every start
    device-tls/ca-key.pem     readable by its owner only
    device-tls/server.pem     the door's certificate and its key, readable by its owner only

The authority is made once and stays: devices have it. The certificate below it is made anew
whenever it ends soon, or the door is to have other names. Each file appears whole or not at
all, and the authority's certificate after its key, so a crash leaves nothing half made.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealift.operate.certificates import CertificateWrong, Pair

FOLDER: Final = "device-tls"

_AUTHORITY_LASTS: Final = timedelta(days=30 * 365)
_SERVER_LASTS: Final = timedelta(days=397)  # more is refused by some clients
_SOON: Final = timedelta(days=60)
_EARLIER: Final = timedelta(days=1)  # clocks of devices are not always right
_EVERY_ADDRESS: Final = {"0.0.0.0", "::", ""}  # noqa: S104 - it is asked for, not chosen
_log: Final = logging.getLogger(__name__)


def names_for(host: str, public_url: str | None, further: Sequence[str]) -> list[str]:
    """Whatever the door may be called by on this machine, and what the operator adds."""
    bound = [] if host in _EVERY_ADDRESS else [host]
    public = [found] if public_url and (found := urlsplit(public_url).hostname) else []
    usual = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    return list(dict.fromkeys([*bound, *usual, *public, *further]))


def prepared(data_dir: Path, names: Sequence[str], now: datetime) -> Pair:
    """The door's pair, good for a while; made if need be."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").is_file():
        _make_authority(folder, now)
    server = folder / "server.pem"
    if not _serves(server, folder / "ca.pem", names, now):
        _make_server(folder, names, now)
    return Pair(server, server)


def authority_in(data_dir: Path) -> Path:
    return data_dir / FOLDER / "ca.pem"


def keep_showing(
    pair: Pair, prepare: Callable[[], Pair], show: Callable[[Pair], None], every: float = 3600.0
) -> threading.Event:
    """In a thread of its own: `show` what `prepare` returns whenever the files are others.

    What is returned ends that.
    """
    end = threading.Event()

    def look() -> None:
        shown = _content(pair)
        while not end.wait(every):
            try:
                current = prepare()
                if _content(current) != shown:
                    show(current)
                    shown = _content(current)
            except (CertificateWrong, OSError) as wrong:
                _log.warning("the device door keeps its certificate for now: %s", wrong)

    threading.Thread(target=look, name="certificate", daemon=True).start()
    return end


def _content(pair: Pair) -> tuple[bytes, bytes]:
    return pair.certificate.read_bytes(), pair.key.read_bytes()


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Sealift device door of {socket.gethostname()}")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _begun(name, name, key.public_key(), now, _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca-key.pem", _key_pem(key), 0o600)
    _write(folder / "ca.pem", certificate.public_bytes(Encoding.PEM), 0o644)


def _make_server(folder: Path, names: Sequence[str], now: datetime) -> None:
    authority, signer = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    name = _name("Sealift device door")
    certificate = (
        _begun(name, authority.subject, key.public_key(), now, _SERVER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(folder / "server.pem", certificate.public_bytes(Encoding.PEM) + _key_pem(key), 0o600)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    timed = builder.not_valid_before(now - _EARLIER).not_valid_after(now + lasts)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    return timed.serial_number(x509.random_serial_number()).add_extension(
        identifier, critical=False
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            found.append(_dns_name(name))
    return found


def _dns_name(text: str) -> x509.DNSName:
    try:
        return x509.DNSName(text)
    except ValueError as error:
        message = f"{text!r} cannot be a name in a certificate: {error}"
        raise CertificateWrong(message) from error


def _serves(server: Path, authority: Path, names: Sequence[str], now: datetime) -> bool:
    """Whether what is there can be shown for a while."""
    if not server.is_file():
        return False
    wanted = set(_alternatives(names))
    try:
        certificate = x509.load_pem_x509_certificate(server.read_bytes())
        issuer = x509.load_pem_x509_certificate(authority.read_bytes())
        certificate.verify_directly_issued_by(issuer)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, another one is made
        return False
    return set(found.value) == wanted and now + _SOON < certificate.not_valid_after_utc


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate, key = folder / "ca.pem", folder / "ca-key.pem"
    try:
        signer = load_pem_private_key(key.read_bytes(), password=None)
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise CertificateWrong(
            f"cannot use the authority in {folder}: {error}; put its files back, or remove"
            f" {certificate} to have a new one made, which devices then have to be given"
        ) from error
    is_its_own = signer.public_key() == found.public_key()
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or not is_its_own:
        raise CertificateWrong(f"the key in {key} is not that of the certificate in {certificate}")
    return found, signer


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others for a moment."""
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    unfinished.replace(path)
