"""The routes as the served document describes them, and requests made from nothing but that.

A route that is added later is found here by itself. If it names a kind of resource that
`stocked` does not make yet, or a body that cannot be made from its description, the tests
that use this fail and ask for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from tests.admin_api.tenant import Tenant
from tests.certificates import a_ca
from tests.certificates import a_device as a_certificate
from tests.yard import (
    PRIVATE_KEY,
    a_bundle,
    a_cohort,
    a_device,
    a_key,
    a_product,
    a_release,
    a_version,
    an_override,
    brought_to,
    register_ca,
    register_certificate,
    sign,
)

_NUMBERS = count()
_NEVER_THE_SAME = ("/download_url", "/explain")
_DOCUMENTS: dict[ASGIApp, dict[str, Any]] = {}  # each is made once, and asked for at every turn


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    operation: Mapping[str, Any]
    schemas: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it does so when nothing is said but what is needed."""
        return self.method != "get" and not self.is_asked_for_a_device

    @property
    def is_asked_for_a_device(self) -> bool:
        """What a device says of itself may be wrong, and names nothing that has to be there."""
        return self.path == "/devices/{device_prn}/update"

    @property
    def kinds(self) -> list[str]:
        """The kinds of resource that the path names."""
        return re.findall(r"{(\w+)_prn}", self.path)

    def address(self, prns: Mapping[str, str]) -> str:
        named = re.sub(r"{(\w+)_prn}", lambda found: prns[found[1]], self.path)
        return re.sub(r"{\w+}", "1", named)

    @property
    def shape(self) -> Mapping[str, Any] | None:
        """The schema of its body."""
        if "requestBody" not in self.operation:
            return None
        reference: str = self.operation["requestBody"]["content"]["application/json"]["schema"][
            "$ref"
        ]
        return self.schemas[reference.rpartition("/")[2]]

    @property
    def referring_fields(self) -> list[str]:
        """The fields of its body that name resources which have to be there."""
        return [] if self.is_asked_for_a_device else self._naming_fields

    @property
    def _naming_fields(self) -> list[str]:
        fields: Mapping[str, Any] = self.shape["properties"] if self.shape else {}
        return [name for name in fields if name.endswith("_prn")]

    def body(self, prns: Mapping[str, str]) -> dict[str, Any]:
        """What is required, and every reference; all of it as the document wants it."""
        if self.shape is None:
            return {}
        fields: Mapping[str, Any] = self.shape["properties"]
        wanted = [*self.shape.get("required", []), *self._naming_fields]
        return {name: _value(name, fields[name], prns) for name in wanted}

    def send(self, api: TestClient, prns: Mapping[str, str], **fields: object) -> Response:
        body = {**self.body(prns), **fields} if self.shape else None
        return api.request(self.method, self.address(prns), json=body)


def kind_of(field: str) -> str:
    """What a field names that ends in `_prn`."""
    name = field.removesuffix("_prn")
    return "release" if name in {"next_release", "previous_release"} else name


def _value(name: str, schema: Mapping[str, Any], prns: Mapping[str, str]) -> object:
    if name.endswith("_prn"):
        return prns[kind_of(name)]
    if name == "binaries":
        return [{"prn": prns["binary"]}]
    if "examples" in schema:
        return schema["examples"][0]
    if schema["type"] == "boolean":
        return False
    if schema["type"] == "integer":
        return max(int(schema.get("minimum", 0)), 1)
    if found := re.search(r"{(\d+)}\$", schema.get("pattern", "")):
        return "0" * int(found[1])
    return f"made up {next(_NUMBERS)}"


def routes(api: TestClient) -> list[Route]:
    """Those that need a key; health has none."""
    if api.app not in _DOCUMENTS:
        _DOCUMENTS[api.app] = api.get("/openapi.json").json()
    document = _DOCUMENTS[api.app]
    found = [
        Route(method, path, operation, document["components"]["schemas"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return [each for each in found if each.operation.get("security")]


def leaves_first(found: list[Route]) -> list[Route]:
    """In an order that leaves things to ask for: deleting last, and from the leaves to the root."""
    order = ["get", "post", "put", "patch", "delete"]
    leaves = ["bundle_override", "release", "bundle_signature", "bundle"]
    leaves += ["device_certificate", "ca_certificate", "device", "cohort", "product"]
    leaves += ["binary_signature", "binary", "signing_key", "artifact_version", "artifact"]

    def place(route: Route) -> tuple[int, int, int]:
        leaf = leaves.index(route.kinds[0]) if route.kinds else 0
        return order.index(route.method), -len(route.kinds), leaf

    return sorted(found, key=place)


def stocked(tenant: Tenant) -> dict[str, str]:
    """One resource of each kind in the tenant's organization, by kind."""
    api, version = tenant.api, a_version(tenant.api)
    binary = brought_to(tenant, "signable", version)
    key = a_key(api)
    signature = sign(api, binary, key).json()["binary_signature"]
    artifact = api.get(f"/artifact_versions/{version}").json()["artifact_version"]
    return {
        "artifact": artifact["artifact_prn"],
        "artifact_version": version,
        "binary": binary["prn"],
        "binary_signature": signature["prn"],
        "signing_key": key,
        **_distributed(api, binary, key),
    }


def _distributed(api: TestClient, binary: dict[str, Any], key: str) -> dict[str, str]:
    product, ca = a_product(api), a_ca()
    cohort = a_cohort(api, product)
    device = a_device(api, product, cohort_prn=cohort)
    bundle = a_bundle(api, binary)
    body = {
        "bundle_prn": bundle["prn"],
        "signing_key_prn": key,
        "signature": PRIVATE_KEY.sign(bundle["hash"].encode()).hex(),
    }
    signature = api.post("/bundle_signatures", json=body).json()["bundle_signature"]
    release = a_release(api, cohort, bundle)
    a_release(api, cohort, bundle, "the latest, from which one can come back")
    certificate = a_certificate(device["identifier"], ca)
    return {
        "bundle": bundle["prn"],
        "bundle_override": an_override(api, bundle, device)["prn"],
        "bundle_signature": signature["prn"],
        "ca_certificate": register_ca(api, ca)["prn"],
        "cohort": cohort,
        "device": device["prn"],
        "device_certificate": register_certificate(api, device, certificate)["prn"],
        "product": product,
        "release": release["prn"],
    }


def all_that_is_seen(tenant: Tenant) -> dict[str, Any]:
    """The answer of every list, and of every route to one thing, for all that is there."""
    seen: dict[str, Any] = {}
    gets = [each for each in routes(tenant.api) if each.method == "get"]
    for route in gets:
        if not route.kinds:
            seen[route.path] = tenant.api.get(route.path).json()
    for route in gets:
        for kind in route.kinds:
            for found in seen[_list_of(route)][_list_of(route).removeprefix("/")]:
                address = route.address({kind: found["prn"]})
                if not address.endswith(_NEVER_THE_SAME):
                    seen[address] = tenant.api.get(address).json()
    return seen


def _list_of(route: Route) -> str:
    return route.path.partition("/{")[0]
