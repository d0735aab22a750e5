"""What the databases say of how they go about a statement."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from sealift.domain.names import Name
from sealift.domain.search import Clause
from sealift.records import pages
from sealift.records.pages import Listing
from sealift.records.rows import Noun
from sealift.records.transaction import Records, Transaction
from tests.records.made_up import World

_ASKING = ("SELECT", "WITH")

Ask = Callable[[Transaction, World], object]


@contextmanager
def overheard(records: Records) -> Generator[list[tuple[str, object]]]:
    told: list[tuple[str, object]] = []

    def hear(_c: object, _cursor: object, text: str, parameters: object, *_rest: object) -> None:
        if not text.startswith(("BEGIN", "PRAGMA", "EXPLAIN")):
            told.append((text, parameters))

    event.listen(records.engine, "before_cursor_execute", hear)
    yield told
    event.remove(records.engine, "before_cursor_execute", hear)


def the_plan(records: Records, ask: Callable[[Transaction], object], tenant: str | None) -> str:
    """How the database goes about the one statement that is asked."""
    (plan,) = the_plans(records, ask, tenant)
    return plan


def the_plans(
    records: Records, ask: Callable[[Transaction], object], tenant: str | None
) -> list[str]:
    with overheard(records) as told, records.read(tenant) as tx:
        ask(tx)
        if tx.connection.dialect.name == "postgresql":  # some tables are too small for an index
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [_explained(tx.connection, *each) for each in told if each[0].startswith(_ASKING)]


def _explained(connection: Connection, statement: str, parameters: object) -> str:
    how = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    found = connection.exec_driver_sql(f"{how} {statement}", parameters)  # pyright: ignore[reportArgumentType]
    return "\n".join(str(row[-1]) for row in found)


def a_page(noun: Noun[Any], *clauses: tuple[str, str | Name]) -> Ask:
    found = [Clause(key, ":", value) for key, value in clauses]
    return lambda tx, _world: pages.page(tx, noun, Listing(found, descending=True, limit=10))
