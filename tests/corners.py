"""The corners that Sealift is tried in: a database and a store each."""

from typing import Final

import pytest
from _pytest.mark import ParameterSet

OPPOSITE_CORNERS: Final = ("sqlite-disk", "postgresql-s3")
CORNERS: Final = (*OPPOSITE_CORNERS, "sqlite-s3", "postgresql-disk")


def a_corner(name: str) -> ParameterSet:
    """As a test's parameter; what asks the S3 server needs sockets."""
    return pytest.param(name, marks=[pytest.mark.enable_socket] if name.endswith("s3") else [])
