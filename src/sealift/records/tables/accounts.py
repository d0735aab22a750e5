"""Organizations, who belongs to them, and the keys that machines come with."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from sealift.domain.rights import Role
from sealift.records.columns import Word
from sealift.records.tables.base import id_column, metadata, refers, tenant, times, unique

organizations: Final = Table(
    "organizations",
    metadata,
    id_column(),
    Column("name", String(128), nullable=False),
    # Counts changes of what devices are answered, so that others know that they must look again.
    Column("generation", BigInteger, nullable=False, server_default="0"),
    *times(),
    unique("organizations", "name", field="name"),
)

users: Final = Table(
    "users",
    metadata,
    id_column(),
    Column("username", String(128), nullable=False),
    Column("email", String(320), nullable=False),
    Column("password_hash", Text),  # argon2id; none: cannot sign in
    *times(),
    unique("users", "username", field="username"),
    unique("users", "email", field="email"),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column[str]("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column[str]("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", Word(Role), nullable=False),
    *times(),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    id_column(),
    tenant(),
    refers("user_id", "users"),  # who made it
    Column("name", String(128), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256 of the key: the key itself is not kept
    *times(),
    unique("api_keys", "hash", field="key"),
    unique("api_keys", "organization_id", "name", field="name"),
)
