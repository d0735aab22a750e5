"""Keys that sign what we hand out and later check: links and cursors.

Keys are shared by all servers and may be rotated: the newest signs, all verify. An unknown
key is looked up again, at most once a second, so that a rotation needs no restart and a
flood of forgeries no database. Known ones are looked up once a minute, so that a key which
was forgotten opens nothing for longer than that; they go on working while the records are
away.
"""

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from sealift.domain.errors import Unavailable

_FRESH_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 1.0


class Keyring:
    """`load` returns keys by id, the newest last; `clock` counts seconds."""

    def __init__(
        self, load: Callable[[], Mapping[str, bytes]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._keys: Mapping[str, bytes] = {}
        self._loaded = float("-inf")

    def sign(self, message: str) -> tuple[str, str]:
        """The id of the key and the signature, both fit for a URL."""
        if self._age() > _FRESH_SECONDS:
            self._reload()
        key_id = list(self._keys)[-1]
        return key_id, _encode(_mac(self._keys[key_id], message))

    def verifies(self, key_id: str, signature: str, message: str) -> bool:
        if key_id in self._keys:
            self._refresh()
        elif self._age() > _PATIENCE_SECONDS:
            self._reload()
        key = self._keys.get(key_id)
        given = _decode(signature)
        # Compared as bytes and in constant time; text that does not decode is refused before.
        return (
            key is not None and given is not None and hmac.compare_digest(_mac(key, message), given)
        )

    def _refresh(self) -> None:
        if self._age() > _FRESH_SECONDS:
            self._loaded = self._clock()  # one try a minute, even if it fails
            with suppress(Unavailable):
                self._reload()

    def _reload(self) -> None:
        self._keys = self._load()
        self._loaded = self._clock()

    def _age(self) -> float:
        return self._clock() - self._loaded


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
