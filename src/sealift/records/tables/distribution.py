"""Bundles, the releases and overrides that give them to devices, and what became of it."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from sealift.domain.release import Outcome, PhaseMode
from sealift.records.columns import SEARCHED, Exact, Metadata, Moment, Word, Words
from sealift.records.tables.base import (
    ANSWERS,
    ORDER,
    TENANT_ORDER,
    id_column,
    listed,
    metadata,
    refers,
    tenant,
    times,
    unique,
    where,
)

bundles: Final = Table(
    "bundles",
    metadata,
    id_column(),
    tenant(),
    Column("name", String(256)),
    Column("name_folded", Text, info=SEARCHED),
    Column("hash", String(64), nullable=False),
    *times(),
    listed("bundles"),
)

bundle_binaries: Final = Table(
    "bundle_binaries",
    metadata,
    # Made with the bundle and never changed.
    Column[str]("bundle_id", ForeignKey("bundles.id", ondelete="RESTRICT"), primary_key=True),
    Column[str]("binary_id", ForeignKey("binaries.id", ondelete="RESTRICT"), primary_key=True),
    tenant(),
    Column("position", Integer, nullable=False),  # from 0
    Column("custom_metadata", Metadata),
    Index("bundle_binaries_binary", "binary_id"),
)

bundle_signatures: Final = Table(
    "bundle_signatures",
    metadata,
    id_column(),
    tenant(),
    refers("bundle_id", "bundles"),
    refers("signing_key_id", "signing_keys"),
    Column("signature", String(128), nullable=False),  # hex, as it was sent
    *times(),
    unique("bundle_signatures", "bundle_id", "signing_key_id", field="signing_key_prn"),
    Index("bundle_signatures_bundle", "bundle_id", *TENANT_ORDER),
    Index("bundle_signatures_key", "signing_key_id", *TENANT_ORDER),
    listed("bundle_signatures"),
)

_NEXT: Final = ForeignKey(
    "releases.id",
    ondelete="RESTRICT",
    # A new latest release is named by the one before it, then made: there never are two.
    deferrable=True,
    initially="DEFERRED",
)

releases: Final = Table(
    "releases",
    metadata,
    id_column(),
    tenant(),
    refers("cohort_id", "cohorts"),
    Column("bundle_id", Uuid(as_uuid=False), nullable=False),  # may be gone once this is archived
    Column("next_release_id", Uuid(as_uuid=False), _NEXT),  # none: the latest of its cohort
    Column("name", String(128), nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("required", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("schedule_date", Moment, nullable=False),
    Column("phase_mode", Word(PhaseMode), nullable=False),
    Column("phase_value", Exact),
    Column("phase_tags", Words),
    Column("version", String(128)),
    Column("version_folded", Text, info=SEARCHED),
    Column("version_requirement", String(256)),
    Column("version_requirement_folded", Text, info=SEARCHED),
    Column("retry_limit", Integer),  # a device that failed so often is not offered it
    Column("disable_after_failures", Integer),  # devices
    Column("disable_after_failure_share", Exact),  # of the devices that reported
    Column("deleted_at", Moment),
    *times(),
    Index(
        "releases_latest_unique",
        "cohort_id",
        unique=True,
        **where("next_release_id IS NULL AND deleted_at IS NULL"),
        info={"field": "next_release_prn"},
    ),
    listed("releases"),
    Index("releases_cohort", "cohort_id", *TENANT_ORDER),
    Index("releases_bundle", "bundle_id"),
    Index("releases_next", "next_release_id", *TENANT_ORDER),
    info=ANSWERS,
)

bundle_overrides: Final = Table(
    "bundle_overrides",
    metadata,
    id_column(),
    tenant(),
    refers("bundle_id", "bundles"),
    Column("name", String(128), nullable=False),
    Column("name_folded", Text, nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment),
    *times(),
    listed("bundle_overrides"),
    Index("bundle_overrides_bundle", "bundle_id", *TENANT_ORDER),
    info=ANSWERS,
)

override_devices: Final = Table(
    "override_devices",
    metadata,
    id_column(),
    tenant(),
    refers("override_id", "bundle_overrides"),
    refers("device_id", "devices"),
    *times(),
    unique("override_devices", "override_id", "device_id", field="device_prn"),
    Index("override_devices_override", "override_id", *TENANT_ORDER),
    Index("override_devices_device", "device_id"),
    info=ANSWERS,
)

release_claims: Final = Table(
    "release_claims",
    metadata,
    # Counted against the phase of a release. A claim outlives its device.
    id_column(),
    tenant(),
    refers("release_id", "releases"),
    Column("device_id", Uuid(as_uuid=False), nullable=False),
    *times(),
    unique("release_claims", "release_id", "device_id", field="device_prn"),
    Index("release_claims_device", "device_id"),
    Index("release_claims_counted", "release_id", "organization_id"),
)

device_reports: Final = Table(
    "device_reports",
    metadata,
    # What devices said became of an update; kept when they and their releases are gone.
    id_column(),
    tenant(),
    Column("device_id", Uuid(as_uuid=False), nullable=False),
    Column("release_id", Uuid(as_uuid=False)),
    Column("bundle_id", Uuid(as_uuid=False), nullable=False),
    Column("binary_id", Uuid(as_uuid=False)),  # none: it is about all of the bundle
    Column("outcome", Word(Outcome), nullable=False),
    Column("message", String(1000)),
    *times(),
    listed("device_reports"),
    Index("device_reports_release", "release_id", *TENANT_ORDER),
    Index("device_reports_device", "device_id", *TENANT_ORDER),
)

release_outcomes: Final = Table(
    "release_outcomes",
    metadata,
    # Where each device stands with each release.
    Column[str]("release_id", ForeignKey("releases.id", ondelete="RESTRICT"), primary_key=True),
    Column("device_id", Uuid(as_uuid=False), primary_key=True),
    tenant(),
    Column("outcome", Word(Outcome), nullable=False),  # the last
    Column("failures", Integer, nullable=False),  # since somebody said to try again
    *times(),
    Index("release_outcomes_device", "device_id"),
    info=ANSWERS,
)

events: Final = Table(
    "events",
    metadata,
    id_column(),
    tenant(),
    Column("type", String(32), nullable=False),
    Column("subtype", String(32), nullable=False),
    Column("actor_prn", String(128)),  # none: the server itself
    Column("resource_prn", String(128), nullable=False),
    Column("data", Metadata, nullable=False),
    Column("inserted_at", Moment, nullable=False),
    listed("events"),
    Index("events_actor", "organization_id", "actor_prn", *ORDER),
    Index("events_resource", "organization_id", "resource_prn", *ORDER),
    Index("events_type", "organization_id", "type", *ORDER),
    Index("events_subtype", "organization_id", "subtype", *ORDER),
    Index("events_age", "inserted_at"),
)
