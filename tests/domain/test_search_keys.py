from collections.abc import Mapping

import pytest

from sealift.domain import search
from sealift.domain.errors import SearchMalformed
from sealift.domain.search import Clause, Key, parse_search

_OPERATORS = [":", "~", "-", "<", "<=", ">", ">="]
_ORDERED = ": > >= < <="
_EVERYWHERE = {
    "prn": ":",
    "organization_prn": ":",
    "inserted_at": _ORDERED,
    "updated_at": _ORDERED,
}

# Written out a second time: what each list promises to be searched by.
_PROMISED = {
    "ARTIFACTS": {"name": ": ~ -", "description": ": ~"},
    "ARTIFACT_VERSIONS": {"artifact_prn": ":", "version": ": ~ -", "description": ": ~"},
    "BINARIES": {
        "artifact_version_prn": ":",
        "description": ": ~",
        "hash": ":",
        "size": _ORDERED,
        "state": ":",
        "target": ": ~",
    },
    "BINARY_SIGNATURES": {
        "binary_prn": ":",
        "signing_key_prn": ":",
        "signature.signing_key.keyid": ":",
    },
    "SIGNING_KEYS": {"name": ": ~", "value": ":"},
}
_NAMES_OF = {
    "ARTIFACTS": "artifact",
    "ARTIFACT_VERSIONS": "artifact_version",
    "BINARIES": "binary",
    "BINARY_SIGNATURES": "binary_signature",
    "SIGNING_KEYS": "signing_key",
}
_ID = "3f0c5b1e-9a51-4c7d-8e2b-0123456789ab"


def _keys(of: str) -> Mapping[str, Key]:
    return getattr(search, of)


def _promised(of: str) -> dict[str, list[str]]:
    return {key: words.split() for key, words in (_EVERYWHERE | _PROMISED[of]).items()}


def _fitting_value(of: str, key: str) -> str:
    match key:
        case "inserted_at" | "updated_at":
            return "'2026-01-31T12:00:00Z'"
        case "size":
            return "5"
        case "state":
            return "'signed'"
        case "organization_prn":
            return f"'prn:1:{_ID}'"
        case "prn":
            return f"'prn:1:{_ID}:{_NAMES_OF[of]}:{_ID}'"
        case _ if key.endswith("_prn"):
            return f"'prn:1:{_ID}:{key.removesuffix('_prn')}:{_ID}'"
        case _:
            return "'text'"


_CASES = [
    (of, key, operator, operator in allowed)
    for of in _PROMISED
    for key, allowed in _promised(of).items()
    for operator in _OPERATORS
]
_ALLOWED = [case[:3] for case in _CASES if case[3]]
_FORBIDDEN = [case[:3] for case in _CASES if not case[3]]


@pytest.mark.parametrize("of", _PROMISED)
def test_a_list_has_the_keys_it_promises_and_no_others(of: str) -> None:
    assert set(_keys(of)) == set(_promised(of))


@pytest.mark.parametrize(("of", "key", "operator"), _ALLOWED)
def test_a_key_may_be_asked_with_the_operators_it_promises(
    of: str, key: str, operator: str
) -> None:
    clauses = parse_search(f"{key}{operator}{_fitting_value(of, key)}", _keys(of))

    assert [(each.key, each.operator) for each in clauses] == [(key, operator)]
    assert clauses[0].value is not None


@pytest.mark.parametrize(("of", "key", "operator"), _FORBIDDEN)
def test_a_key_is_refused_with_any_other_operator(of: str, key: str, operator: str) -> None:
    with pytest.raises(SearchMalformed) as refused:
        parse_search(f"{key}{operator}{_fitting_value(of, key)}", _keys(of))

    assert refused.value.field == "search"
    assert all(each in refused.value.message for each in _promised(of)[key])


@pytest.mark.parametrize("of", _PROMISED)
def test_a_key_of_another_list_is_refused(of: str) -> None:
    foreign = {key for other in _PROMISED for key in _promised(other)} - set(_promised(of))

    for key in foreign:
        with pytest.raises(SearchMalformed) as refused:
            parse_search(f"{key}:'text'", _keys(of))

        assert refused.value.field == "search"


@pytest.mark.parametrize("of", _PROMISED)
def test_the_name_of_something_else_finds_nothing(of: str) -> None:
    clauses = parse_search(f"prn:'prn:1:{_ID}:api_key:{_ID}'", _keys(of))

    assert clauses == [Clause("prn", ":", None)]
