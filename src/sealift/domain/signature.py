"""Signing keys and signatures: Ed25519 (RFC 8032, not the pre-hashed variant) only.

What is signed is the text of the hash: its 64 lowercase hex characters in ASCII.
Newer device agents sign the 32 raw bytes instead, so both are accepted; the text
is tried first. Only public keys ever come here; Sealift keeps signatures and does
not judge which keys a device should trust.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from sealift.domain.errors import KeyMalformed, SignatureWrong

_HEX: Final = re.compile(r"[0-9a-fA-F]{128}")
_RAW_LENGTH: Final = 32
_P: Final = 2**255 - 19
# The y of the eight points of small order: for such a key anybody can make signatures.
_OF_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _OF_ORDER_8, _P - _OF_ORDER_8})
_D: Final = -121665 * pow(121666, _P - 2, _P) % _P


def public_key_value(text: str) -> str:
    """The raw key as base64, from base64 of the 32 raw bytes or from a PEM."""
    raw = _raw_from_pem(text) if text.lstrip().startswith("-----BEGIN") else _raw_from_base64(text)
    if raw is None or not _is_point(raw):
        message = "is invalid: must be an Ed25519 public key, as base64 of its 32 bytes or as PEM"
        raise KeyMalformed(message, field="value")
    return base64.b64encode(raw).decode()


def _raw_from_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == _RAW_LENGTH else None


def _raw_from_pem(text: str) -> bytes | None:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def _is_point(raw: bytes) -> bool:
    """Whether the bytes decode to a point of the curve that can be a key (RFC 8032, 5.1.3).

    The crypto library takes any 32 bytes and fails later, at every signature; a key that
    can never verify anything must be refused when it is registered.
    """
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= _P or y in _SMALL_ORDER:
        return False
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x_squared = u * pow(v, _P - 2, _P) % _P
    return pow(x_squared, (_P - 1) // 2, _P) == 1


def key_id(value: str) -> str:
    """Lowercase hex SHA-256 of the raw public key."""
    return hashlib.sha256(base64.b64decode(value)).hexdigest()


def public_key_pem(value: str) -> str:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(value))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def verify(value: str, signature: str, digest: str, what: str) -> None:
    """Refuse unless `signature` (128 hex characters) over `digest` (hex) is by this key."""
    if not _HEX.fullmatch(signature):
        raise SignatureWrong("is invalid: must be 128 hex characters", field="signature")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(value))
    for message in (digest.encode("ascii"), bytes.fromhex(digest)):
        try:
            key.verify(bytes.fromhex(signature), message)
        except InvalidSignature:
            continue
        return
    raise SignatureWrong(f"Invalid signature: must sign the hash of the {what}", field="signature")
