"""What the system keeps for its own work."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, Uuid

from sealift.records.columns import CompactJson, Moment
from sealift.records.tables.base import id_column, metadata, tenant

audit: Final = Table(
    "audit",
    metadata,
    # The database refuses to change or delete a line (see the first migration).
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("organization_id", Uuid(as_uuid=False)),
    Column("at", Moment, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("resource", String(128), nullable=False),
    Column("facts", CompactJson, nullable=False),
    Index("audit_resource", "resource", "id"),
)

erasures: Final = Table(
    "erasures",
    metadata,
    # Content that no record claims any more; a row stays until nothing is left.
    id_column(),
    tenant(),
    Column("binary_id", Uuid(as_uuid=False), nullable=False),  # its record may be gone
    Column("store", String(64), nullable=False),
    Column("key", String(256), nullable=False),
    Column("upload", Text),  # none: the opening step was not on record
    Column("inserted_at", Moment, nullable=False),
    Index("erasures_binary", "binary_id"),
)

verifications: Final = Table(
    "verifications",
    metadata,
    # Totals of all tenants and all workers since the first start; a row for each outcome.
    Column("outcome", String(32), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("count", "bytes", "milliseconds")),
)

device_checks: Final = Table(
    "device_checks",
    metadata,
    # Totals of all tenants and all servers since the first start; a row for each answer.
    Column("status", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

secrets: Final = Table(
    "secrets",
    metadata,
    Column("id", String(16), primary_key=True),  # named in links and cursors
    Column("purpose", String(16), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("inserted_at", Moment, nullable=False),
)
