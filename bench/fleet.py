"""A made-up fleet's records, written past the API: a million of them would take hours else.

The rows are such as the API leaves behind: versions with a binary for each of their targets,
most of them signed, some destroyed, a few on their way; descriptions of words, some frequent,
some rare; a target that died out; and other organizations in the same tables.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final

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
OLD: Final = "armv5te"  # in targets that are no longer built
STATES: Final = {"signed": 62, "signable": 24, "destroyed": 10, "uploadable": 3, "hashable": 1}
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

    def name(self, kind: Kind, row_id: str) -> Name:
        return Name(self.organization_id, kind, row_id)


def stock(records: Records, size: int) -> Fleet:
    """Fill a database that has its first organization with `size` binaries of it."""
    random = Random(size)  # made up, and the same every time
    with records.alter() as tx:
        tx.connection.execute(tables.organizations.insert(), list(_other_organizations()))
        organization_id, *others = tx.connection.scalars(
            select(tables.organizations.c.id).order_by(tables.organizations.c.name != "default")
        )
        fleet = Fleet(organization_id, size)
        text_index.drop(tx.connection)
        for owner in others:
            _write(tx, Fleet(owner, max(size // 10 // _OTHERS, 1)), random)
        _write(tx, fleet, random)
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


def _write(tx: Transaction, fleet: Fleet, random: Random) -> None:
    words = _words(random)
    artifact = _row(fleet, random, NEWEST, name="system", name_folded="system")
    _load(tx, tables.artifacts, [artifact])
    keys = [_a_key(fleet, random, number) for number in range(3)]
    _load(tx, tables.signing_keys, keys)
    fleet.keyids = [key["keyid"] for key in keys]
    versions = _versions(fleet, random, artifact)
    _load(tx, tables.artifact_versions, versions)
    for batch in _batches(_binaries(fleet, random, versions, words)):
        _load(tx, tables.binaries, batch)
        signed = [each for each in batch if each["state"] == "signed"]
        _load(tx, tables.binary_signatures, [_signature(fleet, random, keys, b) for b in signed])
        begun = [each for each in batch if each["state"] == "uploadable"]
        _load(tx, tables.binary_parts, [p for b in begun for p in _parts(fleet, random, b)])


def _row(fleet: Fleet, random: Random, at: datetime, **fields: object) -> Row:
    moment = microseconds(at)
    return {
        "id": f"{random.getrandbits(128):032x}",
        "organization_id": fleet.organization_id.replace("-", ""),
        "inserted_at": moment,
        "updated_at": moment,
        **fields,
    }


def _words(random: Random) -> list[str]:
    """From frequent to rare."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(random.choices(letters, k=random.randint(3, 9))) for _ in range(3_000)]


def _targets(random: Random, count: int) -> list[str]:
    machines = ("aarch64", "x86_64", "armv7", "riscv64", "mips", "i686", "powerpc64", OLD)
    systems = ("linux-gnu", "linux-musl", "linux-android", "none-eabi", "freebsd")
    return [
        f"{machines[number % 8]}-board{random.randint(10, 99)}{number}-{systems[number % 5]}"
        for number in range(count)
    ]


def _versions(fleet: Fleet, random: Random, artifact: Row) -> list[Row]:
    count = max(fleet.size // _targets_each(fleet) * 2, 1)
    return [
        _row(fleet, random, NEWEST, artifact_id=artifact["id"], version=name, version_folded=name)
        for name in (f"1.{number}.0" for number in range(count))
    ]


def _targets_each(fleet: Fleet) -> int:
    return 500 if fleet.size >= 100_000 else 25  # a large fleet has more of all


def _binaries(fleet: Fleet, random: Random, versions: list[Row], words: list[str]) -> Iterator[Row]:
    """Versions one after the other, all targets of each; over about five years."""
    targets = _targets(random, _targets_each(fleet))
    shares = list(accumulate(1 / (rank + 5) for rank in range(len(words))))  # as in a language
    states, weights = list(STATES), list(STATES.values())
    at = NEWEST - timedelta(days=1800)
    step = timedelta(days=1700) / fleet.size
    for number in range(fleet.size):
        version = versions[number // len(targets)]
        target = targets[number % len(targets)]
        if number > fleet.size * 0.7:
            target = target.replace(OLD, "armv8")
        said = random.choices(words, cum_weights=shares, k=random.randint(3, 10))
        if number in {fleet.size * part // 8 for part in (3, 4, 5)}:
            said.append(RARE)
        at += step * (random.random() * 2)
        made = _row(
            fleet,
            random,
            at,
            artifact_version_id=version["id"],
            target=target,
            hash=f"{random.getrandbits(256):064x}",
            size=random.randint(1, 2**30),
            state=_state(fleet, number) or random.choices(states, weights)[0],
            description=" ".join(said) if random.random() < 0.8 else None,
            revision=1,
            attempt=1,
        )
        _remember(fleet, random, made, at)
        yield made


def _state(fleet: Fleet, number: int) -> str | None:
    """A few are being verified: among the newest, and among the oldest."""
    near_an_end = min(number, fleet.size - number) < fleet.size // 100
    return "hashing" if near_an_end and number % max(fleet.size // 500, 1) == 0 else None


def _remember(fleet: Fleet, random: Random, row: Row, at: datetime) -> None:
    if random.random() > 500 / fleet.size:
        return
    fleet.binaries.append((row["id"], row["hash"], at))
    fleet.version_targets.append((row["artifact_version_id"], row["target"]))
    if row["description"] is not None:
        fleet.phrases.append(" ".join(row["description"].split()[:3]))


def _a_key(fleet: Fleet, random: Random, number: int) -> Row:
    value, keyid = b64encode(random.randbytes(32)).decode(), f"{random.getrandbits(256):064x}"
    return _row(fleet, random, NEWEST, name=f"key {number}", value=value, keyid=keyid)


def _signature(fleet: Fleet, random: Random, keys: list[Row], binary: Row) -> Row:
    """Nearly always by the first key."""
    key = keys[0] if random.random() < 0.99 else keys[1]
    return _row(
        fleet,
        random,
        NEWEST,
        binary_id=binary["id"],
        signing_key_id=key["id"],
        signature=f"{random.getrandbits(512):0128x}",
    ) | {"inserted_at": binary["inserted_at"]}


def _parts(fleet: Fleet, random: Random, binary: Row) -> list[Row]:
    return [
        _row(
            fleet,
            random,
            NEWEST,
            binary_id=binary["id"],
            attempt=1,
            index=index,
            size=5_242_880,
            hash=f"{random.getrandbits(256):064x}",
            state="valid",
            generation=1,
        )
        for index in (1, 2, 3)
    ]


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _load(tx: Transaction, table: Table, rows: list[Row]) -> None:
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
