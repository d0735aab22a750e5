"""Organizations, users and API keys, and the first of each on an empty database."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealift.actions.system import System
from sealift.domain.errors import NotFound
from sealift.domain.names import Kind, Name
from sealift.domain.rights import Actor, Role
from sealift.records import accounts, audit, events
from sealift.records import secrets as shared_secrets
from sealift.records.accounts import ApiKey, Organization, User
from sealift.records.secrets import ROTATED
from sealift.records.transaction import Transaction

_ACTOR: Final = "system:operator"
_OPERATOR: Final = "admin"  # the user of the first start


@dataclass(frozen=True, slots=True)
class NewKey:
    """`key` is shown once and kept nowhere."""

    record: ApiKey
    key: str


def user_behind(system: System, actor: Actor) -> User:
    if actor.user_id is None:
        raise NotFound("no user is behind this request")
    with system.records.read(None) as tx:
        return accounts.user(tx, actor.user_id)


def hash_password(password: str) -> str:
    from argon2 import PasswordHasher  # noqa: PLC0415 - slow to import, rarely needed

    return PasswordHasher().hash(password)


def first_start(system: System, key: str | None, password: str | None) -> NewKey | None:
    """Give an empty database its organization, user and API key; None if it is not empty."""
    now, chosen = system.now(), key or new_key_text()
    with system.records.write(None) as tx:
        if not accounts.is_empty(tx):
            return None
        organization = accounts.add_organization(tx, "default", now)
        hashed = hash_password(password) if password else None
        user = accounts.add_user(tx, _OPERATOR, "admin@localhost", hashed, now)
        accounts.add_membership(tx, organization.id, user.id, Role.ADMIN, now)
        made = accounts.add_api_key(tx, organization.id, user.id, "first", Role.ADMIN, chosen, now)
        name = Name(organization.id, Kind.ORGANIZATION, organization.id)
        audit.note(tx, _ACTOR, "organization.created", name, now, name=organization.name)
        _note_user(tx, user, organization.name, Role.ADMIN, now)
        _note_key(tx, made, user, now)
    return NewKey(made, chosen)


def new_key_text() -> str:
    """256 bits of chance with a prefix that secret scanners can know."""
    return f"sealift_{secrets.token_urlsafe(32)}"


def create_organization(system: System, name: str) -> Organization:
    """The operator's own user, if there still is one, becomes its first member."""
    now = system.now()
    with system.records.write(None) as tx:
        made = accounts.add_organization(tx, name, now)
        for user in accounts.all_users(tx):
            if user.username == _OPERATOR:
                accounts.add_membership(tx, made.id, user.id, Role.ADMIN, now)
        resource = Name(made.id, Kind.ORGANIZATION, made.id)
        audit.note(tx, _ACTOR, "organization.created", resource, now, name=name)
        return made


def create_user(
    system: System, username: str, email: str, password: str | None, organization: str, role: Role
) -> User:
    now, hashed = system.now(), hash_password(password) if password else None
    with system.records.write(None) as tx:
        owner = accounts.organization_named(tx, organization)
        made = accounts.add_user(tx, username, email, hashed, now)
        accounts.add_membership(tx, owner.id, made.id, role, now)
        _note_user(tx, made, organization, role, now)
        return made


def create_api_key(
    system: System, organization: str, username: str, name: str, role: Role
) -> NewKey:
    now, key = system.now(), new_key_text()
    with system.records.write(None) as tx:
        owner = accounts.organization_named(tx, organization)
        user = accounts.user_named(tx, username)
        if not accounts.is_member(tx, owner.id, user.id):
            raise NotFound(f"{username} is not a member of the organization {organization}")
        made = accounts.add_api_key(tx, owner.id, user.id, name, role, key, now)
        _note_key(tx, made, user, now)
    return NewKey(made, key)


def revoke_api_key(system: System, organization: str, name: str) -> ApiKey:
    now = system.now()
    with system.records.write(None) as tx:
        owner = accounts.organization_named(tx, organization)
        gone = accounts.remove_api_key(tx, owner.id, name)
        audit.note(tx, _ACTOR, "api_key.revoked", _key_name(gone), now, name=name)
        return gone


def organizations(system: System) -> list[Organization]:
    with system.records.read(None) as tx:
        return accounts.all_organizations(tx)


def users(system: System) -> list[User]:
    with system.records.read(None) as tx:
        return accounts.all_users(tx)


def api_keys(system: System, organization: str) -> list[ApiKey]:
    with system.records.read(None) as tx:
        return accounts.api_keys_of(tx, accounts.organization_named(tx, organization).id)


def rotate_link_keys(system: System, *, forget: bool) -> dict[str, list[str]]:
    """Make new keys for links and cursors; the ids that verify from now, the newest last."""
    now = system.now()
    with system.records.write(None) as tx:
        for purpose in ROTATED:
            if forget:
                shared_secrets.forget(tx, purpose)
            shared_secrets.make(tx, purpose, now)
        audit.note(tx, _ACTOR, "link_keys.rotated", None, now, forget=forget)
        return {str(each): list(shared_secrets.all_for(tx, each)) for each in ROTATED}


def _note_user(tx: Transaction, made: User, organization: str, role: Role, now: datetime) -> None:
    facts = {"username": made.username, "organization": organization, "role": role}
    audit.note(tx, _ACTOR, "user.created", Name("", Kind.USER, made.id), now, **facts)


def _note_key(tx: Transaction, made: ApiKey, creator: User, now: datetime) -> None:
    name, facts = _key_name(made), {"name": made.name, "role": made.role}
    audit.note(tx, _ACTOR, "api_key.created", name, now, **facts)
    told = {"api_key_prn": str(name), "creator_prn": str(Name("", Kind.USER, creator.id))}
    events.note(tx, None, "created", name, now, told)


def _key_name(key: ApiKey) -> Name:
    return Name(key.organization_id, Kind.API_KEY, key.id)
