"""Column types and marks, the same on SQLite and on PostgreSQL."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from sqlalchemy import BigInteger, Dialect, String, Text, TypeDecorator

from sealift.domain.metadata import JsonText, compact

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# The `info` of a column that is searched by any text in it: see `text_index`.
SEARCHED: Final = {"is_searched": True}


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class CompactJson(TypeDecorator[dict[str, Any]]):
    """JSON as text: neither database may reorder or reinterpret what a user gave us."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else compact(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else cast("dict[str, Any]", json.loads(value))


class Metadata(TypeDecorator[Any]):
    """JSON goes in, or its text; its text comes out: only who shows it need take it apart."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: dict[str, Any] | JsonText | None, dialect: Dialect
    ) -> str | None:
        return compact(value) if isinstance(value, dict) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> JsonText | None:
        return None if value is None else JsonText(value)


_E = TypeVar("_E", bound=StrEnum)


class Word(TypeDecorator[_E]):
    """A member of an enum, kept as its text."""

    impl = String(16)
    cache_ok = True

    def __init__(self, words: type[_E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: _E | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> _E | None:
        return None if value is None else self.words(value)


class Words(TypeDecorator[Sequence[str]]):
    """A list of texts, in its order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else compact(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sequence[str] | None:
        return None if value is None else tuple(cast("list[str]", json.loads(value)))


class Exact(TypeDecorator[Decimal]):
    """A decimal number to the last digit, which floats of SQLite would lose."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)
