"""Each store in turn, empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sealift.content.disk import DiskStore
from sealift.content.s3 import S3Store
from sealift.content.store import LocalStore, Store
from tests.content.stores import LOCAL_STORES, STORES, Candidate, a_candidate, a_disk, an_s3_address
from tests.s3_server import S3Server, running_s3


@pytest.fixture(scope="session")
def streaming_s3_server() -> Iterator[S3Server]:
    with running_s3(streams=True) as server:
        yield server


@pytest.fixture(params=STORES)
def candidate(request: pytest.FixtureRequest) -> Iterator[Candidate]:
    with a_candidate(request) as made:
        yield made


@pytest.fixture
def store(candidate: Candidate) -> Store:
    return candidate.store


@pytest.fixture(params=LOCAL_STORES)
def local_store(request: pytest.FixtureRequest) -> Iterator[LocalStore]:
    with a_candidate(request) as made:
        assert isinstance(made.store, LocalStore)
        yield made.store


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    return a_disk(tmp_path / "content")


@pytest.fixture
def s3(s3_server: S3Server) -> Iterator[S3Store]:
    """A store on S3, in a bucket of its own; whoever asks for it needs sockets."""
    with s3_server.bucket() as bucket:
        yield S3Store(an_s3_address(s3_server, bucket))
