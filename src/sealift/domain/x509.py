"""What a certificate says, and what it may be registered for.

A certificate is read whole before anything is believed of it: one that cannot be read to its
end is refused, and so is one that no TLS server would shake hands with. Who issued it is a
matter of names and a signature, never of time. Whether it has expired is asked where that
matters: when it is registered, and when a device is made for it.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealift.domain.errors import CertificateWrong

LONGEST_NAME: Final = 64  # characters of a common name, as X.520 has it

_LARGEST: Final = 64 * 1024
_RSA_BITS: Final = range(2048, 8192 + 1)  # less is weak, more makes each handshake costly
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_WEAK: Final = (hashes.MD5, hashes.SHA1)
_BEGIN: Final = b"-----BEGIN"
_UNREADABLE: Final = (
    ValueError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)

_Known = TypeVar("_Known", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Fingerprint and key identifiers are uppercase hex; there may be no usable common name."""

    der: bytes
    fingerprint: str
    serial: str
    not_before: datetime
    not_after: datetime
    common_name: str | None
    subject_key_identifier: str | None
    authority_key_identifier: str | None
    is_ca: bool


def read(given: str, field: str = "certificate") -> Certificate:
    """The one certificate in base64 of a PEM file or of DER, or in the text of a PEM."""
    try:
        raw = given.strip().encode("ascii")
        if _BEGIN not in raw:
            raw = base64.b64decode(b"".join(raw.split()), validate=True)
        ders = _in_pem(raw) if _BEGIN in raw else [raw]
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise _wrong("must be a certificate, as base64 of its PEM file", field) from error
    if len(ders) != 1:
        raise _wrong(f"must be one certificate, and these are {len(ders)}", field)
    return of_der(ders[0], field)


def _in_pem(raw: bytes) -> list[bytes]:
    return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(raw)]


def of_der(der: bytes, field: str | None = None) -> Certificate:
    if len(der) > _LARGEST:
        raise _wrong(f"must have at most {_LARGEST:,} bytes", field)
    try:
        return _read(der, field)
    except _UNREADABLE as error:
        raise _wrong("cannot be read as a certificate", field) from error


def _read(der: bytes, field: str | None) -> Certificate:
    parsed = x509.load_der_x509_certificate(der)
    _check_key(parsed.public_key(), field)
    for extension in parsed.extensions:
        if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension):
            oid = extension.oid.dotted_string
            raise _wrong(f"has the critical extension {oid}, which nobody here knows", field)
    if parsed.serial_number <= 0:
        raise _wrong(f"must have a positive serial number, not {parsed.serial_number}", field)
    subject_key = _extension(parsed, x509.SubjectKeyIdentifier)
    authority_key = _extension(parsed, x509.AuthorityKeyIdentifier)
    constraints = _extension(parsed, x509.BasicConstraints)
    return Certificate(
        der=der,
        fingerprint=parsed.fingerprint(hashes.SHA256()).hex().upper(),
        serial=str(parsed.serial_number),
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        common_name=_common_name(parsed),
        subject_key_identifier=_hex(subject_key.digest if subject_key else None),
        authority_key_identifier=_hex(authority_key.key_identifier if authority_key else None),
        is_ca=constraints is not None and constraints.ca,
    )


def _wrong(message: str, field: str | None = "certificate") -> CertificateWrong:
    return CertificateWrong(f"is invalid: {message}", field=field)


def _check_key(key: object, field: str | None) -> None:
    match key:
        case rsa.RSAPublicKey():
            if key.key_size not in _RSA_BITS:
                bits = f"{_RSA_BITS[0]} to {_RSA_BITS[-1]}"
                raise _wrong(f"an RSA key must have {bits} bits, not {key.key_size}", field)
        case ec.EllipticCurvePublicKey():
            if not isinstance(key.curve, _CURVES):
                raise _wrong(f"must use P-256, P-384 or P-521, not {key.curve.name}", field)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            pass
        case _:
            raise _wrong("must have an RSA, EC, Ed25519 or Ed448 key", field)


def _extension(parsed: x509.Certificate, kind: type[_Known]) -> _Known | None:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _common_name(parsed: x509.Certificate) -> str | None:
    """Of several, none is the name."""
    names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    value = names[0].value if len(names) == 1 else None
    return value if isinstance(value, str) and value else None


def _hex(identifier: bytes | None) -> str | None:
    return identifier.hex().upper() if identifier is not None else None


# --- who issued it -------------------------------------------------------------------------------


def issued_by(child: Certificate, ca: Certificate) -> bool:
    """Whether the CA's key signed it, and both say so. Nothing stands between the two."""
    claimed, offered = child.authority_key_identifier, ca.subject_key_identifier
    if not ca.is_ca or (claimed and offered and claimed != offered):
        return False
    parsed = x509.load_der_x509_certificate(child.der)
    try:
        if isinstance(parsed.signature_hash_algorithm, _WEAK):
            return False
        parsed.verify_directly_issued_by(x509.load_der_x509_certificate(ca.der))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def must_prove_possession(ca: Certificate, verification: Certificate, code: str) -> None:
    """Who registers a CA has its key: it signed a certificate with our code for a name."""
    field = "verification_certificate"
    if verification.common_name != code:
        message = f"its common name must be the verification code, not {verification.common_name}"
        raise _wrong(message, field)
    if not issued_by(verification, ca):
        raise _wrong("must be signed by the key of the CA certificate", field)


# --- what it may be registered for ---------------------------------------------------------------


def has_expired(certificate: Certificate, now: datetime) -> bool:
    return now > certificate.not_after


def must_be_ca(certificate: Certificate, now: datetime) -> None:
    """Refuse what cannot vouch for devices, or no longer."""
    parsed = x509.load_der_x509_certificate(certificate.der)
    usage = _extension(parsed, x509.KeyUsage)
    if not certificate.is_ca:
        raise _wrong("must be of a CA, and its basic constraints do not say so")
    if usage is not None and not usage.key_cert_sign:
        raise _wrong("its key usage must allow to sign certificates")
    _must_serve_clients(parsed)
    _must_not_have_expired(certificate, now)


def identifier_in(certificate: Certificate) -> str:
    """The identifier of the device that shows it."""
    name = certificate.common_name
    if name is None or len(name) > LONGEST_NAME:
        message = f"must have one common name of 1 to {LONGEST_NAME} characters: the identifier"
        raise _wrong(message)
    return name


def must_be_device(certificate: Certificate, identifier: str, now: datetime) -> None:
    """Refuse what a device of that identifier cannot show, or no longer."""
    parsed = x509.load_der_x509_certificate(certificate.der)
    usage = _extension(parsed, x509.KeyUsage)
    if certificate.is_ca:
        raise _wrong("must be of a device, and its basic constraints say that it is a CA")
    if identifier_in(certificate) != identifier:
        names = f"{certificate.common_name}, and the device's identifier is {identifier}"
        raise _wrong(f"its common name is {names}")
    if usage is not None and not (usage.digital_signature or usage.key_agreement):
        raise _wrong("its key usage must allow digital signatures")
    _must_serve_clients(parsed)
    _must_not_have_expired(certificate, now)


def _must_serve_clients(parsed: x509.Certificate) -> None:
    """An extended key usage, where there is one, binds a CA as well as those below it."""
    usage = _extension(parsed, x509.ExtendedKeyUsage)
    if usage is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise _wrong("its extended key usage must include client authentication")


def _must_not_have_expired(certificate: Certificate, now: datetime) -> None:
    if has_expired(certificate, now):
        raise _wrong(f"expired on {certificate.not_after:%Y-%m-%d}")
