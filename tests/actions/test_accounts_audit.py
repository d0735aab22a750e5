"""What operators do to accounts is noted as well, and nothing secret with it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from sealift.actions import accounts
from sealift.actions.accounts import hash_password
from sealift.domain.errors import NotFound, Taken
from sealift.domain.rights import Role
from sealift.records.tables import audit
from tests.yard import Yard

PASSWORD = "correct horse battery staple"


def _lines(yard: Yard) -> list[tuple[str, str, str, dict[str, object]]]:
    columns = (audit.c.actor, audit.c.action, audit.c.resource, audit.c.facts)
    with yard.system.records.read(None) as tx:
        rows = tx.connection.execute(select(*columns).order_by(audit.c.id))
        return [(row.actor, row.action, row.resource, row.facts) for row in rows]


def _told(yard: Yard, change: Callable[[], object]) -> list[str]:
    """The actions that the change noted."""
    before = _lines(yard)
    change()
    lines = _lines(yard)[len(before) :]
    assert all(actor == "system:operator" for actor, *_ in lines)
    return [action for _, action, *_ in lines]


def test_the_first_start_notes_each_of_what_it_makes(yard: Yard) -> None:
    actions = [action for _, action, *_ in _lines(yard)][:3]

    assert actions == ["organization.created", "user.created", "api_key.created"]
    assert _told(yard, lambda: accounts.first_start(yard.system, None, None)) == []


def test_every_change_of_accounts_is_noted_once(yard: Yard) -> None:
    system, admin = yard.system, Role.ADMIN
    changes: dict[str, Callable[[], object]] = {
        "organization.created": lambda: accounts.create_organization(system, "acme"),
        "user.created": lambda: accounts.create_user(
            system, "ann", "ann@acme", PASSWORD, "acme", admin
        ),
        "api_key.created": lambda: accounts.create_api_key(system, "acme", "ann", "ci", admin),
        "api_key.revoked": lambda: accounts.revoke_api_key(system, "acme", "ci"),
        "link_keys.rotated": lambda: accounts.rotate_link_keys(system, forget=True),
    }

    for action, change in changes.items():
        assert _told(yard, change) == [action]


def test_a_change_that_fails_is_not_noted(yard: Yard) -> None:
    before = _lines(yard)

    with pytest.raises(Taken):
        accounts.create_organization(yard.system, "default")
    with pytest.raises(Taken):
        accounts.create_user(yard.system, "admin", "x@y", None, "default", Role.READ)
    with pytest.raises(Taken):
        accounts.create_api_key(yard.system, "default", "admin", "first", Role.READ)
    with pytest.raises(NotFound):
        accounts.create_api_key(yard.system, "default", "nobody", "x", Role.READ)
    with pytest.raises(NotFound):
        accounts.revoke_api_key(yard.system, "default", "no such key")

    assert _lines(yard) == before


def test_neither_keys_nor_passwords_are_in_the_lines(yard: Yard) -> None:
    accounts.create_user(yard.system, "ann", "ann@acme", PASSWORD, "default", Role.ADMIN)
    made = accounts.create_api_key(yard.system, "default", "ann", "ci", Role.ADMIN)
    accounts.rotate_link_keys(yard.system, forget=False)

    told = str(_lines(yard))

    assert "ann" in told
    for secret in (PASSWORD, made.key, "argon2", hash_password(PASSWORD)[:20], "sealift_"):
        assert secret not in told


def test_a_new_key_is_an_event_for_its_organization(yard: Yard) -> None:
    made = accounts.create_api_key(yard.system, "other", "admin", "second", Role.READ)

    query = {"type": "api_key", "limit": 1}
    (event,) = yard.other.get("/events", params=query).json()["events"]
    key_prn = f"prn:1:{made.record.organization_id}:api_key:{made.record.id}"
    (admin,) = [each for each in accounts.users(yard.system) if each.username == "admin"]
    assert event["type"] == "api_key"
    assert event["resource_prn"] == key_prn
    assert event["data"] == {
        "type": "created",
        "data": {"api_key_prn": key_prn, "creator_prn": f"prn:1:user:{admin.id}"},
    }
    assert made.key not in str(event)
