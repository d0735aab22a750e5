"""A made-up fleet's records, written past the API: a million of them would take hours else.

What is written is in `binaries` and `devices`; beside it are other organizations in the same
tables, with a tenth of the rows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Table, select

from sealift.domain.names import Kind, Name
from sealift.records import tables, text_index
from sealift.records.columns import microseconds
from sealift.records.transaction import Records, Transaction

Row = dict[str, Any]
NEWEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
RARE: Final = "frobnicated"  # a word in three descriptions
_OTHERS: Final = 4  # organizations, with a tenth of the rows together
_BATCH: Final = 20_000


@dataclass(slots=True)
class Fleet:
    """What can be asked for: values that occur, drawn from the rows as they were written."""

    organization_id: str
    size: int
    version_targets: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    binaries: list[tuple[str, str, datetime]] = field(
        default_factory=list[tuple[str, str, datetime]]
    )  # id, hash, when
    phrases: list[str] = field(default_factory=list[str])
    keyids: list[str] = field(default_factory=list[str])
    devices: list[tuple[Row, datetime]] = field(default_factory=list[tuple[Row, datetime]])
    products: list[str] = field(default_factory=list[str])  # from large to small
    cohorts: list[str] = field(default_factory=list[str])
    releases: list[str] = field(default_factory=list[str])
    bundles: list[str] = field(default_factory=list[str])  # of all devices' releases

    def name(self, kind: Kind, row_id: str) -> Name:
        return Name(self.organization_id, kind, row_id)


Writes = Callable[[Transaction, Fleet, Random], None]


def stock(records: Records, size: int, write: Writes) -> Fleet:
    """Fill a database that has its first organization with records of a fleet of `size`."""
    random = Random(size)  # made up, and the same every time
    with records.alter() as tx:
        tx.connection.execute(tables.organizations.insert(), list(_other_organizations()))
        organization_id, *others = tx.connection.scalars(
            select(tables.organizations.c.id).order_by(tables.organizations.c.name != "default")
        )
        fleet = Fleet(organization_id, size)
        text_index.drop(tx.connection)
        for owner in others:
            write(tx, Fleet(owner, max(size // 10 // _OTHERS, 1)), random)
        write(tx, fleet, random)
        if records.engine.dialect.name == "postgresql":  # no index is made before that
            tx.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        text_index.make(tx.connection)
    _look_over(records)
    return fleet


def _look_over(records: Records) -> None:
    """As PostgreSQL does by itself some minutes after such a change; SQLite never does."""
    with records.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        if records.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")


def _other_organizations() -> Iterator[Row]:
    for number in range(_OTHERS):
        times = {"inserted_at": NEWEST, "updated_at": NEWEST}
        yield {"id": f"{number + 1:08}-0000-4000-8000-000000000000", "name": f"{number}", **times}


def a_row(fleet: Fleet, random: Random, at: datetime, **fields: object) -> Row:
    moment = microseconds(at)
    return {
        "id": f"{random.getrandbits(128):032x}",
        "organization_id": fleet.organization_id.replace("-", ""),
        "inserted_at": moment,
        "updated_at": moment,
        **fields,
    }


def sayings(random: Random) -> Iterator[list[str]]:
    """Words of descriptions without end, some frequent, some rare, as in a language."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(random.choices(letters, k=random.randint(3, 9))) for _ in range(3_000)]
    shares = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    while True:
        yield random.choices(words, cum_weights=shares, k=random.randint(3, 10))


def dashed(row_id: str) -> str:
    return str(UUID(row_id))


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def load(tx: Transaction, table: Table, rows: list[Row]) -> None:
    """By the driver's fastest way; the rows are as the tables keep them."""
    if not rows:
        return
    driver = tx.connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        statement = SQL("COPY {} ({}) FROM STDIN").format(
            Identifier(table.name), SQL(", ").join(map(Identifier, rows[0]))
        )
        with driver.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
        return
    statement = table.insert().compile(tx.connection, column_keys=list(rows[0]))
    names = statement.positiontup or []
    tx.connection.exec_driver_sql("PRAGMA cache_size = -1000000")
    tx.connection.exec_driver_sql(str(statement), [tuple(row[n] for n in names) for row in rows])
