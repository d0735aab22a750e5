"""Tests of the wire mostly need an organization, not a system of their own."""

from collections.abc import Iterator

import pytest

from tests.admin_api.tenant import Tenant, a_tenant
from tests.corners import OPPOSITE_CORNERS, a_corner, a_yard_in
from tests.yard import Yard


@pytest.fixture(scope="session")
def sqlite_yard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Yard]:
    with a_yard_in("sqlite-disk", tmp_path_factory.mktemp("sqlite-disk"), request) as made:
        yield made


@pytest.fixture(scope="session")
def postgresql_yard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Yard]:
    with a_yard_in("postgresql-s3", tmp_path_factory.mktemp("postgresql-s3"), request) as made:
        yield made


@pytest.fixture(params=[a_corner(name) for name in OPPOSITE_CORNERS])
def tenant(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """Two new organizations, on each corner in turn."""
    database = request.param.partition("-")[0]
    yard: Yard = request.getfixturevalue(f"{database}_yard")
    with a_tenant(yard) as made:
        yield made
