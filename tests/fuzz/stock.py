"""Resources that are there for random requests to hit; without them all that is tried is 404.

What a request used up is replaced, so each kind has at every moment a resource that can be
changed and deleted, and one that something else refers to.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_cohort,
    a_device,
    a_product,
    a_version,
    declare_part,
    digest,
    patch,
    upload,
)

LARGEST_KIND: Final = 4  # the most resources of one kind
_NUMBERS: Final = count(1)


@dataclass
class Stock:
    yard: Yard
    prns: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  # by kind
    values: dict[str, object] = field(default_factory=dict[str, object])  # by field of a body

    def __post_init__(self) -> None:
        version = a_version(self.yard.api, f"kernel {next(_NUMBERS)}")
        shown = self.yard.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
        self.values = {"artifact_prn": shown["artifact_prn"], "artifact_version_prn": version}
        self._found_a_fleet()
        signer = _Signer(self.yard.api)
        once, destroyed = self.verified(), self.verified()
        only = signer.signs(once)
        signer.signs(destroyed)
        patch(self.yard.api, destroyed, state="destroyed")
        self.prns = {
            "artifact": [self._artifact(), shown["artifact_prn"]],
            "artifact_version": [a_version(self.yard.api, f"free {next(_NUMBERS)}"), version],
            "binary": [
                self.uploading()["prn"],
                self.verified()["prn"],
                once["prn"],
                destroyed["prn"],
            ],
            "binary_signature": [self._signature(), only],
            "cohort": [self._cohort(), str(self.values["cohort_prn"])],
            "device": [self._device(), self._device()],
            "product": [self._product(), str(self.values["product_prn"])],
            "signing_key": [_Signer(self.yard.api).prn, signer.prn],
        }
        self._offer_a_signature()
        self._offer_a_key()

    @property
    def key(self) -> bytes:
        """The header that the client of the yard sends."""
        return self.yard.api.headers["authorization"].encode()

    @property
    def foreign_organization(self) -> str:
        """The id of the other organization in the yard."""
        seen = self.yard.other.get("/users/me").json()["data"]
        return seen["organization_prn"].rpartition(":")[2]

    def path_of(self, kind: str) -> str:
        """The first of its kind, which can be changed and deleted."""
        plural = "binaries" if kind == "binary" else f"{kind}s"
        return f"/{plural}/{self.prns[kind][0]}"

    def path(self, names: Iterable[str], place: int) -> dict[str, object]:
        """What a path may be made of: of each kind the one at this place, or the last."""
        kinds = {name: self.prns.get(name.removesuffix("_prn"), [1]) for name in names}
        return {name: among[: place + 1][-1] for name, among in kinds.items()}

    def body(self, fields: Mapping[str, bool] | None) -> dict[str, object] | None:
        """One that is accepted now: what is in stock, and new texts for what else is needed."""
        if fields is None:
            return None
        new = {name: f"{name} {next(_NUMBERS)}" for name, is_needed in fields.items() if is_needed}
        return new | {name: self.values[name] for name in fields if name in self.values}

    def used(self, method: str, path: str, status: int, asked: object) -> None:
        """Replace what a request has used up."""
        if status >= 300:
            return
        fields = set(cast("dict[str, object]", asked)) if isinstance(asked, dict) else set[str]()
        moves = fields & {"state", "hash", "archived"}
        if method == "DELETE" or (method == "PATCH" and moves):
            self._replace(unquote(path.rpartition("/")[2]))
        elif method == "POST" and path == "/binary_signatures":
            self._offer_a_signature()
        elif "value" in fields:
            self._offer_a_key()

    def _replace(self, prn: str) -> None:
        for kind, prns in self.prns.items():
            if prn in prns:
                place = prns.index(prn)
                is_verified = kind == "binary" and place > 0
                prns[place] = self.verified()["prn"] if is_verified else self._makers[kind]()

    @property
    def _makers(self) -> dict[str, Callable[[], str]]:
        return {
            "artifact": self._artifact,
            "artifact_version": lambda: a_version(self.yard.api, f"free {next(_NUMBERS)}"),
            "binary": lambda: self.uploading()["prn"],
            "binary_signature": self._signature,
            "cohort": self._cohort,
            "device": self._device,
            "product": self._product,
            "signing_key": lambda: _Signer(self.yard.api).prn,
        }

    def _found_a_fleet(self) -> None:
        """A product, a cohort of it, and a device that is not hit: the product stays in use."""
        self.values["product_prn"] = self._product()
        self.values["cohort_prn"] = self._cohort()
        self._device()
        self.values |= {"poll_interval": 600, "tags": ["indoor"]}

    def _product(self) -> str:
        return a_product(self.yard.api, f"product {next(_NUMBERS)}")

    def _cohort(self) -> str:
        product = str(self.values["product_prn"])
        return a_cohort(self.yard.api, product, f"cohort {next(_NUMBERS)}")

    def _device(self) -> str:
        product = str(self.values["product_prn"])
        return a_device(self.yard.api, product, f"device {next(_NUMBERS)}")["prn"]

    def _artifact(self) -> str:
        answer = self.yard.api.post("/artifacts", json={"name": f"empty {next(_NUMBERS)}"})
        return answer.json()["artifact"]["prn"]

    def _signature(self) -> str:
        """One of two of its binary: the only one could not be deleted."""
        binary = self.verified()
        _Signer(self.yard.api).signs(binary)
        return _Signer(self.yard.api).signs(binary)

    def _binary(self, content: bytes = CONTENT) -> dict[str, Any]:
        version = str(self.values["artifact_version_prn"])
        return a_binary(self.yard.api, version, content, target=f"target {next(_NUMBERS)}")

    def uploading(self) -> dict[str, Any]:
        binary = self._binary()
        declare_part(self.yard.api, binary, 1, CONTENT)
        return binary

    def verified(self, content: bytes = CONTENT) -> dict[str, Any]:
        """A binary that can be signed."""
        binary = self._binary(content)
        upload(self.yard.api, binary, content)
        for state in ("hashable", "hashing"):
            patch(self.yard.api, binary, state=state)
        self.yard.work()
        return binary

    def _offer_a_signature(self) -> None:
        """The fields of bodies that are accepted only when they fit each other."""
        signer, binary = _Signer(self.yard.api), self.verified()
        self.values |= {
            "binary_prn": binary["prn"],
            "expected_binary_size": len(CONTENT),
            "hash": digest(CONTENT),
            "signature": signer.signature(binary),
            "signing_key_keyid": None,
            "signing_key_prn": signer.prn,
            "size": len(CONTENT),
        }

    def _offer_a_key(self) -> None:
        self.values["value"] = _public_half(_private_half(f"offered {next(_NUMBERS)}"))


def _private_half(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(digest(name.encode())))


def _public_half(private: Ed25519PrivateKey) -> str:
    return b64encode(private.public_key().public_bytes_raw()).decode()


class _Signer:
    """A registered key, and its private half."""

    def __init__(self, api: TestClient) -> None:
        name = f"key {next(_NUMBERS)}"
        self._api = api
        self._private = _private_half(name)
        made = api.post("/signing_keys", json={"name": name, "value": _public_half(self._private)})
        self.prn: str = made.json()["signing_key"]["prn"]

    def signature(self, binary: dict[str, Any]) -> str:
        return self._private.sign(binary["hash"].encode()).hex()

    def signs(self, binary: dict[str, Any]) -> str:
        """The PRN of the signature."""
        body = {
            "binary_prn": binary["prn"],
            "signing_key_prn": self.prn,
            "signature": self.signature(binary),
        }
        return self._api.post("/binary_signatures", json=body).json()["binary_signature"]["prn"]
