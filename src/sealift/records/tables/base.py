"""What every table is made of, and the marks by which the rest of the records knows it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Index, MetaData, UniqueConstraint, Uuid, text

from sealift.records.columns import Moment

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)

# The `info` of a table whose rows decide what devices are answered: see `Transaction.tell_servers`.
ANSWERS: Final = {"answers": True}

# An index that a list is searched by has all that the list's own index has: without statistics
# SQLite else prefers to walk the whole list.
ORDER: Final = ("inserted_at", "id")
TENANT_ORDER: Final = ("organization_id", *ORDER)

# The `info` of an index that has all rows of a list, though not of its table: lists leave the
# others out unless they are asked for.
IN_LISTS: Final = {"in_lists": True}


def id_column() -> Column[str]:
    return Column("id", Uuid(as_uuid=False), primary_key=True, info={"field": "id"})


def refers(name: str, target: str) -> Column[str]:
    key = ForeignKey(f"{target}.id", ondelete="RESTRICT")
    return Column(name, Uuid(as_uuid=False), key, nullable=False)


def may_refer(name: str, target: str) -> Column[str | None]:
    key = ForeignKey(f"{target}.id", ondelete="RESTRICT")
    return Column(name, Uuid(as_uuid=False), key)


def tenant() -> Column[str]:
    return refers("organization_id", "organizations")


def times() -> tuple[Column[datetime], Column[datetime]]:
    return (
        Column("inserted_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
    )


def listed(table: str) -> Index:
    """The order of every list: keyset pages walk it."""
    return Index(f"{table}_listed", "organization_id", *ORDER)


def unique(table: str, *columns: str, field: str) -> UniqueConstraint:
    name = f"{table}_{'_'.join(columns)}_unique"
    return UniqueConstraint(*columns, name=name, info={"field": field})


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
