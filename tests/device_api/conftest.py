"""Tests of what devices are answered need an organization, like those of the Admin API."""

from collections.abc import Iterator

import pytest

from tests.admin_api.conftest import postgresql_yard, sqlite_yard, tenant
from tests.admin_api.tenant import Tenant
from tests.device_api.devices import Fleet, a_fleet

__all__ = ["postgresql_yard", "sqlite_yard", "tenant"]


@pytest.fixture
def fleet(tenant: Tenant) -> Iterator[Fleet]:
    """A cohort with a channel, and the door at which its devices ask."""
    with a_fleet(tenant) as made:
        yield made
