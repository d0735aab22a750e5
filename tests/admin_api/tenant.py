"""New organizations in a system that other tests use too: as good as a yard, and made at once.

For tests that need nothing but records of their own. Not for those that count jobs or stored
files, or that take a database away.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from starlette.testclient import TestClient

from sealift.actions import accounts
from sealift.domain.rights import Role
from tests.caller import Caller
from tests.yard import BASE_URL, Yard

_NUMBERS = count()


@dataclass
class Tenant(Yard):
    organization: str = ""  # the name of the first one

    def key_for(self, role: Role) -> TestClient:
        return _client(self, self.organization, role)

    @property
    def organization_prn(self) -> str:
        return organization_prn(self.api)


def organization_prn(api: TestClient) -> str:
    return api.get("/users/me").json()["data"]["organization_prn"]


def as_caller(yard: Yard, authorization: str | bytes) -> TestClient:
    """A client that sends this header and no other."""
    return Caller(yard.anybody.app, BASE_URL, {"authorization": authorization})


def _client(yard: Yard, organization: str, role: Role) -> TestClient:
    name = f"{role}-{next(_NUMBERS)}"
    made = accounts.create_api_key(yard.system, organization, "admin", name, role)
    return as_caller(yard, f"Bearer {made.key}")


@contextmanager
def a_tenant(yard: Yard) -> Generator[Tenant]:
    """Two new organizations in the yard: the one under test, and somebody else's."""
    names = [f"organization-{next(_NUMBERS)}" for _ in range(2)]
    for name in names:
        accounts.create_organization(yard.system, name)
    clients = [_client(yard, name, Role.ADMIN) for name in names]
    yield Tenant(
        yard.system,
        yard.shelf,
        yard.clock,
        api=clients[0],
        other=clients[1],
        anybody=yard.anybody,
        jobs=yard.jobs,
        organization=names[0],
    )
    for client in clients:
        client.close()
