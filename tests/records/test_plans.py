"""How the databases find rows: by an index, without statistics and among many.

SQLite plans without ever having looked at the rows, PostgreSQL after it has looked.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert

from sealift.domain.binary import State
from sealift.domain.names import Kind, Name
from sealift.domain.search import Clause
from sealift.records import (
    keys,
    pages,
    parts,
    rows,
    tables,
    unfinished,
)
from sealift.records.artifacts import ARTIFACT_VERSIONS
from sealift.records.binaries import BINARIES
from sealift.records.keys import BINARY_SIGNATURES
from sealift.records.pages import Listing
from sealift.records.transaction import Records, Transaction
from tests.records.made_up import MOMENT, World, a_row, a_world
from tests.records.plans import Ask, a_page, overheard, the_plan, the_plans

MANY = 3_000


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
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


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


# SQLite names the index of a constraint by itself: there its columns tell, after a "|".
ASKED: dict[str, tuple[Ask, str]] = {
    "the newest": (a_page(BINARIES), "binaries_listed"),
    "of a version": (_of_version, "binaries_version"),
    "of a version and target": (
        lambda tx, world: _of_version(tx, world, Clause("target", ":", "target 5")),
        "binaries_version_target",
    ),
    "versions of an artifact": (_versions, "artifact_versions_artifact"),
    "by hash": (a_page(BINARIES, ("hash", "0" * 64)), "binaries_hash"),
    "in the middle": (_deep, "binaries_listed"),
    "by target": (a_page(BINARIES, ("target", "target 5")), "binaries_target"),
    "by state": (a_page(BINARIES, ("state", "hashing")), "binaries_state"),
    "signatures of a keyid": (
        a_page(BINARY_SIGNATURES, ("signature.signing_key.keyid", f"{5:064}")),
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
        plan = the_plan(records, lambda tx, ask=ask: ask(tx, world), world["organizations"])

        assert any(each in plan for each in index.split("|")), (name, plan)
        assert "SCAN" not in plan, (name, plan)
        assert "TEMP B-TREE FOR ORDER" not in plan, (name, plan)


def test_a_text_is_looked_for_in_the_first_rows_and_then_by_the_index_of_texts(
    records: Records, world: World
) -> None:
    kind = records.engine.dialect.name == "postgresql"
    for name, (ask, indexes) in SEARCHED.items():
        end, first, rest = the_plans(
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
        plan = the_plan(records, lambda tx, ask=ask: ask(tx, world), None)

        assert index in plan, (name, plan)


def test_a_binary_is_looked_up_without_its_parts_and_swept_without_its_metadata(
    records: Records, world: World
) -> None:
    with overheard(records) as told, records.read(None) as tx:
        rows.get(tx, BINARIES, world["binaries"])
        looked_up = [text for text, _ in told]
        unfinished.to_verify(tx, MOMENT)
        unfinished.abandoned(tx, MOMENT)
        swept = [text for text, _ in told][len(looked_up) :]

    assert not any("binary_parts" in text for text in looked_up)
    assert not any("custom_metadata" in text for text in swept)
