"""The kinds of value that shapes are made of, with their limits.

Types are strict: the text "12" is no integer. Text that a database cannot keep (NUL,
lone surrogates) is refused here, at the edge.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias, cast

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sealift.domain.metadata import LARGEST, compact

Json: TypeAlias = dict[str, object]

DEEPEST: Final = 100  # levels of JSON; writers give up at a few hundred, each at another depth

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
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
Prn: TypeAlias = Annotated[
    str,
    Field(max_length=256, examples=["prn:1:<organization>:<type>:<id>"]),
    AfterValidator(storable),
]
