"""Bundles, what is in them, and the overrides that give one to named devices."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, func

from sealift.domain.binary import State
from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.rows import Noun, all_of, portions, query
from sealift.records.transaction import Transaction

_AN_ELEMENT: Final = 100  # about as many characters as it takes to name a binary


@dataclass(frozen=True, slots=True)
class Bundle:
    id: str
    organization_id: str
    name: str | None
    hash: str
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BundleOverride:
    id: str
    organization_id: str
    bundle_id: str
    name: str
    description: str | None
    starts_at: datetime
    ends_at: datetime | None
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OverrideDevice:
    """A device that an override lists."""

    id: str
    organization_id: str
    override_id: str
    device_id: str
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A binary in a bundle, with the metadata it got on entry."""

    binary_id: str
    custom_metadata: JsonText | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A binary that may enter a bundle, with all the metadata that it may get there."""

    id: str
    hash: str
    state: State
    own: JsonText | None
    of_version: JsonText | None
    of_artifact: JsonText | None


def _with_binary(tx: Transaction, binary_id: object) -> ColumnElement[bool]:
    return tables.bundles.c.id.in_(with_binary(tx, str(binary_id)))


BUNDLES: Final = Noun(
    tables.bundles,
    Bundle,
    Kind.BUNDLE,
    folded={"name": "name_folded"},
    conditions={"binary_prn": _with_binary},
)
BUNDLE_OVERRIDES: Final = Noun(
    tables.bundle_overrides,
    BundleOverride,
    Kind.BUNDLE_OVERRIDE,
    keys={"bundle_prn": "bundle_id"},
    folded={"name": "name_folded"},
)
OVERRIDE_DEVICES: Final = Noun(
    tables.override_devices,
    OverrideDevice,
    Kind.DEVICE,
    keys={"bundle_override_prn": "override_id", "device_prn": "device_id"},
)


def with_binary(tx: Transaction, binary_id: str) -> Select[tuple[str]]:
    """The ids of the bundles that the binary is in."""
    of = tables.bundle_binaries.c
    return tx.select(tables.bundle_binaries, of.bundle_id).where(of.binary_id == binary_id)


def any_with_binary(tx: Transaction, binary_id: str) -> bool:
    found = tx.connection.execute(with_binary(tx, binary_id).limit(1))
    return found.first() is not None


def all_with_binary(tx: Transaction, binary_id: str) -> list[Bundle]:
    """The newest first."""
    of = tables.bundles.c
    statement = query(tx, BUNDLES).where(of.id.in_(with_binary(tx, binary_id)))
    return all_of(tx, BUNDLES, statement.order_by(of.inserted_at.desc(), of.id.desc()))


def overrides_giving(tx: Transaction, binary_id: str) -> list[BundleOverride]:
    """Whether they are active or not; the newest first."""
    of = tables.bundle_overrides.c
    statement = query(tx, BUNDLE_OVERRIDES).where(of.bundle_id.in_(with_binary(tx, binary_id)))
    return all_of(tx, BUNDLE_OVERRIDES, statement.order_by(of.inserted_at.desc(), of.id.desc()))


def listed(tx: Transaction, override_ids: Collection[str]) -> dict[str, int]:
    """How many devices each override lists."""
    of, found = tables.override_devices.c, dict.fromkeys(override_ids, 0)
    statement = tx.select(tables.override_devices, of.override_id, func.count().label("devices"))
    for some in portions(override_ids):
        grouped = statement.where(of.override_id.in_(some)).group_by(of.override_id)
        found |= {row.override_id: row.devices for row in tx.connection.execute(grouped)}
    return found


def candidates(tx: Transaction, binary_ids: Collection[str]) -> list[Candidate]:
    """Those that are there; they stay as they are until the transaction ends."""
    of, versions, artifacts = (
        tables.binaries.c,
        tables.artifact_versions.c,
        tables.artifacts.c,
    )
    metadata = (of.custom_metadata, versions.custom_metadata, artifacts.custom_metadata)
    statement = (
        tx.select(tables.binaries, of.id, of.hash, of.state, *metadata)
        .join(tables.artifact_versions, versions.id == of.artifact_version_id)
        .join(tables.artifacts, artifacts.id == versions.artifact_id)
        .where(of.id.in_(binary_ids))
        .order_by(of.id)  # whoever locks several does so in one order
        .with_for_update(read=True, of=tables.binaries)
    )
    return [Candidate(*row) for row in tx.connection.execute(statement)]


def put_in(tx: Transaction, bundle_id: str, members: Sequence[Member]) -> None:
    tx.insert_all(
        tables.bundle_binaries,
        [
            {
                "bundle_id": bundle_id,
                "binary_id": member.binary_id,
                "position": position,
                "custom_metadata": member.custom_metadata,
            }
            for position, member in enumerate(members)
        ],
    )


def members(tx: Transaction, bundle_ids: Collection[str]) -> dict[str, list[Member]]:
    """What is in each bundle, in its order."""
    of = tables.bundle_binaries.c
    found: dict[str, list[Member]] = {bundle_id: [] for bundle_id in bundle_ids}
    statement = tx.select(tables.bundle_binaries, of.bundle_id, of.binary_id, of.custom_metadata)
    ordered = statement.where(of.bundle_id.in_(bundle_ids)).order_by(of.bundle_id, of.position)
    for bundle_id, *member in tx.connection.execute(ordered):
        found[bundle_id].append(Member(*member))
    return found


def weights(tx: Transaction, bundle_ids: Collection[str]) -> dict[str, int]:
    """About how many characters it takes to show each bundle."""
    of = tables.bundle_binaries.c
    characters = func.sum(func.coalesce(func.length(of.custom_metadata), 0) + _AN_ELEMENT)
    statement = tx.select(tables.bundle_binaries, of.bundle_id, characters.label("weight"))
    grouped = statement.where(of.bundle_id.in_(bundle_ids)).group_by(of.bundle_id)
    return {row.bundle_id: int(row.weight) for row in tx.connection.execute(grouped)}


def empty(tx: Transaction, bundle_id: str) -> None:
    table = tables.bundle_binaries
    tx.connection.execute(tx.delete(table).where(table.c.bundle_id == bundle_id))


def unservable(
    tx: Transaction, bundle_ids: Collection[str], but_for: str | None = None
) -> set[str]:
    """Those of the bundles that have a binary which is not signed: no device is given them.
    `but_for` is a binary that is taken for signed.
    """
    of, binaries = tables.bundle_binaries.c, tables.binaries.c
    statement = (
        tx.select(tables.bundle_binaries, of.bundle_id)
        .join(tables.binaries, binaries.id == of.binary_id)
        .where(binaries.state != State.SIGNED)
        .distinct()
    )
    if but_for is not None:
        statement = statement.where(binaries.id != but_for)
    found = set[str]()
    for some in portions(bundle_ids):
        found |= set(tx.connection.scalars(statement.where(of.bundle_id.in_(some))))
    return found


def forget_devices(tx: Transaction, override_id: str) -> None:
    table = tables.override_devices
    tx.connection.execute(tx.delete(table).where(table.c.override_id == override_id))


def forget_device(tx: Transaction, override_id: str, device_id: str) -> bool:
    """False: the override did not list it."""
    table = tables.override_devices
    listed = (table.c.override_id == override_id, table.c.device_id == device_id)
    return tx.changed_one(tx.delete(table).where(*listed))
