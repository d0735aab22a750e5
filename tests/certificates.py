"""Certificates that exist for a test: of CAs, of devices, and of nobody in particular."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Extension: TypeAlias = tuple[x509.ExtensionType, bool]  # and whether it is critical
Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

BEGINS: Final = datetime(2020, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2120, 1, 1, tzinfo=UTC)
CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: Key

    @property
    def name(self) -> str:
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def as_sent(self) -> str:
        """As clients of the Admin API send it."""
        return base64.b64encode(self.pem.encode()).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex().upper()

    def written(self, folder: Path, name: str = "device") -> tuple[Path, Path]:
        """The files that a TLS client wants: certificate and key."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
        certificate.write_text(self.pem)
        key.write_text(self.key_pem)
        return certificate, key


def issue(
    *names: str,
    by: Issued | None = None,
    key: Key | None = None,
    is_ca: bool | None = False,
    further: Sequence[Extension] = (),
    ends: datetime = ENDS,
    serial: int | None = None,
    names_keys: bool = True,
) -> Issued:
    """A certificate for these common names; without an issuer it is signed by its own key.

    It names both keys unless told otherwise.
    """
    own = key or ec.generate_private_key(ec.SECP256R1())
    signer = by.key if by else own
    subject = _name(*names)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ends)
    )
    extensions = [*(_keys(own, signer) if names_keys else ()), *further]
    if is_ca is not None:
        extensions.append((x509.BasicConstraints(ca=is_ca, path_length=None), True))
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(builder.sign(signer, digest), own)


def _keys(own: Key, signer: Key) -> list[Extension]:
    return [
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ]


def _name(*names: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, each, _validate=False) for each in names]
    )


def a_ca(name: str = "A CA of ours", ends: datetime = ENDS) -> Issued:
    return issue(name, is_ca=True, ends=ends)


def a_device(identifier: str, by: Issued | None = None, ends: datetime = ENDS) -> Issued:
    return issue(identifier, by=by, further=[used_by(CLIENT)], ends=ends)


def used_by(*sides: x509.ObjectIdentifier) -> Extension:
    return x509.ExtendedKeyUsage(sides), False


def used_to(*named: str) -> Extension:
    """Exactly these uses of the key, by the names that `cryptography` has for them."""
    known = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: each in named for each in known}), True
