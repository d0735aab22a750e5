"""The kinds of value that shapes are made of, with their limits.

Types are strict: the text "12" is no integer. Text that a database cannot keep (NUL,
lone surrogates) is refused here, at the edge.
"""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from sealift.domain.metadata import LARGEST, compact

Json: TypeAlias = dict[str, object]


def storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("unstorable", "is invalid: NUL and lone surrogates are refused")
    return text


def small_enough(value: Json) -> Json:
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


def time_text(moment: datetime) -> str:
    """UTC with six fractional digits and Z, always."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(storable)]
Description: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=256), AfterValidator(storable)
]
Metadata: TypeAlias = Annotated[Json, AfterValidator(small_enough)]
Time: TypeAlias = Annotated[
    AwareDatetime, PlainSerializer(time_text, return_type=str, when_used="json")
]
Prn: TypeAlias = Annotated[
    str,
    Field(max_length=256, examples=["prn:1:3f0c5b1e-…:binary:9a51c7d2-…"]),
    AfterValidator(storable),
]
