"""What a clause of the search language asks of a noun's rows.

A clause becomes a condition, which alone decides. Some clauses can be told to be cheap
before, since an index has their column; some have a needle, by which an index of texts
may be asked for the few rows that are worth looking at.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, false, func

from sealift.domain.names import Name
from sealift.domain.search import Clause
from sealift.records.rows import Noun
from sealift.records.substrings import Needle
from sealift.records.tables.base import IN_LISTS
from sealift.records.text_index import is_searched
from sealift.records.transaction import Transaction

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    ":": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SHARED_KEYS: Final = {"prn": "id", "organization_prn": "organization_id"}


def condition(tx: Transaction, noun: Noun[Any], clause: Clause) -> ColumnElement[bool]:
    value = clause.value
    if value is None:
        return false()
    if isinstance(value, Name):
        if value.organization_id != tx.organization_id:
            return false()
        value = value.id
    if clause.key in noun.conditions:
        return noun.conditions[clause.key](tx, value)
    column = _column(noun, clause)
    if clause.operator in _COMPARISONS:
        return _COMPARISONS[clause.operator](column, value)
    if clause.operator == "~":
        return _contains(tx, column, str(value))
    return _contains(tx, _folded(noun, clause, column), str(value).casefold())


def is_indexed(noun: Noun[Any], clause: Clause) -> bool:
    """An index finds the rows, or at least those behind which no more can be."""
    if clause.key in noun.conditions:
        return True
    return clause.operator in _COMPARISONS and _column(noun, clause) in _indexed(noun.table)


def needle(noun: Noun[Any], clause: Clause) -> Needle | None:
    """The text that a searched column of every matching row contains."""
    if not isinstance(clause.value, str) or clause.operator not in {":", "~", "-"}:
        return None
    column = _column(noun, clause)
    if is_searched(column):
        return Needle(column, clause.value)
    folded = _folded(noun, clause, column)
    # What is in a text is also in it when both are folded.
    return Needle(folded, clause.value.casefold()) if is_searched(folded) else None


def _column(noun: Noun[Any], clause: Clause) -> Column[Any]:
    key = clause.key
    return noun.table.c[noun.keys.get(key) or _SHARED_KEYS.get(key, key)]


def _folded(noun: Noun[Any], clause: Clause, column: Column[Any]) -> Column[Any]:
    name = noun.folded.get(clause.key)
    return column if name is None else noun.table.c[name]


def _indexed(table: Table) -> set[Column[Any]]:
    whole = [each for each in table.indexes if _has_the_list(each)]
    found = {column for each in whole for column in each.columns}
    uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    found |= {column for each in uniques for column in _found_by_one(each)}
    return found | set(table.primary_key.columns)


def _found_by_one(unique: UniqueConstraint) -> Iterator[Column[Any]]:
    """The column of which one value is enough to find the row of an organization."""
    others = [each for each in unique.columns if each.name != "organization_id"]
    return iter(others if len(others) == 1 else ())


def _has_the_list(index: Index) -> bool:
    return (
        index.dialect_options["sqlite"]["where"] is None or IN_LISTS.items() <= index.info.items()
    )


def _contains(tx: Transaction, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    # Not LIKE: % and _ are ordinary characters here, and SQLite's LIKE ignores case.
    locate = func.strpos if tx.connection.dialect.name == "postgresql" else func.instr
    return locate(column, text) > 0
