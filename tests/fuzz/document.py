"""The served document as a source of requests, and as a judge of answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar, cast

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from tests.fuzz.promises import IS_REPEATABLE, Answer

Test = TypeVar("Test", bound=Callable[..., None])
Case: TypeAlias = schemathesis.Case[Any]

_DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "openapi.json"
# The library's types leave much open.
_CHECKS: Final[Any] = checks
_OPENAPI: Final[Any] = schemathesis.openapi
_LEFT_OUT: Final = [
    # A document cannot say which PRNs exist, nor which values fit each other.
    _CHECKS.positive_data_acceptance,
    # Repeats the request on a network. Who may ask is tried elsewhere, with every route.
    _CHECKS.ignored_auth,
]
_LEFT_OUT_OF: Final = {
    # By its spelling a resource could have this address, whose methods are then allowed as well.
    "/ca_certificates/verification_codes": [_CHECKS.allow_header_conformance],
}
_CONFIG: Final = SchemathesisConfig(seed=1 if IS_REPEATABLE else None)
_CONFIG.projects.default.generation.with_security_parameters = False
_SCHEMA: Final = _OPENAPI.from_path(_DOCUMENT, config=_CONFIG)


@dataclass(frozen=True, slots=True)
class Operation:
    label: str
    route: str
    in_path: Sequence[str]
    in_body: Mapping[str, bool] | None  # whether each field is needed; none if it has no body
    _found: Any

    def case(self, path: Mapping[str, object], body: Mapping[str, object] | None) -> Case:
        sent = {} if body is None else {"body": dict(body), "media_type": "application/json"}
        return self._found.Case(path_parameters=dict(path), **sent)


def _operation(found: Any) -> Operation:  # noqa: ANN401 - the library's types leave it open
    in_path = [parameter.name for parameter in found.path_parameters]
    in_body = None
    for body in found.body:
        needed = body.resolved_schema.get("required", [])
        in_body = {name: name in needed for name in body.resolved_schema["properties"]}
    return Operation(found.label, found.path, in_path, in_body, found)


OPERATIONS: Final = [_operation(each.ok()) for each in _SCHEMA.get_all_operations()]


def for_every_operation() -> Callable[[Test], Test]:
    """The test is run with a `case` for each operation: its examples, its edges, anything else."""
    return cast("Callable[[Test], Test]", _SCHEMA.parametrize())


def ask(case: Case, headers: dict[str, str], base_url: str, app: object = None) -> Answer:
    """Refuses, in its own words, an answer that is not as documented. No `app`: on a network."""
    sent: Any = case
    answer = sent.call(headers=headers, base_url=base_url, **({"app": app} if app else {}))
    left_out = [*_LEFT_OUT, *_LEFT_OUT_OF.get(case.path, [])]
    sent.validate_response(answer, headers=headers, excluded_checks=left_out)
    told = {name: ", ".join(values) for name, values in answer.headers.items()}
    return Answer(answer.status_code, told, answer.content or b"", case.method)
