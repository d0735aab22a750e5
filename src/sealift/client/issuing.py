"""Makes certificates: of a CA, of what it vouches for, or of a device that stands alone.

A key is made here, on this side, with its certificate. It is P-256, which every device and every
TLS library of today knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealift.client.files import read_small
from sealift.client.local import LocalTrouble

Key: TypeAlias = (
    ec.EllipticCurvePrivateKey
    | rsa.RSAPrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)
Extension: TypeAlias = tuple[x509.ExtensionType, bool]  # and whether it is critical

_KEYS: Final = (
    ec.EllipticCurvePrivateKey,
    rsa.RSAPrivateKey,
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
)
_EARLIER: Final = timedelta(days=1)  # clocks of devices are not always right


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _usage(*named: str) -> Extension:
    unused = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(unused | dict.fromkeys(named, True))), True


_END: Final[Extension] = x509.BasicConstraints(ca=False, path_length=None), True

OF_A_CA: Final[Sequence[Extension]] = (
    (x509.BasicConstraints(ca=True, path_length=0), True),
    _usage("key_cert_sign", "crl_sign"),
)
OF_A_DEVICE: Final[Sequence[Extension]] = (
    _END,
    _usage("digital_signature"),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
)
OF_A_SERVER: Final[Sequence[Extension]] = (
    _END,
    _usage("digital_signature"),
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
)
# It proves that a CA's key was at hand, and lets nobody in.
OF_A_PROOF: Final[Sequence[Extension]] = (_END, _usage("content_commitment"))


def issue(
    name: str,
    extensions: Sequence[Extension],
    begins: datetime,
    lasts: timedelta,
    by: Issued | None = None,
) -> Issued:
    """Without an issuer it is signed by its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = by.key if by is not None else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by is not None else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - _EARLIER)
        .not_valid_after(begins + lasts)
    )
    for extension, is_critical in (*extensions, (own, False), (issuer, False)):
        builder = builder.add_extension(extension, is_critical)
    has_own_hash = isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
    return Issued(builder.sign(signer, None if has_own_hash else hashes.SHA256()), key)


def read_issuer(certificate: Path, key: Path) -> Issued:
    """A CA from its two files."""
    try:
        found = x509.load_pem_x509_certificate(read_small(certificate))
    except ValueError as error:
        raise LocalTrouble(f"{certificate} is no certificate in PEM") from error
    try:
        own = load_pem_private_key(read_small(key), password=None)
    except TypeError as error:  # its way to say that a password is needed
        message = f"{key} is encrypted; only keys without a passphrase can be used"
        raise LocalTrouble(message) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise LocalTrouble(f"{key} holds no private key in PEM") from error
    if not isinstance(own, _KEYS) or own.public_key() != found.public_key():
        raise LocalTrouble(f"the key in {key} is not that of the certificate in {certificate}")
    return Issued(found, own)
