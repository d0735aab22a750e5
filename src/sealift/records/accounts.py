"""Organizations, users, and the API keys by which machines come in.

Keys are random, so a plain SHA-256 keeps them safely: there is nothing to guess.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, insert, select

from sealift.domain.errors import NotFound
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Role
from sealift.records.tables import api_keys, memberships, organizations, users
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    id: str
    username: str
    email: str
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    organization_id: str
    name: str
    role: Role
    inserted_at: datetime


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def is_empty(tx: Transaction) -> bool:
    return tx.connection.scalar(select(func.count()).select_from(organizations)) == 0


def add_organization(tx: Transaction, name: str, now: datetime) -> Organization:
    made = Organization(str(uuid4()), name, now)
    times = {"inserted_at": now, "updated_at": now}
    tx.connection.execute(insert(organizations).values(id=made.id, name=name, **times))
    return made


def add_user(
    tx: Transaction, username: str, email: str, password_hash: str | None, now: datetime
) -> User:
    made = User(str(uuid4()), username, email, now)
    tx.connection.execute(
        insert(users).values(
            id=made.id,
            username=username,
            email=email,
            password_hash=password_hash,
            inserted_at=now,
            updated_at=now,
        )
    )
    return made


def add_membership(
    tx: Transaction, organization_id: str, user_id: str, role: Role, now: datetime
) -> None:
    tx.connection.execute(
        insert(memberships).values(
            organization_id=organization_id,
            user_id=user_id,
            role=role,
            inserted_at=now,
            updated_at=now,
        )
    )


def is_member(tx: Transaction, organization_id: str, user_id: str) -> bool:
    statement = select(memberships.c.user_id).where(
        memberships.c.organization_id == organization_id, memberships.c.user_id == user_id
    )
    return tx.connection.scalar(statement) is not None


def add_api_key(
    tx: Transaction,
    organization_id: str,
    user_id: str,
    name: str,
    role: Role,
    key: str,
    now: datetime,
) -> ApiKey:
    made = ApiKey(str(uuid4()), organization_id, name, role, now)
    tx.connection.execute(
        insert(api_keys).values(
            id=made.id,
            organization_id=organization_id,
            user_id=user_id,
            name=name,
            role=role,
            hash=key_hash(key),
            inserted_at=now,
            updated_at=now,
        )
    )
    return made


def actor_of_key(tx: Transaction, key: str) -> Actor | None:
    """Who comes with this key. The look-up is by hash, so it leaks no timing."""
    row = tx.connection.execute(
        select(
            api_keys.c.id, api_keys.c.organization_id, api_keys.c.role, api_keys.c.user_id
        ).where(api_keys.c.hash == key_hash(key))
    ).one_or_none()
    if row is None:
        return None
    name = Name(row.organization_id, Kind.API_KEY, row.id)
    return Actor(row.organization_id, str(name), row.role, row.user_id)


def user(tx: Transaction, user_id: str) -> User:
    columns = (users.c.id, users.c.username, users.c.email, users.c.inserted_at)
    row = tx.connection.execute(select(*columns).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("no such user")
    return User(*row)


def user_named(tx: Transaction, username: str) -> User:
    found = tx.connection.scalar(select(users.c.id).where(users.c.username == username))
    if found is None:
        raise NotFound(f"no user is named {username}")
    return user(tx, found)


def all_users(tx: Transaction) -> list[User]:
    columns = (users.c.id, users.c.username, users.c.email, users.c.inserted_at)
    return [
        User(*row) for row in tx.connection.execute(select(*columns).order_by(users.c.username))
    ]


def all_organizations(tx: Transaction) -> list[Organization]:
    columns = (organizations.c.id, organizations.c.name, organizations.c.inserted_at)
    statement = select(*columns).order_by(organizations.c.name)
    return [Organization(*row) for row in tx.connection.execute(statement)]


def organization_named(tx: Transaction, name: str) -> Organization:
    found = next((each for each in all_organizations(tx) if each.name == name), None)
    if found is None:
        raise NotFound(f"no organization is named {name}")
    return found


def api_keys_of(tx: Transaction, organization_id: str) -> list[ApiKey]:
    columns = (
        api_keys.c.id,
        api_keys.c.organization_id,
        api_keys.c.name,
        api_keys.c.role,
        api_keys.c.inserted_at,
    )
    statement = select(*columns).where(api_keys.c.organization_id == organization_id)
    return [ApiKey(*row) for row in tx.connection.execute(statement.order_by(api_keys.c.name))]


def remove_api_key(tx: Transaction, organization_id: str, name: str) -> ApiKey:
    found = next((k for k in api_keys_of(tx, organization_id) if k.name == name), None)
    if found is None:
        raise NotFound(f"no API key of this organization is named {name}")
    tx.connection.execute(api_keys.delete().where(api_keys.c.id == found.id))
    return found
