"""A made-up fleet's devices, such as the API leaves behind: products and cohorts, large and small;
channels, one with a release that counts its devices; certificates, reports, claims and overrides.
The oldest devices are archived, and a target died out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from bench.fleet import NEWEST, RARE, Fleet, Row, a_row, batches, dashed, load, sayings
from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.columns import microseconds
from sealift.records.transaction import Transaction

OLD: Final = "armv5te"  # in targets that are no longer built
_TARGETS: Final = ("aarch64-linux-gnu", "x86_64-linux-gnu", "armv7-linux-musl", "riscv64-none-eabi")
_PRODUCTS: Final = 3
_SHARES: Final = {0: 50, 1: 15, 2: 10, 3: 4.5, 4: 15, 5: 5, 6: 0.5}  # of cohorts, in percent
_PRODUCT_OF: Final = (0, 0, 0, 0, 1, 2, 2)
_RELEASES: Final = 5  # of each cohort
_OVERRIDES: Final = 20
_RUNNING: Final = (1, 3, 6, 60, 30)  # percent, by release


@dataclass(frozen=True, slots=True)
class _Ground:
    """What devices belong to, and what they are given."""

    products: list[Row]
    cohorts: list[Row]
    releases: dict[str, list[Row]]  # by cohort, from old to new
    overrides: list[Row]


def write(tx: Transaction, fleet: Fleet, random: Random) -> None:
    ground = _ground(tx, fleet, random)
    for batch in batches(_devices(fleet, random, ground)):
        load(tx, tables.devices, batch)
        load(tx, tables.device_certificates, [_certificate(fleet, random, d) for d in batch])
        load(tx, tables.events, [_event(fleet, random, device) for device in batch])
        _write_what_became(tx, fleet, random, ground, batch)


# --- what they belong to -------------------------------------------------------------------------


def _ground(tx: Transaction, fleet: Fleet, random: Random) -> _Ground:
    products = [_named(fleet, random, f"product {n}", archived=False) for n in range(_PRODUCTS)]
    cohorts = [
        _named(fleet, random, f"cohort {n}", folded=True, product_id=products[of]["id"])
        for n, of in enumerate(_PRODUCT_OF)
    ]
    load(tx, tables.products, products)
    load(tx, tables.cohorts, cohorts)
    bundles = _bundles(tx, fleet, random)
    releases = {
        c["id"]: _channel(fleet, random, c, bundles, counts=c is cohorts[0]) for c in cohorts
    }
    load(tx, tables.releases, [each for channel in releases.values() for each in channel])
    overrides = [
        _named(
            fleet,
            random,
            f"override {number}",
            folded=True,
            bundle_id=bundles[0]["id"],
            starts_at=microseconds(NEWEST - timedelta(days=1)),
        )
        for number in range(_OVERRIDES)
    ]
    load(tx, tables.bundle_overrides, overrides)
    fleet.products = [each["id"] for each in products]
    fleet.cohorts = [each["id"] for each in cohorts]
    fleet.releases = [each["id"] for each in releases[cohorts[0]["id"]]]
    fleet.bundles = [each["id"] for each in bundles]
    return _Ground(products, cohorts, releases, overrides)


def _named(
    fleet: Fleet, random: Random, name: str, *, folded: bool = False, **fields: object
) -> Row:
    more = {"name_folded": name} if folded else {}
    return a_row(fleet, random, NEWEST, name=name, **more, **fields)


def _bundles(tx: Transaction, fleet: Fleet, random: Random) -> list[Row]:
    """One for each release of a channel, all with the same binary."""
    artifact = _named(fleet, random, "system", folded=True)
    named = {"version": "1.0.0", "version_folded": "1.0.0"}
    version = a_row(fleet, random, NEWEST, artifact_id=artifact["id"], **named)
    content = {"target": "any", "size": 1, "hash": "0" * 64, "state": "signed"}
    changed = {"revision": 1, "attempt": 1}
    of_it = {"artifact_version_id": version["id"], **content, **changed}
    binary = a_row(fleet, random, NEWEST, **of_it)
    bundles = [
        _named(fleet, random, f"bundle {number}", folded=True, hash=f"{number:064x}")
        for number in range(_RELEASES)
    ]
    members = [
        {
            "bundle_id": bundle["id"],
            "binary_id": binary["id"],
            "organization_id": bundle["organization_id"],
            "position": 0,
        }
        for bundle in bundles
    ]
    load(tx, tables.artifacts, [artifact])
    load(tx, tables.artifact_versions, [version])
    load(tx, tables.binaries, [binary])
    load(tx, tables.bundles, bundles)
    load(tx, tables.bundle_binaries, members)
    fleet.binaries = [(binary["id"], binary["hash"], NEWEST)]
    return bundles


def _channel(
    fleet: Fleet, random: Random, cohort: Row, bundles: list[Row], *, counts: bool
) -> list[Row]:
    made = [
        _named(
            fleet,
            random,
            f"release {number}",
            cohort_id=cohort["id"],
            bundle_id=bundle["id"],
            required=False,
            disabled=False,
            schedule_date=microseconds(NEWEST - timedelta(days=60)),
            phase_mode="numeric",
            phase_value="0.5" if counts and bundle is bundles[-1] else "1",
            version=f"1.{number}.0",
            version_folded=f"1.{number}.0",
            next_release_id=None,
        )
        for number, bundle in enumerate(bundles)
    ]
    for one, following in pairwise(made):
        one["next_release_id"] = following["id"]
    return made


# --- devices -------------------------------------------------------------------------------------


def _devices(fleet: Fleet, random: Random, ground: _Ground) -> Iterator[Row]:
    """Taken in over about five years."""
    descriptions = sayings(random)
    at = NEWEST - timedelta(days=1800)
    step = timedelta(days=1700) / fleet.size
    for number in range(fleet.size):
        age = 1 - number / fleet.size
        said = next(descriptions)
        if number in {fleet.size * part // 8 for part in (3, 4, 5)}:
            said.append(RARE)
        at += step * (random.random() * 2)
        made = _device(fleet, random, ground, at, age)
        made["identifier"] = f"gw-{number // 100:05}-{random.getrandbits(32):08x}"
        made["description"] = " ".join(said) if random.random() < 0.5 else None
        if random.random() < 500 / fleet.size and made["archived_at"] is None:
            fleet.devices.append((made, at))
            fleet.phrases += [" ".join(said[:3])] if made["description"] else []
        yield made


def _device(fleet: Fleet, random: Random, ground: _Ground, at: datetime, age: float) -> Row:
    (chosen,) = random.choices(range(len(_SHARES)), list(_SHARES.values()))
    cohort = ground.cohorts[chosen]
    (release,) = random.choices(ground.releases[cohort["id"]], _RUNNING)
    is_archived = random.random() < (1 if age > 0.9 else 0.01 if age > 0.05 else 0.001)
    heard = NEWEST - timedelta(days=random.expovariate(1))
    target = f"{OLD}-linux-gnu" if age > 0.3 and random.random() < 0.1 else random.choice(_TARGETS)
    return a_row(
        fleet,
        random,
        at,
        product_id=cohort["product_id"],
        cohort_id=cohort["id"],
        identifier="",
        description=None,
        tags='["beta"]' if random.random() < 0.2 else None,
        target=target,
        quarantined=random.random() < 0.01,
        archived_at=microseconds(NEWEST) if is_archived else None,
        last_connected_at=microseconds(heard) if random.random() < 0.98 else None,
        reported_bundle_prn=str(fleet.name(Kind.BUNDLE, dashed(release["bundle_id"]))),
        reported_release_prn=str(fleet.name(Kind.RELEASE, dashed(release["id"]))),
        reported_release_version=release["version"],
    )


def _certificate(fleet: Fleet, random: Random, device: Row) -> Row:
    return a_row(
        fleet,
        random,
        NEWEST,
        device_id=device["id"],
        product_id=device["product_id"],
        certificate=random.randbytes(500),
        fingerprint=f"{random.getrandbits(256):064X}",
        serial=str(random.getrandbits(64)),
        not_before=microseconds(NEWEST),
        not_after=microseconds(NEWEST + timedelta(days=3650)),
    ) | {"inserted_at": device["inserted_at"]}


def _event(fleet: Fleet, random: Random, device: Row) -> Row:
    return {
        "id": f"{random.getrandbits(128):032x}",
        "organization_id": device["organization_id"],
        "type": "device",
        "subtype": "release_changed" if random.random() < 0.99 else "updated",
        "resource_prn": str(fleet.name(Kind.DEVICE, dashed(device["id"]))),
        "data": "{}",
        "inserted_at": device["inserted_at"],
    }


def _write_what_became(
    tx: Transaction, fleet: Fleet, random: Random, ground: _Ground, devices: list[Row]
) -> None:
    """A fifth of the largest cohort has claimed its latest release; one in twenty is overridden."""
    latest = ground.releases[ground.cohorts[0]["id"]][-1]
    claimants = [
        {"release_id": latest["id"], "device_id": each["id"]}
        for each in devices
        if each["cohort_id"] == latest["cohort_id"] and random.random() < 0.2
    ]
    listed = [
        {"override_id": random.choice(ground.overrides)["id"], "device_id": each["id"]}
        for each in devices
        if random.random() < 0.05
    ]
    stands = {"outcome": "installed", "failures": 0}
    told = {"bundle_id": latest["bundle_id"], "outcome": "installed"}
    for table, rows in {
        tables.release_claims: claimants,
        tables.override_devices: listed,
        tables.device_reports: [each | told for each in claimants],
    }.items():
        load(tx, table, [a_row(fleet, random, NEWEST, **each) for each in rows])
    outcomes = [a_row(fleet, random, NEWEST, **each, **stands) for each in claimants]
    for each in outcomes:
        del each["id"]
    load(tx, tables.release_outcomes, outcomes)
