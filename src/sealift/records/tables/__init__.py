"""Every table, on SQLite and on PostgreSQL alike.

What must be unique is a constraint here; its `info` says which field of a request is to
blame when it is broken. Rows of a tenant carry `organization_id` and are reached only
through a `Transaction`, which adds it to every statement. Times are integer microseconds
of UTC. Only the record of a binary is here; its content is in a store.
"""

from sealift.records.tables.accounts import api_keys, memberships, organizations, users
from sealift.records.tables.base import metadata
from sealift.records.tables.binaries import (
    artifact_versions,
    artifacts,
    binaries,
    binary_parts,
    binary_signatures,
    signing_keys,
)
from sealift.records.tables.distribution import (
    bundle_binaries,
    bundle_overrides,
    bundle_signatures,
    bundles,
    device_reports,
    events,
    override_devices,
    release_claims,
    release_outcomes,
    releases,
)
from sealift.records.tables.fleet import (
    adoption,
    ca_certificates,
    cohorts,
    device_certificates,
    devices,
    products,
    verification_codes,
)
from sealift.records.tables.own import audit, device_checks, erasures, secrets, verifications

__all__ = [
    "adoption",
    "api_keys",
    "artifact_versions",
    "artifacts",
    "audit",
    "binaries",
    "binary_parts",
    "binary_signatures",
    "bundle_binaries",
    "bundle_overrides",
    "bundle_signatures",
    "bundles",
    "ca_certificates",
    "cohorts",
    "device_certificates",
    "device_checks",
    "device_reports",
    "devices",
    "erasures",
    "events",
    "memberships",
    "metadata",
    "organizations",
    "override_devices",
    "products",
    "release_claims",
    "release_outcomes",
    "releases",
    "secrets",
    "signing_keys",
    "users",
    "verification_codes",
    "verifications",
]
