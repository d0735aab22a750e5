"""Keys that sign what we hand out and later check: links and cursors.

Keys are shared by all servers and may be rotated: the newest signs, all verify. An unknown
key is looked up again, at most once a second, so that a rotation needs no restart and a
flood of forgeries no database.
"""

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from typing import Final

_FRESH_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 1.0


class Keyring:
    """`load` returns keys by id, the newest last."""

    def __init__(self, load: Callable[[], Mapping[str, bytes]]) -> None:
        self._load = load
        self._keys: Mapping[str, bytes] = {}
        self._loaded = float("-inf")

    def sign(self, message: str) -> tuple[str, str]:
        """The id of the key and the signature, both fit for a URL."""
        if time.monotonic() - self._loaded > _FRESH_SECONDS:
            self._reload()
        key_id = list(self._keys)[-1]
        return key_id, _encode(_mac(self._keys[key_id], message))

    def verifies(self, key_id: str, signature: str, message: str) -> bool:
        if key_id not in self._keys and time.monotonic() - self._loaded > _PATIENCE_SECONDS:
            self._reload()
        key = self._keys.get(key_id)
        given = _decode(signature)
        # Compared as bytes and in constant time; text that does not decode is refused before.
        return (
            key is not None and given is not None and hmac.compare_digest(_mac(key, message), given)
        )

    def _reload(self) -> None:
        self._keys = self._load()
        self._loaded = time.monotonic()


def _mac(key: bytes, message: str) -> bytes:
    return hmac.new(key, message.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes | None:
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    # One signature has one spelling.
    return raw if _encode(raw) == text else None
