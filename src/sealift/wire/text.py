"""The kinds of value that shapes are made of, with their limits.

Types are strict: the text "12" is no integer. Text that a database cannot keep (NUL,
lone surrogates) is refused here, at the edge.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, TypeAlias, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sealift.domain.metadata import LARGEST, compact

Json: TypeAlias = dict[str, object]

DEEPEST: Final = 100  # levels of JSON; writers give up at a few hundred, each at another depth

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_NUMBER: Final = re.compile(r"-?[1-9][0-9]*|0")


def storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("unstorable", "is invalid: NUL and lone surrogates are refused")
    return text


def _is_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        inside = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inside = cast("list[object]", value)
    else:
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inside)


def small_enough(value: Json) -> Json:
    if _is_deeper(value, DEEPEST):
        raise PydanticCustomError(
            "too_deep", "is nested too deeply: at most {most} levels are kept", {"most": DEEPEST}
        )
    try:
        size = len(compact(value).encode())
    except (ValueError, RecursionError) as error:
        raise PydanticCustomError("unstorable", "is invalid: cannot be kept as JSON") from error
    if size > LARGEST:
        raise PydanticCustomError(
            "too_large",
            "is too large: {size} bytes of JSON, at most {most} are kept",
            {"size": size, "most": LARGEST},
        )
    return value


def plain_number(text: str) -> str:
    """A number in an address has one spelling: not `01`, `+1`, `1_0` or `1.0`."""
    if not _NUMBER.fullmatch(text):
        raise PydanticCustomError("int_parsing", "must be a whole number")
    return text


def time_text(moment: datetime) -> str:
    """UTC with six fractional digits and Z, always."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def given_time(text: object) -> datetime:
    """The moment that a text of RFC 3339 names, in UTC; what is below a microsecond is dropped.

    A client in Python has moments; no JSON has any.
    """
    if isinstance(text, datetime) and text.tzinfo is not None:
        return text.astimezone(UTC)
    if isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "time", "is invalid: must be a time that exists, like 2026-01-31T12:00:00Z"
    )


def exact(number: object) -> Decimal:
    """The number as it was written, and not the sum of powers of two next to it."""
    if isinstance(number, Decimal) and number.is_finite():
        return number
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise PydanticCustomError("number", "must be a number")
    return Decimal(repr(number))


def _shortest(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(storable)]
Description: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=256), AfterValidator(storable)
]
Metadata: TypeAlias = Annotated[
    Json,
    AfterValidator(small_enough),
    Field(
        description=f"For the device agent; at most {LARGEST:,} bytes of compact JSON in UTF-8,"
        f" at most {DEEPEST} levels deep."
    ),
]
Time: TypeAlias = Annotated[
    AwareDatetime,
    PlainSerializer(time_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
GivenTime: TypeAlias = Annotated[
    datetime,
    BeforeValidator(given_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]}),
]
AS_NUMBER: Final = PlainSerializer(_shortest, return_type=int | float, when_used="json")
Number: TypeAlias = Annotated[
    Decimal,
    AS_NUMBER,
    WithJsonSchema({"type": "number"}),
]
Prn: TypeAlias = Annotated[
    str,
    Field(max_length=256, examples=["prn:1:<organization>:<type>:<id>"]),
    AfterValidator(storable),
]
