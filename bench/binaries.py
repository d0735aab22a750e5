"""A made-up fleet's binaries, such as the API leaves behind: versions with a binary for each of
their targets, most of them signed, some destroyed, a few on their way; descriptions of words,
some frequent, some rare; and a target that died out.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from bench.fleet import NEWEST, RARE, Fleet, Row, a_row, batches, load, sayings
from sealift.records import tables
from sealift.records.transaction import Transaction

OLD: Final = "armv5te"  # in targets that are no longer built
STATES: Final = {"signed": 62, "signable": 24, "destroyed": 10, "uploadable": 3, "hashable": 1}


def write(tx: Transaction, fleet: Fleet, random: Random) -> None:
    artifact = a_row(fleet, random, NEWEST, name="system", name_folded="system")
    load(tx, tables.artifacts, [artifact])
    keys = [_a_key(fleet, random, number) for number in range(3)]
    load(tx, tables.signing_keys, keys)
    fleet.keyids = [key["keyid"] for key in keys]
    versions = _versions(fleet, random, artifact)
    load(tx, tables.artifact_versions, versions)
    for batch in batches(_binaries(fleet, random, versions)):
        load(tx, tables.binaries, batch)
        signed = [each for each in batch if each["state"] == "signed"]
        load(tx, tables.binary_signatures, [_signature(fleet, random, keys, b) for b in signed])
        begun = [each for each in batch if each["state"] == "uploadable"]
        load(tx, tables.binary_parts, [p for b in begun for p in _parts(fleet, random, b)])


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
        a_row(fleet, random, NEWEST, artifact_id=artifact["id"], version=name, version_folded=name)
        for name in (f"1.{number}.0" for number in range(count))
    ]


def _targets_each(fleet: Fleet) -> int:
    return 500 if fleet.size >= 100_000 else 25  # a large fleet has more of all


def _binaries(fleet: Fleet, random: Random, versions: list[Row]) -> Iterator[Row]:
    """Versions one after the other, all targets of each; over about five years."""
    targets = _targets(random, _targets_each(fleet))
    descriptions = sayings(random)
    states, weights = list(STATES), list(STATES.values())
    at = NEWEST - timedelta(days=1800)
    step = timedelta(days=1700) / fleet.size
    for number in range(fleet.size):
        version = versions[number // len(targets)]
        target = targets[number % len(targets)]
        if number > fleet.size * 0.7:
            target = target.replace(OLD, "armv8")
        said = next(descriptions)
        if number in {fleet.size * part // 8 for part in (3, 4, 5)}:
            said.append(RARE)
        at += step * (random.random() * 2)
        made = a_row(
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
    return a_row(fleet, random, NEWEST, name=f"key {number}", value=value, keyid=keyid)


def _signature(fleet: Fleet, random: Random, keys: list[Row], binary: Row) -> Row:
    """Nearly always by the first key."""
    key = keys[0] if random.random() < 0.99 else keys[1]
    return a_row(
        fleet,
        random,
        NEWEST,
        binary_id=binary["id"],
        signing_key_id=key["id"],
        signature=f"{random.getrandbits(512):0128x}",
    ) | {"inserted_at": binary["inserted_at"]}


def _parts(fleet: Fleet, random: Random, binary: Row) -> list[Row]:
    return [
        a_row(
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
