"""Every table, on SQLite and on PostgreSQL alike.

What must be unique is a constraint here; its `info` says which field of a request is to
blame when it is broken. Rows of a tenant carry `organization_id` and are reached only
through a `Transaction`, which adds it to every statement. Times are integer microseconds
of UTC. Only the record of a binary is here; its content is in a store.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from sealift.domain.binary import State
from sealift.domain.parts import PartState
from sealift.domain.rights import Role
from sealift.records.columns import SEARCHED, CompactJson, Metadata, Moment, Word

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Uuid(as_uuid=False), primary_key=True, info={"field": "id"})


def _refers(name: str, target: str) -> Column[str]:
    key = ForeignKey(f"{target}.id", ondelete="RESTRICT")
    return Column(name, Uuid(as_uuid=False), key, nullable=False)


def _tenant() -> Column[str]:
    return _refers("organization_id", "organizations")


def _times() -> tuple[Column[datetime], Column[datetime]]:
    return (
        Column("inserted_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
    )


# An index that a list is searched by has all that the list's own index has: without statistics
# SQLite else prefers to walk the whole list.
_ORDER: Final = ("inserted_at", "id")
_TENANT_ORDER: Final = ("organization_id", *_ORDER)


def _listed(table: str) -> Index:
    """The order of every list: keyset pages walk it."""
    return Index(f"{table}_listed", "organization_id", *_ORDER)


def _unique(table: str, *columns: str, field: str) -> UniqueConstraint:
    name = f"{table}_{'_'.join(columns)}_unique"
    return UniqueConstraint(*columns, name=name, info={"field": field})


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# --- who ---------------------------------------------------------------------------------------

organizations: Final = Table(
    "organizations",
    metadata,
    _id(),
    Column("name", String(128), nullable=False),
    *_times(),
    _unique("organizations", "name", field="name"),
)

users: Final = Table(
    "users",
    metadata,
    _id(),
    Column("username", String(128), nullable=False),
    Column("email", String(320), nullable=False),
    Column("password_hash", Text),  # argon2id; none: cannot sign in
    *_times(),
    _unique("users", "username", field="username"),
    _unique("users", "email", field="email"),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column[str]("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column[str]("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", Word(Role), nullable=False),
    *_times(),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    _id(),
    _tenant(),
    _refers("user_id", "users"),  # who made it
    Column("name", String(128), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256 of the key: the key itself is not kept
    *_times(),
    _unique("api_keys", "hash", field="key"),
    _unique("api_keys", "organization_id", "name", field="name"),
)

# --- what ----------------------------------------------------------------------------------------

artifacts: Final = Table(
    "artifacts",
    metadata,
    _id(),
    _tenant(),
    Column("name", String(128), nullable=False),
    Column("name_folded", Text, nullable=False, info=SEARCHED),  # for search that ignores case
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    *_times(),
    _unique("artifacts", "organization_id", "name", field="name"),
    _listed("artifacts"),
)

artifact_versions: Final = Table(
    "artifact_versions",
    metadata,
    _id(),
    _tenant(),
    _refers("artifact_id", "artifacts"),
    Column("version", String(128), nullable=False),
    Column("version_folded", Text, nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    *_times(),
    _unique("artifact_versions", "artifact_id", "version", field="version"),
    _listed("artifact_versions"),
    Index("artifact_versions_artifact", "artifact_id", *_TENANT_ORDER),
)

binaries: Final = Table(
    "binaries",
    metadata,
    _id(),
    _tenant(),
    _refers("artifact_version_id", "artifact_versions"),
    Column("target", String(128), nullable=False, info=SEARCHED),
    Column("hash", String(64), nullable=False),  # as declared
    Column("size", BigInteger, nullable=False),  # bytes, as declared
    Column("state", Word(State), nullable=False),
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    Column("verification_error", CompactJson),  # of the last verification, if it failed
    Column("revision", Integer, nullable=False),  # counts every change of the record
    Column("attempt", Integer, nullable=False),  # counts upload attempts; in keys and links
    Column("store", String(64)),  # which store has the content; none before the opening step
    Column("upload", Text),  # the store's own name for the upload
    Column("cut_by", BigInteger),  # bytes per part, once a part has told
    Column("closing_token", Uuid(as_uuid=False)),  # who runs the closing step
    Column("closing_until", Moment),
    Column("lease_token", Uuid(as_uuid=False)),  # who verifies
    Column("lease_until", Moment),
    *_times(),
    Index(
        "binaries_live_target_unique",
        "artifact_version_id",
        "target",
        unique=True,
        **_where("state <> 'destroyed'"),
        info={"field": "target"},
    ),
    _listed("binaries"),
    Index("binaries_version", "artifact_version_id", *_TENANT_ORDER),
    Index("binaries_version_target", "artifact_version_id", "target", *_TENANT_ORDER),
    Index("binaries_state", "organization_id", "state", *_ORDER),
    Index("binaries_hash", "organization_id", "hash", *_ORDER),
    Index("binaries_target", "organization_id", "target", *_ORDER),
    Index(
        "binaries_unfinished", "updated_at", **_where("state = 'uploadable' AND store IS NOT NULL")
    ),
    Index("binaries_hashing", "lease_until", **_where("state = 'hashing'")),
)

binary_parts: Final = Table(
    "binary_parts",
    metadata,
    _id(),
    _tenant(),
    _refers("binary_id", "binaries"),
    Column("attempt", Integer, nullable=False),
    Column("index", Integer, nullable=False),  # from 1
    Column("size", BigInteger, nullable=False),  # bytes, as declared
    Column("hash", String(64), nullable=False),  # as declared
    Column("state", Word(PartState), nullable=False),
    Column("generation", Integer, nullable=False),  # counts declarations; links carry it
    Column("offset", BigInteger),  # where it begins, if that is known before the others
    Column("reported", String(80)),  # digest the store says it received: "sha256:…", "md5:…"
    Column("superseded", String(255)),  # the arrival that was for an earlier declaration
    *_times(),
    _unique("binary_parts", "binary_id", "index", field="index"),
)

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    _id(),
    _tenant(),
    Column("name", String(128), nullable=False),
    Column("value", String(44), nullable=False),  # base64 of the raw public key
    Column("keyid", String(64), nullable=False),
    *_times(),
    _unique("signing_keys", "organization_id", "name", field="name"),
    _unique("signing_keys", "organization_id", "value", field="value"),
    _unique("signing_keys", "organization_id", "keyid", field="value"),  # made of the value
    _listed("signing_keys"),
)

binary_signatures: Final = Table(
    "binary_signatures",
    metadata,
    _id(),
    _tenant(),
    _refers("binary_id", "binaries"),
    _refers("signing_key_id", "signing_keys"),
    Column("signature", String(128), nullable=False),  # hex, as it was sent
    *_times(),
    _unique("binary_signatures", "binary_id", "signing_key_id", field="signing_key_prn"),
    Index("binary_signatures_binary", "binary_id", *_TENANT_ORDER),
    Index("binary_signatures_key", "signing_key_id", *_TENANT_ORDER),
    _listed("binary_signatures"),
)

# --- the system's own ---------------------------------------------------------------------------

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
    _id(),
    _tenant(),
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

secrets: Final = Table(
    "secrets",
    metadata,
    Column("id", String(16), primary_key=True),  # named in links and cursors
    Column("purpose", String(16), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("inserted_at", Moment, nullable=False),
)
