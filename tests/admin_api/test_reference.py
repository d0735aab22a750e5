"""The readable reference at `/docs`."""

import re
from html import unescape
from typing import Any

from sealift.admin_api.reference import page
from sealift.web.problems import STATUS
from tests.yard import Yard

_ADDRESS = re.compile(r"(?:https?:)?//[\w.]+|@import|url\(|<script|<img|<iframe|<link|\son\w+=")
_MARKS = "<script>alert(1)</script>&\"'"


def _shown(yard: Yard) -> str:
    return yard.anybody.get("/docs").text


def _document(yard: Yard) -> dict[str, Any]:
    return yard.anybody.get("/openapi.json").json()


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_the_reference_is_a_page_that_needs_no_key(yard: Yard) -> None:
    answer = yard.anybody.get("/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<!doctype html>")


def test_every_route_is_in_the_reference(yard: Yard) -> None:
    articles = dict(re.findall(r'<article id="(\w+)"(.*?)</article>', _shown(yard), re.DOTALL))
    routes = [
        (operation["operationId"], f"{method.upper()} {path}")
        for path, operations in _document(yard)["paths"].items()
        for method, operation in operations.items()
    ]

    missing = [
        address
        for identifier, address in routes
        if address not in _text(articles.get(identifier, ""))
    ]

    assert missing == []


def test_every_field_of_a_shape_is_in_the_reference(yard: Yard) -> None:
    names = set(re.findall(r"<code>([\w-]+)</code>", _shown(yard)))
    schemas = _document(yard)["components"]["schemas"]

    missing = [
        f"{shape}.{name}"
        for shape, schema in schemas.items()
        for name in schema.get("properties", {})
        if name not in names
    ]

    assert missing == []


def test_every_code_that_the_wire_has_is_in_the_reference(yard: Yard) -> None:
    names = set(re.findall(r"<code>([\w.]+)</code>", _shown(yard)))

    missing = {
        leaf.code
        for kind, status in STATUS.items()
        for leaf in (kind, *kind.__subclasses__())
        if status != 403 and leaf.code not in names
    }

    assert missing == set()


def test_a_body_says_what_is_required_and_how_long_it_may_be(yard: Yard) -> None:
    html = _shown(yard)

    creation = html[html.index('id="create_an_artifact"') :]
    rows = [_text(row) for row in re.findall(r"<tr>(.*?)</tr>", creation, re.DOTALL)]
    name = next(row for row in rows if row.split()[:1] == ["name"])

    assert name.split()[:5] == ["name", "required", "text", "Unique", "within"]
    assert "1 to 128 characters" in name


def test_every_link_of_the_page_leads_to_a_place_in_it(yard: Yard) -> None:
    html = _shown(yard)
    places = re.findall(r'\bid="([^"]+)"', html)

    broken = [link for link in re.findall(r'href="#([^"]+)"', html) if link not in places]

    assert broken == []
    assert len(places) == len(set(places))


def test_the_page_loads_nothing_from_anywhere(yard: Yard) -> None:
    assert _ADDRESS.findall(_shown(yard)) == []


def test_the_first_stop_of_the_keyboard_skips_the_contents(yard: Yard) -> None:
    first_link = re.search(r'<a class="(\w+)" href="#(\w+)"', _shown(yard))

    assert first_link is not None
    assert first_link.groups() == ("skip", "routes")


def test_what_the_document_says_is_escaped() -> None:
    schema = {"type": "string", "description": _MARKS, "pattern": _MARKS, "examples": [_MARKS]}
    operation = {
        "operationId": "look",
        "tags": ["things"],
        "summary": _MARKS,
        "description": f"`{_MARKS}`",
        "parameters": [
            {"name": "thing", "in": "query", "required": False, "schema": schema},
        ],
        "responses": {"200": {"description": _MARKS}, "404": {"description": _MARKS}},
    }
    document = {
        "info": {"title": _MARKS, "version": "1", "description": _MARKS},
        "paths": {"/things": {"get": operation}},
        "components": {"schemas": {"Thing": {"type": "object", "properties": {"mark": schema}}}},
    }

    html = page(document)

    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 8
