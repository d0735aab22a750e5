"""What the machine's clients have at hand: contents, pieces of them, key pairs.

All of it goes by name, because Hypothesis looks closely at what it draws and prints it.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.actions.expected import SMALLEST_PART

_LONG: Final = b"\x5a" * SMALLEST_PART
PIECES: Final = {
    "hello": b"Hello, Binary\n",
    "first half": b"Hello, ",
    "last half": b"Binary\n",
    "twenty": b"twenty bytes of this",
    "long": _LONG,
    "end": b"end",
}
CONTENTS: Final = {
    "hello": b"Hello, Binary\n",
    "nothing": b"",
    "twenty": b"twenty bytes of this",
    "in two parts": _LONG + b"end",
}
SHORT: Final = ["hello", "nothing", "twenty"]
PAIRS: Final = [Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in range(3)]


@lru_cache
def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


BY_DIGEST: Final = {digest(each): each for each in (*CONTENTS.values(), *PIECES.values())}


@dataclass(frozen=True, slots=True)
class Delivery:
    """The bytes sent to a part's link, and what the request says of them."""

    body: bytes
    length: int
    checksum: str | None


def honest(piece: bytes) -> Delivery:
    return Delivery(piece, len(piece), digest(piece))


def public_value(pair: int) -> str:
    return b64encode(PAIRS[pair].public_key().public_bytes_raw()).decode()


def signature(pair: int, declared: str, how: str = "text") -> str:
    """Of a declared hash; each "other" way makes one that does not verify."""
    text = declared.encode()
    signed = {
        "text": (pair, text),
        "raw": (pair, bytes.fromhex(declared)),
        "upper": (pair, text),
        "other key": (pair + 1, text),
        "other text": (pair, digest(text).encode()),
    }
    signer, message = signed[how]
    made = PAIRS[signer % len(PAIRS)].sign(message).hex()
    return made.upper() if how == "upper" else made


def delivered(piece: bytes, how: str) -> Delivery:
    """As it should be, or otherwise."""
    declared = digest(piece)
    ways = {
        "right": honest(piece),
        "other": honest(bytes(len(piece))),
        "short": Delivery(piece[:-1], len(piece) - 1, declared),
        "silent": Delivery(piece, len(piece), None),
        # Announced as it should be, and then lost on its way.
        "spoilt": Delivery(bytes(len(piece)), len(piece), declared),
        "cut": Delivery(piece[:-1], len(piece), declared),
    }
    return ways[how]
