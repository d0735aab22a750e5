"""A server moves from its disk to a bucket: each binary stays where its content is."""

from pathlib import Path

import httpx
import pytest

from tests.journeys.living import Key, a_key, a_signable, a_version, move, see, sign
from tests.s3_server import S3Server
from tests.server import ServerFailed, a_server


def _signed(client: httpx.Client, version: str, key: Key, content: bytes) -> str:
    prn = a_signable(client, version, content)
    assert sign(client, prn, key).status_code == 201
    return prn


def _downloaded(client: httpx.Client, prn: str) -> bytes:
    link = client.get(f"/binaries/{prn}/download_url").json()["download_url"]
    return httpx.get(link, follow_redirects=True).raise_for_status().content


def test_old_content_is_served_and_erased_where_it_is_and_new_content_goes_to_the_bucket(
    s3_server: S3Server, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with a_server(data) as server, server.client() as client:
        version, key = a_version(client), a_key(client)
        old = _signed(client, version, key, b"kept on the disk\n")
    disk = {"SEALIFT_STORES__DISK__KIND": "disk"}
    disk["SEALIFT_STORES__DISK__FOLDER"] = str(data / "content")

    with s3_server.bucket() as bucket:
        both = s3_server.settings(bucket) | disk
        with a_server(data, environment=both) as server, server.client() as client:
            new = _signed(client, version, key, b"kept in the bucket\n")
            downloaded = [_downloaded(client, prn) for prn in (old, new)]
            in_bucket = s3_server.content_in(bucket)
            for prn in (old, new):
                assert move(client, prn, "destroyed").status_code == 200
                assert see(client, prn)["destroyed"] is True
        left = s3_server.content_in(bucket)

    assert downloaded == [b"kept on the disk\n", b"kept in the bucket\n"]
    assert in_bucket == [len(downloaded[1])]
    assert left == []
    assert [path for path in (data / "content").rglob("*/*") if path.is_file()] == []


def test_a_server_without_the_store_that_binaries_are_in_does_not_start(
    s3_server: S3Server, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with a_server(data) as server, server.client() as client:
        _signed(client, a_version(client), a_key(client), b"kept on the disk\n")

    with (
        s3_server.bucket() as bucket,
        pytest.raises(ServerFailed, match="SEALIFT_STORES__DISK__KIND"),
        a_server(data, environment=s3_server.settings(bucket)),
    ):
        pass
