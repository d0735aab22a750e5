"""How the databases find what is asked of a fleet: by an index, among however many devices."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert

from sealift.domain.names import Kind, Name
from sealift.domain.search import Clause
from sealift.records import (
    adoption,
    certificates,
    checks,
    claims,
    events,
    fleet,
    groups,
    pages,
    reports,
    rows,
    tables,
)
from sealift.records.bundles import OVERRIDE_DEVICES
from sealift.records.certificates import DEVICE_CERTIFICATES
from sealift.records.events import EVENTS
from sealift.records.fleet import DEVICES
from sealift.records.pages import Listing
from sealift.records.releases import RELEASES
from sealift.records.reports import REPORTS
from sealift.records.rows import Noun
from sealift.records.transaction import Records, Transaction
from tests.records.made_up import MOMENT, World, a_row, a_world
from tests.records.plans import Ask, a_page, the_plan, the_plans

_MANY = 1_000
_GROUPS = 20  # products, cohorts, targets and what is reported
_LONG_AGO = MOMENT - timedelta(days=1)


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
    """Devices of many cohorts; the world's has a channel that reads all it can."""
    products = _ids(connection, world, tables.products)
    cohorts = _ids(connection, world, tables.cohorts)
    world["releases"] = counted = _a_counted_release(connection, world)
    _fill_channels(connection, world, cohorts)
    devices = [_a_device(world, number, products, cohorts) for number in range(_MANY)]
    connection.execute(insert(tables.devices), devices)
    world["devices"] = devices[0]["id"]
    for table, fields in {
        tables.device_certificates: {"product_id": "product_id"},
        tables.override_devices: {},
        tables.release_claims: {},
        tables.release_outcomes: {},
    }.items():
        of_release = {"release_id": counted} if "release_id" in table.c else {}
        found = [
            a_row(table, world, device_id=each["id"], **of_release)
            | {column: each[source] for column, source in fields.items()}
            for each in devices
        ]
        connection.execute(insert(table), found)
    told = [_an_event(world, number, devices[number]) for number in range(_MANY)]
    connection.execute(insert(tables.events), told)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


def _ids(connection: Connection, world: World, table: Table) -> list[str]:
    more = [a_row(table, world) for _ in range(_GROUPS - 1)]
    connection.execute(insert(table), more)
    return [world[table.name], *(each["id"] for each in more)]


def _a_counted_release(connection: Connection, world: World) -> str:
    one = {"deleted_at": None, "phase_value": Decimal("0.5"), "retry_limit": 3}
    made = a_row(tables.releases, world, **one)
    connection.execute(insert(tables.releases), [made])
    return made["id"]


def _fill_channels(connection: Connection, world: World, cohorts: list[str]) -> None:
    """Releases that are there, each but the last with the one after it."""
    for cohort_id in cohorts[1:]:
        made = [a_row(tables.releases, world, cohort_id=cohort_id) for _ in range(_GROUPS)]
        for one, following in pairwise(made):
            one["next_release_id"] = following["id"]
        made[-1]["next_release_id"] = None
        connection.execute(insert(tables.releases), [each | {"deleted_at": None} for each in made])


def _a_device(world: World, number: int, products: list[str], cohorts: list[str]) -> dict[str, Any]:
    group = number % _GROUPS
    return a_row(
        tables.devices,
        world,
        product_id=products[group],
        cohort_id=cohorts[group],
        identifier=f"gw-{number}",
        target=f"target {group}",
        archived_at=MOMENT if number % 100 == 1 else None,
        reported_bundle_prn=str(_numbered(world, Kind.BUNDLE, group)),
        reported_release_prn=str(_numbered(world, Kind.RELEASE, group)),
        reported_release_version=f"1.{group}.0",
        inserted_at=MOMENT + timedelta(seconds=number),
    )


def _numbered(world: World, kind: Kind, number: int) -> Name:
    return Name(world["organizations"], kind, f"{number:08}-0000-4000-8000-000000000000")


def _an_event(world: World, number: int, device: Mapping[str, Any]) -> dict[str, Any]:
    name = Name(world["organizations"], Kind.DEVICE, device["id"])
    return a_row(
        tables.events,
        world,
        type=f"type {number % 5}",
        subtype=f"subtype {number % _GROUPS}",
        resource_prn=str(name),
        actor_prn=str(name),
        inserted_at=MOMENT + timedelta(seconds=number),
    )


def _of(noun: Noun[Any], key: str, kind: Kind, *more: Clause) -> Ask:
    """A page of what belongs to the world's row of a kind."""

    def ask(tx: Transaction, world: World) -> object:
        name = Name(world["organizations"], kind, world[f"{kind}s"])
        listing = Listing([Clause(key, ":", name), *more], descending=True, limit=10)
        return pages.page(tx, noun, listing)

    return ask


def _reported(kind: Kind) -> Ask:
    def ask(tx: Transaction, world: World) -> object:
        clause = Clause(f"reported_{kind}_prn", ":", _numbered(world, kind, 7))
        return pages.page(tx, DEVICES, Listing([clause], descending=True, limit=10))

    return ask


def _archived(tx: Transaction, _world: World) -> object:
    clause = Clause("archived", ":", value=True)
    return pages.page(tx, DEVICES, Listing([clause], descending=False, limit=10))


def _events_of_a_device(**more: str) -> Ask:
    def ask(tx: Transaction, world: World) -> object:
        about = {"resource_prn": str(_device(world)), **more}
        return a_page(EVENTS, *about.items())(tx, world)

    return ask


def _device(world: World) -> Name:
    return Name(world["organizations"], Kind.DEVICE, world["devices"])


# SQLite names the index of a constraint by itself: there its columns tell, after a "|".
_READ = (
    *("device", "overrides", "releases", "devices in the cohort", "claims", "own claims"),
    *("failures", "bundles"),
)
_IDENTIFIER = "devices_organization_id_identifier_unique|(organization_id=? AND identifier=?)"
_OUTCOME = "release_outcomes_pk|release_outcomes_device|(release_id=?"
ASKED: dict[str, tuple[Ask, str]] = {
    "devices": (a_page(DEVICES), "devices_listed"),
    "archived devices": (_archived, "devices_archived"),
    "devices of a cohort": (_of(DEVICES, "cohort_prn", Kind.COHORT), "devices_cohort"),
    "devices of a product": (_of(DEVICES, "product_prn", Kind.PRODUCT), "devices_product"),
    "devices by target": (a_page(DEVICES, ("target", "target 7")), "devices_target"),
    "devices by identifier": (a_page(DEVICES, ("identifier", "gw-7")), _IDENTIFIER),
    "devices by release": (_reported(Kind.RELEASE), "devices_release"),
    "devices by bundle": (_reported(Kind.BUNDLE), "devices_bundle"),
    "devices by version": (
        a_page(DEVICES, ("reported_release_version", "1.7.0")),
        "devices_version",
    ),
    "a device by its identifier": (
        lambda tx, _world: fleet.device_identified(tx, "gw-7"),
        _IDENTIFIER,
    ),
    "devices in use of a product": (
        lambda tx, world: fleet.has_devices_in_use(tx, world["products"]),
        "devices_product",
    ),
    "devices on releases": (
        lambda tx, world: groups.on_releases(tx, [str(_numbered(world, Kind.RELEASE, 7))]),
        "devices_release",
    ),
    "a certificate by its fingerprint": (
        lambda tx, _world: certificates.with_fingerprint(tx, "0" * 64),
        "device_certificates_fingerprint_unique|(fingerprint=?)",
    ),
    "certificates of a device": (
        lambda tx, world: certificates.of_device(tx, world["devices"]),
        "device_certificates_device",
    ),
    "certificates of a device, listed": (
        _of(DEVICE_CERTIFICATES, "device_prn", Kind.DEVICE),
        "device_certificates_device",
    ),
    "certificates of a product": (
        _of(DEVICE_CERTIFICATES, "product_prn", Kind.PRODUCT),
        "device_certificates_product",
    ),
    "releases of a cohort": (_of(RELEASES, "cohort_prn", Kind.COHORT), "releases_cohort"),
    "devices that an override lists": (
        _of(OVERRIDE_DEVICES, "bundle_override_prn", Kind.BUNDLE_OVERRIDE),
        "override_devices_override",
    ),
    "claims of a device": (
        lambda tx, world: claims.of_device(tx, world["devices"], [world["releases"]]),
        "release_claims_device|release_claims_release_id_device_id_unique|device_id=?)",
    ),
    "claims of a release": (
        lambda tx, world: claims.counts(tx, [world["releases"]]),
        "release_claims_counted",
    ),
    "reports of a release": (
        _of(REPORTS, "release_prn", Kind.RELEASE),
        "device_reports_release",
    ),
    "outcomes of a release": (
        lambda tx, world: reports.given_up(tx, world["releases"], 3),
        _OUTCOME,
    ),
    "where a device stands": (
        lambda tx, world: reports.standing(tx, world["releases"], world["devices"]),
        _OUTCOME,
    ),
    "events by type": (a_page(EVENTS, ("type", "type 3")), "events_type"),
    "events by subtype": (a_page(EVENTS, ("subtype", "subtype 7")), "events_subtype"),
    "events by both": (
        a_page(EVENTS, ("type", "type 2"), ("subtype", "subtype 7")),
        "events_subtype",
    ),
    "events of a device": (_events_of_a_device(), "events_resource"),
    "events of a device by type": (_events_of_a_device(type="type 2"), "events_resource"),
    "events of a device by both": (
        _events_of_a_device(type="type 2", subtype="subtype 7"),
        "events_resource",
    ),
    "what was told of a device": (
        lambda tx, world: events.told_since(tx, _device(world), "subtype 7", _LONG_AGO, 1),
        "events_resource",
    ),
    "of which devices it was told": (
        lambda tx, world: events.resources_of(tx, [_device(world)], "subtype 7", _LONG_AGO),
        "events_resource",
    ),
}


def test_what_is_asked_of_a_fleet_is_found_by_an_index(records: Records, world: World) -> None:
    for name, (ask, index) in ASKED.items():
        plan = the_plan(records, lambda tx, ask=ask: ask(tx, world), world["organizations"])

        assert any(each in plan for each in index.split("|")), (name, plan)
        assert "SCAN" not in plan, (name, plan)
        assert "TEMP B-TREE FOR ORDER" not in plan, (name, plan)


def test_whether_the_hour_was_counted_is_seen_without_reading_what_was(records: Records) -> None:
    plan = the_plan(records, lambda tx: adoption.is_counted(tx, MOMENT), None)

    assert "adoption_newest" in plan


def test_the_check_of_a_device_reads_no_table_to_its_end(records: Records, world: World) -> None:
    plans = the_plans(
        records,
        lambda tx: checks.inputs(tx, rows.get(tx, DEVICES, world["devices"])),
        world["organizations"],
    )

    assert len(plans) == len(_READ)
    for plan in plans:
        assert "SCAN" not in plan, plan
        assert "Seq Scan" not in plan, plan


def test_devices_of_a_cohort_are_told_apart_without_reading_the_others(
    records: Records, world: World
) -> None:
    def ask(tx: Transaction) -> object:
        channel = groups.channel(tx, world["cohorts"])
        return groups.of_cohort(tx, world["cohorts"], channel, MOMENT)

    plans = the_plans(records, ask, world["organizations"])

    assert any("devices_cohort" in plan for plan in plans)
    for plan in plans:
        assert "SCAN devices" not in plan, plan
        assert "devices_release" not in plan, plan
