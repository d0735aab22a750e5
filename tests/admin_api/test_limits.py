"""Values at every limit that the served document names are taken, those just beyond are not.

The limits are read from the document, so it cannot promise one thing and the server do another.
"""

import re
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import DataObject, data, sampled_from

from tests.admin_api.routes import Route, routes
from tests.admin_api.tenant import Tenant
from tests.yard import a_version

_NUMBERS = count()
MISSING = object()
PATHS = ["/artifacts", "/artifact_versions", "/binaries"]


def _text(length: int) -> str:
    """So many characters, not asked for before."""
    return chr(0x4E00 + next(_NUMBERS) % 20_000) * length


def _at_the_limits(schema: Mapping[str, Any], prns: list[str]) -> list[object]:
    if prns:
        return list(prns)
    if "pattern" in schema:
        length = int(re.findall(r"{(\d+)}", schema["pattern"])[0])
        return ["0" * length, "f" * length]
    if schema.get("format") == "uuid":
        return [str(uuid4())]
    match schema["type"]:
        case "integer":
            return [int(schema["minimum"]), int(schema["maximum"])]
        case "string":
            return [_text(schema["minLength"]), _text(schema["maxLength"])]
        case _:
            return [{}, {"a": {"b": [1, None]}}]


def _beyond_the_limits(schema: Mapping[str, Any], prns: list[str]) -> list[object]:
    wrong: list[object] = [[], [_text(1)], True]
    if prns:
        return [*wrong, "", "x", prns[0] + "0", prns[0].upper(), "x" * (schema["maxLength"] + 1)]
    if "pattern" in schema:
        length = int(re.findall(r"{(\d+)}", schema["pattern"])[0])
        return [*wrong, "0" * (length - 1), "0" * (length + 1), "F" * length, "g" * length, 0]
    if schema.get("format") == "uuid":
        return [*wrong, "", "x", str(uuid4())[:-1], 1]
    match schema["type"]:
        case "integer":
            return [*wrong, int(schema["minimum"]) - 1, int(schema["maximum"]) + 1, "1", 1.0, 0.5]
        case "string":
            return [*wrong, _text(schema["minLength"] - 1), _text(schema["maxLength"] + 1), 1]
        case _:
            return [*wrong, "{}", 1]


def _draw_a_body(route: Route, prns: Mapping[str, str], draw: DataObject) -> tuple[Any, set[str]]:
    """A body, and which of its fields are wrong."""
    assert route.shape is not None
    required = set(route.shape["required"])
    body: dict[str, object] = {}
    wrong: set[str] = set()
    for name, schema in route.shape["properties"].items():
        kinds = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
        said: dict[str, Any] = {**schema, **(kinds[0] if kinds else {})}
        named = [prns[name.removesuffix("_prn")]] if name.endswith("_prn") else []
        absent = [MISSING, None]
        right = _at_the_limits(said, named) + ([] if name in required else absent)
        bad = _beyond_the_limits(said, named) + (absent if name in required else [])
        is_right = draw.draw(sampled_from([True, True, True, False]), label=f"{name} is right")
        value = draw.draw(sampled_from(right if is_right else bad), label=name)
        if not is_right:
            wrong.add(name)
        if value is not MISSING:
            body[name] = value
    return body, wrong


def _parents(tenant: Tenant) -> dict[str, str]:
    """The first of the versions, made when there is none yet, and its artifact."""
    found = tenant.api.get("/artifact_versions?order=asc&limit=1").json()["artifact_versions"]
    if not found:
        a_version(tenant.api, _text(2))
        return _parents(tenant)
    return {"artifact_version": found[0]["prn"], "artifact": found[0]["artifact_prn"]}


@pytest.mark.parametrize("path", PATHS)
@given(draw=data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_within_all_limits_is_created_and_nothing_else(
    tenant: Tenant, path: str, draw: DataObject
) -> None:
    prns = _parents(tenant)
    route = next(r for r in routes(tenant.api) if (r.method, r.path) == ("post", path))
    body, wrong = _draw_a_body(route, prns, draw)

    answer = tenant.api.post(path, json=body)

    if not wrong:
        assert answer.status_code == 201, answer.text
    else:
        assert answer.status_code == 422, answer.text
        # A reference that is only unknown is looked up once the rest is right.
        told = set(answer.json()["errors"])
        assert told <= wrong
        assert told >= {name for name in wrong if not name.endswith("_prn")}
