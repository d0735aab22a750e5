"""Bundles, their signatures, and the overrides that give one to named devices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.rows import Noun


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


BUNDLES: Final = Noun(tables.bundles, Bundle, Kind.BUNDLE, folded={"name": "name_folded"})
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
