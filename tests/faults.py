"""Faults on demand: a store that does not answer, a database that is away, a power cut."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
from sqlalchemy import event

from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable
from tests.yard import Yard


class PowerCut(BaseException):
    """Ends whatever runs as a killed process would: nothing catches it."""


def power_cut(_answer: object = None) -> None:
    """Fits before a call of the watched store, and after it."""
    raise PowerCut


def away() -> None:
    raise ContentUnavailable("the store does not answer")


def full() -> None:
    raise ContentFull("no room is left")


def missing() -> None:
    raise ContentMissing("no such content is stored")


def once(yard: Yard, call: str, what: Callable[[], object]) -> None:
    """Do `what` before the next `call` of the store, and before no other."""

    def then() -> None:
        del yard.store.before[call]
        what()

    yard.store.before[call] = then


@contextmanager
def database_away(yard: Yard) -> Generator[None]:
    """Every connection is gone and no new one can be made."""
    engine = yard.system.records.engine

    def refuse(*_: object) -> None:
        if engine.dialect.name == "sqlite":
            sqlite3.connect("/no/such/folder/records.sqlite3")
        raise psycopg.OperationalError("connection refused")

    engine.dispose()
    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)
