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
from tests.yard import a_cohort, a_device, a_key, a_product, a_version, brought_to, sign

_NUMBERS = count()
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
        return self.method != "get"

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
        """The fields of its body that name other resources."""
        fields: Mapping[str, Any] = self.shape["properties"] if self.shape else {}
        return [name for name in fields if name.endswith("_prn")]

    def body(self, prns: Mapping[str, str]) -> dict[str, Any]:
        """What is required, and every reference; all of it as the document wants it."""
        if self.shape is None:
            return {}
        fields: Mapping[str, Any] = self.shape["properties"]
        wanted = [*self.shape.get("required", []), *self.referring_fields]
        return {name: _value(name, fields[name], prns) for name in wanted}

    def send(self, api: TestClient, prns: Mapping[str, str], **fields: object) -> Response:
        body = {**self.body(prns), **fields} if self.shape else None
        return api.request(self.method, self.address(prns), json=body)


def _value(name: str, schema: Mapping[str, Any], prns: Mapping[str, str]) -> object:
    if name.endswith("_prn"):
        return prns[name.removesuffix("_prn")]
    if "examples" in schema:
        return schema["examples"][0]
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


def stocked(tenant: Tenant) -> dict[str, str]:
    """One resource of each kind in the tenant's organization, by kind."""
    version = a_version(tenant.api)
    binary = brought_to(tenant, "signable", version)
    key = a_key(tenant.api)
    signature = sign(tenant.api, binary, key).json()["binary_signature"]
    artifact = tenant.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
    product = a_product(tenant.api)
    cohort = a_cohort(tenant.api, product)
    return {
        "artifact": artifact["artifact_prn"],
        "artifact_version": version,
        "binary": binary["prn"],
        "binary_signature": signature["prn"],
        "cohort": cohort,
        "device": a_device(tenant.api, product, cohort_prn=cohort)["prn"],
        "product": product,
        "signing_key": key,
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
                if not address.endswith("/download_url"):  # another at each look
                    seen[address] = tenant.api.get(address).json()
    return seen


def _list_of(route: Route) -> str:
    return route.path.partition("/{")[0]
