"""Each store in turn, empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sealift.content.disk import DiskStore
from sealift.content.store import LocalStore, Store
from tests.content.stores import LOCAL_STORES, STORES, Candidate, a_disk


@pytest.fixture(params=STORES)
def candidate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Candidate]:
    with STORES[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def store(candidate: Candidate) -> Store:
    return candidate.store


@pytest.fixture(params=LOCAL_STORES)
def local_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalStore]:
    with STORES[request.param](tmp_path) as made:
        assert isinstance(made.store, LocalStore)
        yield made.store


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    return a_disk(tmp_path / "content")
