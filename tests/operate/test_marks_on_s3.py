"""A bucket is known by its mark: another one is never taken for ours with its content lost."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from sealift.actions.system import System
from sealift.content.s3_mark import MARK
from sealift.domain.errors import ContentUnavailable
from sealift.operate import stores
from sealift.records import secrets
from sealift.records.secrets import Purpose
from sealift.settings.model import Store
from tests.corners import a_migrated_database
from tests.life import download_link
from tests.s3_server import S3Server
from tests.shelves import S3Shelf
from tests.yard import Yard, a_version, a_yard, brought_to, patch, see

pytestmark = [pytest.mark.on_s3, pytest.mark.enable_socket]


def _of(server: S3Server, bucket: str) -> Store:
    return Store(
        kind="s3",
        bucket=bucket,
        endpoint_url=server.endpoint_url,
        region=server.region,
        access_key_id=server.access_key_id,
        secret_access_key=SecretStr(server.secret_access_key),
    )


def _started(yard: Yard, server: S3Server, bucket: str, name: str = "s3") -> System:
    """As a server would be that is started with this bucket."""
    made = stores.configured(name, _of(server, bucket), {}, Path("unused"), yard.system.records)
    system = replace(yard.system, stores=made)
    stores.prepare(system)
    return system


def _bucket(yard: Yard) -> str:
    assert isinstance(yard.shelf, S3Shelf)
    return yard.shelf.bucket


@contextmanager
def _with_a_secret_of_its_own(yard: Yard) -> Generator[None]:
    """As every database has that was migrated, not copied as those of tests are."""
    with yard.system.records.write(None) as tx:
        secrets.forget(tx, Purpose.STORES)
        secrets.make(tx, Purpose.STORES, yard.clock())
    yield


@pytest.fixture
def other_bucket(s3_server: S3Server) -> Iterator[str]:
    with s3_server.bucket() as name:
        yield name


def test_a_new_bucket_is_marked_once_and_known_again(yard: Yard, s3_server: S3Server) -> None:
    first = _started(yard, s3_server, _bucket(yard))
    mark = s3_server.client().get_object(Bucket=_bucket(yard), Key=MARK)["Body"].read()

    again = _started(yard, s3_server, _bucket(yard))

    for system in (first, again):
        system.stores.named("s3").probe()
    assert s3_server.client().get_object(Bucket=_bucket(yard), Key=MARK)["Body"].read() == mark
    assert list(again.stores.named("s3").kept()) == []


def test_another_bucket_is_not_taken_for_ours_with_its_content_lost(
    yard: Yard, s3_server: S3Server, other_bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    _started(yard, s3_server, _bucket(yard))
    binary = brought_to(yard, "signed", a_version(yard.api))

    store = _started(yard, s3_server, other_bucket).stores.named("s3")

    assert "it is another bucket" in caplog.text
    for ask in (
        store.probe,
        lambda: store.size("a-key.1"),
        lambda: store.erase("a-key.1", ""),
        lambda: store.open("a-key.1"),
        lambda: list(store.kept()),
    ):
        with pytest.raises(ContentUnavailable, match="it is another bucket"):
            ask()
    assert s3_server.content_in(other_bucket) == []
    assert yard.anybody.get(download_link(yard, binary)).status_code == 200


def test_a_bucket_of_another_sealift_is_left_alone(
    yard: Yard, s3_server: S3Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _started(yard, s3_server, _bucket(yard))
    brought_to(yard, "signed", a_version(yard.api))
    folder = tmp_path / "another"
    folder.mkdir()

    with (
        a_migrated_database("sqlite", folder, request) as url,
        a_yard(url, yard.shelf) as another,
        _with_a_secret_of_its_own(another),
        pytest.raises(ContentUnavailable, match="belongs to another store"),
    ):
        _started(another, s3_server, _bucket(yard))

    assert len(s3_server.content_in(_bucket(yard))) == 1


def test_one_bucket_cannot_be_two_stores(yard: Yard, s3_server: S3Server) -> None:
    _started(yard, s3_server, _bucket(yard))

    with pytest.raises(ContentUnavailable, match="belongs to another store"):
        _started(yard, s3_server, _bucket(yard), name="second")


def test_destroying_goes_on_once_the_right_bucket_is_back(yard: Yard, s3_server: S3Server) -> None:
    system = _started(yard, s3_server, _bucket(yard))
    binary = brought_to(yard, "signed", a_version(yard.api))
    client = s3_server.client()
    mark = client.get_object(Bucket=_bucket(yard), Key=MARK)["Body"].read()
    client.delete_object(Bucket=_bucket(yard), Key=MARK)
    store = _started(yard, s3_server, _bucket(yard)).stores.named("s3")

    with pytest.raises(ContentUnavailable):
        store.size("a-key.1")
    client.put_object(Bucket=_bucket(yard), Key=MARK, Body=mark)

    assert store.size("a-key.1") is None
    assert system.stores.named("s3").size("a-key.1") is None
    assert patch(yard.api, binary, state="destroyed").status_code == 200
    assert see(yard.api, binary)["destroyed"] is True
