"""Ed25519 key pairs and signatures on this side; a private key never leaves it.

What is signed is the text of the hash, or, when asked for, its 32 raw bytes: newer device
agents try those first. Private keys are PKCS#8 PEM files, or base64 of 64 bytes (seed and
public key). A file with a private key is made with mode 0600 and never overwrites anything.
"""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sealift.client.files import read_small, write_both
from sealift.client.local import LocalTrouble
from sealift.domain.signature import public_key_pem, public_key_value

_SEED: Final = 32  # bytes
_RAW: Final = 64  # bytes: the seed, then the public key


class PrivateKey:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def make(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, text: bytes, source: str) -> Self:
        """From either form; `source` names it where it is refused."""
        if b"-----BEGIN" in text:
            return cls(_from_pem(text, source))
        return cls(_from_raw(text, source))

    @property
    def public_value(self) -> str:
        """Base64 of the raw public key, as it is registered."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, digest: str, *, raw: bool = False) -> str:
        """A signature over `digest` (lowercase hex) as 128 uppercase hex characters."""
        message = bytes.fromhex(digest) if raw else digest.encode("ascii")
        return self._key.sign(message).hex().upper()


@dataclass(frozen=True, slots=True)
class PairFiles:
    private: Path
    public: Path


def read_private_key(path: Path) -> PrivateKey:
    return PrivateKey.load(read_small(path), str(path))


def read_public_key(path: Path) -> str:
    """The raw public key as base64, from a PEM of either half."""
    text = read_small(path)
    if b"PRIVATE KEY" in text:
        return PrivateKey.load(text, str(path)).public_value
    return public_key_value(text.decode("utf-8", "replace").strip())


def write_pair(key: PrivateKey, directory: Path, name: str) -> PairFiles:
    """`NAME-private.pem` and `NAME-public.pem`, both or neither."""
    files = PairFiles(directory / f"{name}-private.pem", directory / f"{name}-public.pem")
    write_both(files.private, key.pem(), files.public, public_key_pem(key.public_value).encode())
    return files


def _from_pem(text: bytes, source: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text, password=None)
    except TypeError as error:
        message = f"{source} is encrypted; only keys without a passphrase can be used"
        raise LocalTrouble(message) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise LocalTrouble(f"{source} holds no private key in PKCS#8 PEM form") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LocalTrouble(f"{source} holds a private key that is not Ed25519")
    return key


def _from_raw(text: bytes, source: str) -> Ed25519PrivateKey:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _RAW:
        message = f"{source} holds neither a PKCS#8 PEM nor base64 of {_RAW} bytes"
        raise LocalTrouble(message)
    key = Ed25519PrivateKey.from_private_bytes(raw[:_SEED])
    if key.public_key() != Ed25519PublicKey.from_public_bytes(raw[_SEED:]):
        raise LocalTrouble(f"the two halves of the key in {source} do not belong together")
    return key
