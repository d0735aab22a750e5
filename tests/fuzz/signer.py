"""A registered signing key, and its private half."""

from base64 import b64encode
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from tests.yard import digest

_NUMBERS: Final = count(1)


def a_key_value() -> str:
    """Of a key that nobody has registered."""
    return _public_half(_private_half(f"offered {next(_NUMBERS)}"))


class Signer:
    def __init__(self, api: TestClient) -> None:
        name = f"key {next(_NUMBERS)}"
        self._api = api
        self._private = _private_half(name)
        made = api.post("/signing_keys", json={"name": name, "value": _public_half(self._private)})
        self.prn: str = made.json()["signing_key"]["prn"]

    def signature(self, signed: dict[str, Any]) -> str:
        """Of a binary or a bundle."""
        return self._private.sign(signed["hash"].encode()).hex()

    def signs(self, signed: dict[str, Any]) -> str:
        """The PRN of the signature."""
        kind = signed["prn"].split(":")[3]
        body = {
            f"{kind}_prn": signed["prn"],
            "signing_key_prn": self.prn,
            "signature": self.signature(signed),
        }
        answer = self._api.post(f"/{kind}_signatures", json=body)
        return answer.json()[f"{kind}_signature"]["prn"]


def _private_half(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(digest(name.encode())))


def _public_half(private: Ed25519PrivateKey) -> str:
    return b64encode(private.public_key().public_bytes_raw()).decode()
