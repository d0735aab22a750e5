"""How the databases find rows: by an index, without statistics and among many.

SQLite plans without ever having looked at the rows, PostgreSQL after it has looked.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, insert

from sealift.domain.binary import State
from sealift.domain.names import Kind, Name
from sealift.domain.search import Clause
from sealift.records import (
    certificates,
    events,
    fleet,
    keys,
    pages,
    parts,
    rows,
    tables,
    unfinished,
)
from sealift.records.artifacts import ARTIFACT_VERSIONS
from sealift.records.binaries import BINARIES
from sealift.records.fleet import DEVICES
from sealift.records.keys import BINARY_SIGNATURES
from sealift.records.pages import Listing
from sealift.records.rows import Noun
from sealift.records.transaction import Records, Transaction
from tests.records.made_up import MOMENT, World, a_row, a_world

MANY = 3_000
_LONG_AGO = MOMENT - timedelta(days=1)
_ASKING = ("SELECT", "WITH")

Ask = Callable[[Transaction, World], object]


@pytest.fixture
def world() -> World:
    return {}


@pytest.fixture
def records(migrated_url: str, world: World) -> Iterator[Records]:
    made = Records(migrated_url)
    with made.write(None) as tx:
        world |= a_world(tx.connection)
        _fill(tx.connection, world)
    yield made
    made.close()


def _fill(connection: Connection, world: World) -> None:
    """Many binaries of some versions, and a signature of each; a few wait for something."""
    numbers = count()
    artifacts = [a_row(tables.artifacts, world) for _ in range(MANY // 100)]
    connection.execute(insert(tables.artifacts), artifacts)
    versions = [
        a_row(tables.artifact_versions, world, artifact_id=artifacts[number % 30]["id"])
        for number in range(MANY // 10)
    ]
    connection.execute(insert(tables.artifact_versions), versions)
    made = [
        a_row(
            tables.binaries,
            world,
            artifact_version_id=versions[number % 300]["id"],
            state=State.SIGNED if number % 1000 else State.HASHING,
            inserted_at=MOMENT + timedelta(seconds=number),
            description=f"kernel number {number}",
        )
        for number in range(MANY)
    ]
    connection.execute(insert(tables.binaries), made)
    signing_keys = [a_row(tables.signing_keys, world, keyid=f"{n:064}") for n in range(MANY)]
    connection.execute(insert(tables.signing_keys), signing_keys)
    signatures = [
        a_row(tables.binary_signatures, world, binary_id=each["id"], signing_key_id=key["id"])
        | {"inserted_at": MOMENT + timedelta(seconds=next(numbers))}
        for each, key in zip(made, signing_keys, strict=True)
    ]
    connection.execute(insert(tables.binary_signatures), signatures)
    _fill_a_fleet(connection, world)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


def _fill_a_fleet(connection: Connection, world: World) -> None:
    others = [a_row(tables.cohorts, world) for _ in range(9)]
    connection.execute(insert(tables.cohorts), others)
    cohorts = [world["cohorts"], *(each["id"] for each in others)]
    devices = [
        a_row(
            tables.devices,
            world,
            cohort_id=cohorts[number % len(cohorts)],
            inserted_at=MOMENT + timedelta(seconds=number),
        )
        for number in range(MANY // 3)
    ]
    connection.execute(insert(tables.devices), devices)
    known = [a_row(tables.device_certificates, world, device_id=each["id"]) for each in devices]
    connection.execute(insert(tables.device_certificates), known)
    told = [a_row(tables.events, world) for _ in devices]
    connection.execute(insert(tables.events), told)


@contextmanager
def _overheard(records: Records) -> Generator[list[tuple[str, object]]]:
    told: list[tuple[str, object]] = []

    def hear(_c: object, _cursor: object, text: str, parameters: object, *_rest: object) -> None:
        if not text.startswith(("BEGIN", "PRAGMA", "EXPLAIN")):
            told.append((text, parameters))

    event.listen(records.engine, "before_cursor_execute", hear)
    yield told
    event.remove(records.engine, "before_cursor_execute", hear)


def _plan(records: Records, ask: Callable[[Transaction], object], tenant: str | None) -> str:
    """How the database goes about the one statement that is asked."""
    (plan,) = _plans(records, ask, tenant)
    return plan


def _plans(records: Records, ask: Callable[[Transaction], object], tenant: str | None) -> list[str]:
    with _overheard(records) as told, records.read(tenant) as tx:
        ask(tx)
        if tx.connection.dialect.name == "postgresql":  # some tables are too small for an index
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [_explained(tx.connection, *each) for each in told if each[0].startswith(_ASKING)]


def _explained(connection: Connection, statement: str, parameters: object) -> str:
    how = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    found = connection.exec_driver_sql(f"{how} {statement}", parameters)  # pyright: ignore[reportArgumentType]
    return "\n".join(str(row[-1]) for row in found)


def _page(noun: Noun[Any], *clauses: tuple[str, str | Name]) -> Ask:
    found = [Clause(key, ":", value) for key, value in clauses]
    return lambda tx, _world: pages.page(tx, noun, Listing(found, descending=True, limit=10))


def _deep(tx: Transaction, _world: World) -> object:
    after = MOMENT + timedelta(seconds=MANY // 2), str(UUID(int=0))
    return pages.page(tx, BINARIES, Listing([], descending=False, limit=10, after=after))


def _texts(*clauses: tuple[str, str, str]) -> Ask:
    """A page from behind the first row of the list."""
    listing = Listing([Clause(*each) for each in clauses], descending=True, limit=10)
    return lambda tx, _world: pages.page(tx, BINARIES, listing, first_rows=1)


def _of_version(tx: Transaction, world: World, *more: Clause) -> object:
    name = Name(world["organizations"], Kind.ARTIFACT_VERSION, world["artifact_versions"])
    clauses = [Clause("artifact_version_prn", ":", name), *more]
    return pages.page(tx, BINARIES, Listing(clauses, descending=True, limit=10))


def _versions(tx: Transaction, world: World) -> object:
    name = Name(world["organizations"], Kind.ARTIFACT, world["artifacts"])
    clauses = [Clause("artifact_prn", ":", name)]
    return pages.page(tx, ARTIFACT_VERSIONS, Listing(clauses, descending=True, limit=10))


def _signatures(tx: Transaction, world: World) -> object:
    name = Name(world["organizations"], Kind.BINARY, world["binaries"])
    clauses = [Clause("binary_prn", ":", name)]
    return pages.page(tx, BINARY_SIGNATURES, Listing(clauses, descending=True, limit=10))


def _device(world: World) -> Name:
    return Name(world["organizations"], Kind.DEVICE, world["devices"])


def _in_cohort(tx: Transaction, world: World) -> object:
    name = Name(world["organizations"], Kind.COHORT, world["cohorts"])
    clauses = [Clause("cohort_prn", ":", name)]
    return pages.page(tx, DEVICES, Listing(clauses, descending=True, limit=10))


# SQLite names the index of a constraint by itself: there its columns tell, after a "|".
ASKED: dict[str, tuple[Ask, str]] = {
    "the newest": (_page(BINARIES), "binaries_listed"),
    "of a version": (_of_version, "binaries_version"),
    "of a version and target": (
        lambda tx, world: _of_version(tx, world, Clause("target", ":", "target 5")),
        "binaries_version_target",
    ),
    "versions of an artifact": (_versions, "artifact_versions_artifact"),
    "by hash": (_page(BINARIES, ("hash", "0" * 64)), "binaries_hash"),
    "in the middle": (_deep, "binaries_listed"),
    "by target": (_page(BINARIES, ("target", "target 5")), "binaries_target"),
    "by state": (_page(BINARIES, ("state", "hashing")), "binaries_state"),
    "signatures of a keyid": (
        _page(BINARY_SIGNATURES, ("signature.signing_key.keyid", f"{5:064}")),
        "binary_signatures_key",
    ),
    "signatures of a binary": (_signatures, "binary_signatures_binary"),
    "signatures shown with binaries": (
        lambda tx, world: keys.attached_to(tx, [world["binaries"]]),
        "binary_signatures_binary",
    ),
    "a key by its keyid": (
        lambda tx, _world: keys.by_keyid(tx, f"{5:064}"),
        "signing_keys_organization_id_keyid_unique|(organization_id=? AND keyid=?)",
    ),
    "devices of a cohort": (_in_cohort, "devices_cohort"),
    "a device by its identifier": (
        lambda tx, _world: fleet.device_identified(tx, "gw-0001"),
        "devices_organization_id_identifier_unique|(organization_id=? AND identifier=?)",
    ),
    "a certificate by its fingerprint": (
        lambda tx, _world: certificates.with_fingerprint(tx, "0" * 64),
        "device_certificates_fingerprint_unique|(fingerprint=?)",
    ),
    "certificates of a device": (
        lambda tx, world: certificates.of_device(tx, world["devices"]),
        "device_certificates_device",
    ),
    "what was told of a device": (
        lambda tx, world: events.told_since(tx, _device(world), "updated", _LONG_AGO, 1),
        "events_resource",
    ),
    "bytes received": (
        lambda tx, world: parts.bytes_received(tx, [world["binaries"]]),
        "binary_parts_binary_id_index_unique|(binary_id=?)",
    ),
}
# What SQLite and PostgreSQL go by when the first rows were not enough.
SEARCHED: dict[str, tuple[Ask, tuple[str, str]]] = {
    "a rare text": (
        _texts(("description", "~", "1234")),
        ("binaries_texts VIRTUAL TABLE", "binaries_description_texts"),
    ),
    "a text equal to another": (
        _texts(("description", ":", "kernel number 1234")),
        ("binaries_texts VIRTUAL TABLE", "binaries_description_texts"),
    ),
    "two texts": (
        _texts(("target", "~", "get 99"), ("description", "~", "1234")),
        ("binaries_texts VIRTUAL TABLE", "binaries_description_texts"),
    ),
}
SWEPT: dict[str, tuple[Ask, str]] = {
    "to be verified": (lambda tx, _world: unfinished.to_verify(tx, MOMENT), "binaries_hashing"),
    "abandoned": (lambda tx, _world: unfinished.abandoned(tx, MOMENT), "binaries_unfinished"),
}


def test_every_list_is_found_by_an_index_that_has_its_order(records: Records, world: World) -> None:
    for name, (ask, index) in ASKED.items():
        plan = _plan(records, lambda tx, ask=ask: ask(tx, world), world["organizations"])

        assert any(each in plan for each in index.split("|")), (name, plan)
        assert "SCAN" not in plan, (name, plan)
        assert "TEMP B-TREE FOR ORDER" not in plan, (name, plan)


def test_a_text_is_looked_for_in_the_first_rows_and_then_by_the_index_of_texts(
    records: Records, world: World
) -> None:
    kind = records.engine.dialect.name == "postgresql"
    for name, (ask, indexes) in SEARCHED.items():
        end, first, rest = _plans(
            records, lambda tx, ask=ask: ask(tx, world), world["organizations"]
        )

        assert "binaries_listed" in end, (name, end)
        assert "binaries_listed" in first, (name, first)
        assert indexes[kind] in rest, (name, rest)
        assert "SCAN binaries" not in rest.replace("SCAN binaries_texts", ""), (name, rest)
        assert "TEMP B-TREE" not in rest, (name, rest)


def test_what_the_sweep_asks_every_few_seconds_reads_only_what_is_unfinished(
    records: Records, world: World
) -> None:
    for name, (ask, index) in SWEPT.items():
        plan = _plan(records, lambda tx, ask=ask: ask(tx, world), None)

        assert index in plan, (name, plan)


def test_a_binary_is_looked_up_without_its_parts_and_swept_without_its_metadata(
    records: Records, world: World
) -> None:
    with _overheard(records) as told, records.read(None) as tx:
        rows.get(tx, BINARIES, world["binaries"])
        looked_up = [text for text, _ in told]
        unfinished.to_verify(tx, MOMENT)
        unfinished.abandoned(tx, MOMENT)
        swept = [text for text, _ in told][len(looked_up) :]

    assert not any("binary_parts" in text for text in looked_up)
    assert not any("custom_metadata" in text for text in swept)
