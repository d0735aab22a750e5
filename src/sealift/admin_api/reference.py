"""The reference at `/docs`: one page made from the OpenAPI document.

It loads nothing and runs nothing, so it works without a network, and all that the document
says is escaped. What a schema means is put into words here; how it looks is the template's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from sealift.web.problems import STATUS

Json: TypeAlias = Mapping[str, Any]

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_CODE: Final = re.compile(r"`([^`]+)`")
_FIRST_REFUSAL: Final = 400
_FORBIDDEN: Final = 403  # has no code on the wire
_TYPES: Final = {"string": "text", "integer": "integer", "object": "object", "boolean": "boolean"}
_FORMATS: Final = {"date-time": "time, UTC", "uuid": "UUID"}


@dataclass(frozen=True, slots=True)
class Field:
    """`shape` is the shape that it consists of, or lists."""

    name: str
    type: str
    shape: str | None
    is_required: bool
    is_nullable: bool
    limits: Sequence[str]
    description: str
    place: str = "body"  # or path, query, header


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    description: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    description: str
    shape: str | None

    @property
    def is_refusal(self) -> bool:
        """Explained once for all routes; an answer without a shape has words of its own."""
        return self.status >= _FIRST_REFUSAL and self.shape is not None


@dataclass(frozen=True, slots=True)
class Route:
    id: str
    method: str
    path: str
    title: str
    description: str
    needs_key: bool
    parameters: Sequence[Field]
    body: Shape | None
    answers: Sequence[Answer]
    refusals: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    status: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    routes: Sequence[Route]

    @property
    def id(self) -> str:
        return self.name.replace(" ", "-")


def add_to(app: FastAPI) -> None:
    """Serve the reference of `app` at `/docs`."""

    @cache
    def written() -> str:
        return page(app.openapi())

    @app.get("/docs", include_in_schema=False)
    def reference() -> HTMLResponse:
        return HTMLResponse(written(), headers={"content-security-policy": _POLICY})


def page(document: Json) -> str:
    """The HTML of an OpenAPI document."""
    schemas: Json = document["components"]["schemas"]
    shapes = {name: _shape(name, schema) for name, schema in schemas.items()}
    routes = [
        (operation["tags"][0], _route(method, path, operation, shapes))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    names = dict.fromkeys(name for name, _ in routes)
    groups = [Group(name, [route for tag, route in routes if tag == name]) for name in names]
    refusals = {each.status: each for _, route in routes for each in route.refusals}
    bodies = {route.body.name for _, route in routes if route.body is not None}
    return _template().render(
        about=document["info"],
        groups=groups,
        refusals=[refusals[status] for status in sorted(refusals)],
        codes=_codes(),
        shapes=[shape for name, shape in shapes.items() if name not in bodies],
    )


def _codes() -> list[Code]:
    return [
        Code(each.code, status, each.__doc__ or "")
        for kind, status in STATUS.items()
        if status != _FORBIDDEN
        for each in (kind, *kind.__subclasses__())
        if each is kind or each.code != kind.code
    ]


def _route(method: str, path: str, operation: Json, shapes: Mapping[str, Shape]) -> Route:
    answers = [_answer(int(status), each) for status, each in operation["responses"].items()]
    body = operation.get("requestBody")
    return Route(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=_sentence(operation["summary"]),
        description=operation.get("description", ""),
        needs_key=bool(operation.get("security")),
        parameters=[_parameter(each) for each in operation.get("parameters", ())],
        body=shapes[_named(_content(body)) or ""] if body else None,
        answers=[each for each in answers if not each.is_refusal],
        refusals=[each for each in answers if each.is_refusal],
    )


def _sentence(title: str) -> str:
    """FastAPI writes Every Word Of A Title large."""
    return (title[:1] + title[1:].lower()).replace(" url", " URL")


def _answer(status: int, answer: Json) -> Answer:
    description = str(answer["description"])
    if description == "Successful Response":  # FastAPI's own words, which say nothing
        description = ""
    return Answer(status, description, _named(_content(answer)))


def _content(carrier: Json) -> Json:
    return carrier.get("content", {}).get("application/json", {}).get("schema", {})


def _parameter(parameter: Json) -> Field:
    schema = {**parameter["schema"], "description": parameter.get("description", "")}
    return _field(
        parameter["name"],
        schema,
        is_required=parameter["required"],
        place=parameter["in"],
    )


def _shape(name: str, schema: Json) -> Shape:
    required = schema.get("required", ())
    fields = [
        _field(each, found, is_required=each in required)
        for each, found in schema.get("properties", {}).items()
    ]
    if "enum" in schema:
        fields = [_field("", schema, is_required=True)]
    return Shape(name, schema.get("description", ""), fields)


def _field(name: str, schema: Json, *, is_required: bool, place: str = "body") -> Field:
    meant, is_nullable = _without_null(schema)
    shape = _named(meant) or _named(meant.get("items", {}))
    return Field(
        name=name,
        type=_type(meant),
        shape=shape,
        is_required=is_required,
        # A parameter cannot be null on the wire: absence is all it can say.
        is_nullable=is_nullable and place == "body",
        limits=list(_limits(meant)),
        description=meant.get("description", ""),
        place=place,
    )


def _without_null(schema: Json) -> tuple[Json, bool]:
    """What the schema says beside that it may be null."""
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(kinds) != 1:
        return schema, False
    outer = {name: value for name, value in schema.items() if name != "anyOf" and value != ""}
    return {**kinds[0], **outer}, len(kinds) < len(schema["anyOf"])


def _named(schema: Json) -> str | None:
    reference = schema.get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


def _type(schema: Json) -> str:
    name = _named(schema)
    if name is not None:
        return name
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    kind = schema.get("type", "")
    return _FORMATS.get(schema.get("format", "")) or _TYPES.get(kind, "any value")


def _limits(schema: Json) -> Iterator[str]:
    yield from _range(schema.get("minLength"), schema.get("maxLength"), " characters")
    yield from _range(schema.get("minimum"), schema.get("maximum"), "")
    if "pattern" in schema:
        yield f"matches `{schema['pattern']}`"
    if "enum" in schema:
        yield "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("default") is not None:
        yield f"`{schema['default']}` if left out"
    for example in schema.get("examples", ()):
        yield f"such as `{example}`"


def _range(least: float | None, most: float | None, unit: str) -> Iterator[str]:
    if least is not None and most is not None:
        yield f"{least:,.0f} to {most:,.0f}{unit}"
    elif most is not None:
        yield f"at most {most:,.0f}{unit}"
    elif least is not None:
        yield f"at least {least:,.0f}{unit}"


def prose(text: str) -> Markup:
    """Escaped text with its `code` marked and its paragraphs apart."""
    marked = _CODE.sub(r"<code>\1</code>", str(escape(text.strip())))
    return Markup("</p><p>").join(Markup(each) for each in marked.split("\n\n"))  # noqa: S704


@cache
def _template() -> Any:  # noqa: ANN401 - Jinja's own type is not needed further on
    environment = Environment(
        loader=PackageLoader("sealift.admin_api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    return environment.get_template("reference.html")
