"""Resources that are there for random requests to hit; without them all that is tried is 404.

What a request used up is replaced, so each kind has at every moment a resource that can be
changed and deleted, and one that something else refers to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast
from urllib.parse import unquote

from tests.fuzz.distributed import Distributed
from tests.fuzz.signer import Signer, a_key_value
from tests.yard import CONTENT, Yard, a_binary, a_version, declare_part, digest, patch, upload

LARGEST_KIND: Final = 4  # the most resources of one kind
_NUMBERS: Final = count(1)


@dataclass
class Stock:
    yard: Yard
    prns: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  # by kind
    values: dict[str, object] = field(default_factory=dict[str, object])  # by field of a body
    distributed: Distributed = field(init=False)

    def __post_init__(self) -> None:
        version = a_version(self.yard.api, f"kernel {next(_NUMBERS)}")
        shown = self.yard.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
        self.values = {"artifact_prn": shown["artifact_prn"], "artifact_version_prn": version}
        signer = Signer(self.yard.api)
        once, destroyed, distributed = (self.verified() for _ in range(3))
        only = signer.signs(once)
        for binary in (destroyed, distributed):
            signer.signs(binary)
        self.distributed = Distributed(self.yard.api, distributed, self.values)
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
            "signing_key": [Signer(self.yard.api).prn, signer.prn],
            **self.distributed.prns,
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

    def fitting(self, route: str) -> dict[str, object]:
        """By field: what bodies for this route may say, and have accepted."""
        return self.values | self.distributed.values_of.get(route, {})

    def body(self, route: str, fields: Mapping[str, bool] | None) -> dict[str, object] | None:
        """One that is accepted now: what is in stock, and new texts for what else is needed."""
        if fields is None:
            return None
        new = {name: f"{name} {next(_NUMBERS)}" for name, is_needed in fields.items() if is_needed}
        return new | {name: it for name, it in self.fitting(route).items() if name in fields}

    def used(self, method: str, path: str, status: int, asked: object) -> None:
        """Replace what a request has used up."""
        if status >= 300:
            return
        fields = set(cast("dict[str, object]", asked)) if isinstance(asked, dict) else set[str]()
        changes = bool(fields & {"state", "hash", "archived"}) or path.startswith("/releases/")
        if method == "DELETE" or (method == "PATCH" and changes):
            self._replace(unquote(path.rpartition("/")[2]))
        elif path.endswith("/rollback"):
            self._replace(unquote(path.split("/")[2]))
        elif method == "POST" and path == "/binary_signatures":
            self._offer_a_signature()
        elif "value" in fields:
            self._offer_a_key()
        elif method == "POST":
            self.distributed.used(path)

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
            "signing_key": lambda: Signer(self.yard.api).prn,
            **self.distributed.makers,
        }

    def _artifact(self) -> str:
        answer = self.yard.api.post("/artifacts", json={"name": f"empty {next(_NUMBERS)}"})
        return answer.json()["artifact"]["prn"]

    def _signature(self) -> str:
        """One of two of its binary: the only one could not be deleted."""
        binary = self.verified()
        Signer(self.yard.api).signs(binary)
        return Signer(self.yard.api).signs(binary)

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
        signer, binary = Signer(self.yard.api), self.verified()
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
        self.values["value"] = a_key_value()
