r"""The search language: one to five clauses joined by `and`, each a key, an operator, a value.

    name~'kernel' and inserted_at>='2026-01-01T00:00:00Z' and size<1000

`:` is equal, `~` contains, `-` contains whatever the case, `< <= > >=` order. Text and
times are quoted, `\'` and `\\` escape; numbers and booleans are bare. The tables at the
end say what each list can be searched by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final, Never, TypeAlias

from sealift.domain.binary import State
from sealift.domain.errors import SearchMalformed
from sealift.domain.names import Kind, Name, parse

MOST_CLAUSES: Final = 5
LARGEST_NUMBER: Final = 2**63 - 1


class Type(Enum):
    TEXT = auto()
    NAME = auto()  # a resource name
    TIME = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    STATE = auto()


Value: TypeAlias = str | int | bool | datetime | Name | None


@dataclass(frozen=True, slots=True)
class Key:
    type: Type
    operators: frozenset[str]
    kind: Kind | None = None  # of a NAME


@dataclass(frozen=True, slots=True)
class Clause:
    """`value` is None where nothing can match: a name that names nothing of this kind."""

    key: str
    operator: str
    value: Value


_CLAUSE: Final = re.compile(
    r"""(?P<key>[a-z0-9_.]+)
        (?P<operator>>=|<=|>|<|:|-|~)
        (?: '(?P<quoted>(?:[^'\\]|\\['\\])*)' | (?P<bare>[A-Za-z0-9_.+-]+) )""",
    re.VERBOSE,
)
_AND: Final = re.compile(r" +and +")
_ESCAPE: Final = re.compile(r"\\(['\\])")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d{1,19}", re.ASCII)
_UNSTORABLE: Final = re.compile(r"[\0\ud800-\udfff]")


def parse_search(text: str, keys: Mapping[str, Key]) -> list[Clause]:
    """The clauses of `text`, or a refusal that says where it stops making sense."""
    if _UNSTORABLE.search(text):
        _refuse("is invalid: no text that is kept has NUL or lone surrogates")
    clauses: list[Clause] = []
    position = 0
    while True:
        found = _CLAUSE.match(text, position)
        if found is None:
            _refuse(f"expected a clause like key:'value' at: {_excerpt(text, position)}")
        clauses.append(_clause(found, keys))
        if len(clauses) > MOST_CLAUSES:
            _refuse(f"has more than {MOST_CLAUSES} clauses")
        if found.end() == len(text):
            return clauses
        joint = _AND.match(text, found.end())
        if joint is None:
            _refuse(f"expected ' and ' at: {_excerpt(text, found.end())}")
        position = joint.end()


def quoted(text: str) -> str:
    """`text` as a value that a clause can have."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _clause(found: re.Match[str], keys: Mapping[str, Key]) -> Clause:
    name, operator = found["key"], found["operator"]
    key = keys.get(name)
    if key is None:
        _refuse(f"{name} is not a key of this list; it has: {', '.join(sorted(keys))}")
    if operator not in key.operators:
        _refuse(f"{name} does not know {operator}, only {' '.join(sorted(key.operators))}")
    return Clause(name, operator, _value(name, key, found["quoted"], found["bare"]))


def _value(name: str, key: Key, quoted: str | None, bare: str | None) -> Value:
    text = None if quoted is None else _ESCAPE.sub(r"\1", quoted)
    match key.type:
        case Type.TEXT if text is not None:
            return text
        case Type.NAME if text is not None:
            parsed = parse(text)
            return parsed if parsed is not None and parsed.kind is key.kind else None
        case Type.TIME if text is not None and _TIME.fullmatch(text):
            return _time(name, text)
        case Type.INTEGER if bare is not None and _INTEGER.fullmatch(bare):
            number = int(bare)
            return max(min(number, LARGEST_NUMBER), -LARGEST_NUMBER)
        case Type.BOOLEAN if bare in _BOOLEANS:
            return _BOOLEANS[bare]
        case Type.STATE if (text or bare) in set(State):
            return text or bare
        case _:
            return _refuse(f"{name} needs {_WANTED[key.type]}")


_BOOLEANS: Final = {"true": True, "false": False}
_WANTED: Final = {
    Type.TEXT: "a quoted text",
    Type.NAME: "a quoted resource name",
    Type.TIME: "a quoted UTC time like '2026-01-31T12:00:00Z'",
    Type.INTEGER: "a whole number without quotes",
    Type.BOOLEAN: "true or false, without quotes",
    Type.STATE: f"one of {', '.join(State)}",
}


def _time(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        _refuse(f"{name} needs a time that exists, not {text}")


def _excerpt(text: str, position: int) -> str:
    return repr(text[position : position + 20]) if position < len(text) else "the end"


def _refuse(reason: str) -> Never:
    raise SearchMalformed(reason, field="search")


# --- what each list can be searched by -----------------------------------------------------------


def _text(operators: str) -> Key:
    return Key(Type.TEXT, frozenset(operators))


def _name(kind: Kind) -> Key:
    return Key(Type.NAME, frozenset(":"), kind)


_BOOLEAN: Final = Key(Type.BOOLEAN, frozenset(":"))

_ORDERED: Final = frozenset({":", ">", ">=", "<", "<="})
_TIME_KEY: Final = Key(Type.TIME, _ORDERED)


def _every_list(kind: Kind) -> dict[str, Key]:
    return {
        "prn": _name(kind),
        "organization_prn": _name(Kind.ORGANIZATION),
        "inserted_at": _TIME_KEY,
        "updated_at": _TIME_KEY,
    }


ARTIFACTS: Final = _every_list(Kind.ARTIFACT) | {
    "name": _text(":~-"),
    "description": _text(":~"),
}
ARTIFACT_VERSIONS: Final = _every_list(Kind.ARTIFACT_VERSION) | {
    "artifact_prn": _name(Kind.ARTIFACT),
    "version": _text(":~-"),
    "description": _text(":~"),
}
BINARIES: Final = _every_list(Kind.BINARY) | {
    "artifact_version_prn": _name(Kind.ARTIFACT_VERSION),
    "description": _text(":~"),
    "hash": _text(":"),
    "size": Key(Type.INTEGER, _ORDERED),
    "state": Key(Type.STATE, frozenset(":")),
    "target": _text(":~"),
}
BINARY_SIGNATURES: Final = _every_list(Kind.BINARY_SIGNATURE) | {
    "binary_prn": _name(Kind.BINARY),
    "signing_key_prn": _name(Kind.SIGNING_KEY),
    "signature.signing_key.keyid": _text(":"),
}
SIGNING_KEYS: Final = _every_list(Kind.SIGNING_KEY) | {
    "name": _text(":~"),
    "value": _text(":"),
}
BUNDLES: Final = _every_list(Kind.BUNDLE) | {"name": _text(":~-")}
BUNDLE_OVERRIDES: Final = _every_list(Kind.BUNDLE_OVERRIDE) | {
    "bundle_prn": _name(Kind.BUNDLE),
    "name": _text(":~-"),
}
BUNDLE_SIGNATURES: Final = _every_list(Kind.BUNDLE_SIGNATURE) | {
    "bundle_prn": _name(Kind.BUNDLE),
    "signing_key_prn": _name(Kind.SIGNING_KEY),
}
CA_CERTIFICATES: Final = _every_list(Kind.CA_CERTIFICATE) | {"description": _text(":~")}
COHORTS: Final = _every_list(Kind.COHORT) | {
    "product_prn": _name(Kind.PRODUCT),
    "name": _text(":~-"),
    "description": _text(":~"),
}
DEVICES: Final = _every_list(Kind.DEVICE) | {
    "archived": _BOOLEAN,
    "cohort_prn": _name(Kind.COHORT),
    "product_prn": _name(Kind.PRODUCT),
    "reported_bundle_prn": _name(Kind.BUNDLE),
    "reported_release_prn": _name(Kind.RELEASE),
    "reported_release_version": _text(":~"),
    "identifier": _text(":~"),
    "description": _text(":~"),
    "target": _text(":~"),
    "last_connected_at": _TIME_KEY,
}
DEVICE_CERTIFICATES: Final = _every_list(Kind.DEVICE_CERTIFICATE) | {
    "device_prn": _name(Kind.DEVICE),
    "product_prn": _name(Kind.PRODUCT),
}
EVENTS: Final = {
    "prn": _name(Kind.EVENT),
    "organization_prn": _name(Kind.ORGANIZATION),
    "inserted_at": _TIME_KEY,
}
PRODUCTS: Final = _every_list(Kind.PRODUCT) | {
    "archived": _BOOLEAN,
    "deleted_at": _TIME_KEY,
    "name": _text(":~"),
}
RELEASES: Final = _every_list(Kind.RELEASE) | {
    "cohort_prn": _name(Kind.COHORT),
    "next_release_prn": _name(Kind.RELEASE),
    "deleted_at": _TIME_KEY,
    "name": _text(":~"),
    "description": _text(":~"),
    "version": _text(":-"),
    "version_requirement": _text(":-"),
}
