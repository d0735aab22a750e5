"""A TLS certificate and its key, before anybody relies on them."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True, slots=True)
class Pair:
    """The same file may have both."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Validity:
    begins: datetime
    ends: datetime


class CertificateWrong(Exception):
    """Says in words for the operator what is wrong with which file."""


def examined(certificate: Path, key: Path, now: datetime) -> Validity:
    """How long they can be used. Refuses files that no server could use now."""
    for path in (certificate, key):
        if not path.is_file():
            raise CertificateWrong(f"no such file: {path}")
    found = _certificate(certificate)
    _check_key(key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        message = f"the key in {key} is not that of the certificate in {certificate}"
        raise CertificateWrong(message) from error
    validity = Validity(found.not_valid_before_utc, found.not_valid_after_utc)
    if now >= validity.ends:
        message = f"the certificate in {certificate} expired on {validity.ends:%Y-%m-%d}; renew it"
        raise CertificateWrong(message)
    if now < validity.begins:
        message = (
            f"the certificate in {certificate} is not valid before {validity.begins:%Y-%m-%d};"
            " look at the clock of this machine"
        )
        raise CertificateWrong(message)
    return validity


def _certificate(path: Path) -> x509.Certificate:
    """The server's own, which is the first; those that lead to an authority follow it."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise CertificateWrong(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise CertificateWrong(f"{path} is no certificate in PEM") from error


def _check_key(path: Path) -> None:
    try:
        load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CertificateWrong(f"cannot read {path}: {error.strerror}") from error
    except TypeError as error:  # its way to say that a password is needed
        message = (
            f"the key in {path} is encrypted, and a server cannot be asked for its password:"
            f" openssl pkey -in {path} -out FILE makes a key without one"
        )
        raise CertificateWrong(message) from error
    except ValueError as error:
        raise CertificateWrong(f"{path} is no private key in PEM") from error
