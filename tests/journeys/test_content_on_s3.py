"""Real processes with their content in a bucket: server, worker and client, and a store that hangs.

Clients speak to the store themselves, so a server that is told a store's address is not enough:
the links that it signs have to work for somebody else.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.journeys.living import eventually
from tests.s3_server import S3Server
from tests.server import Server, a_server

_CONTENT = Random(1).randbytes(12 * 1024**2 + 17)  # three parts, the last one short


@pytest.fixture
def bucket(s3_server: S3Server) -> Iterator[str]:
    with s3_server.bucket() as name:
        yield name


@pytest.fixture
def server(s3_server: S3Server, bucket: str, tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path / "data", environment=s3_server.settings(bucket)) as made:
        yield made


def _sealift(server: Server, *words: str, **settings: str) -> None:
    names = {"SEALIFT_API_KEY": server.key, "SEALIFT_BASE_URL": server.base_url}
    names["SEALIFT_CONFIG_DIRECTORY"] = str(server.data_dir / "config")
    subprocess.run(
        [sys.executable, "-m", "sealift.main", *words],
        env=os.environ | names | settings,
        check=True,
        capture_output=True,
        timeout=100,
    )


def _version(api: httpx.Client) -> str:
    artifact = api.post("/artifacts", json={"name": "kernel"}).json()["artifact"]["prn"]
    body = {"artifact_prn": artifact, "version": "1.0.0"}
    return api.post("/artifact_versions", json=body).json()["artifact_version"]["prn"]


def test_a_file_goes_into_the_bucket_and_comes_back(
    server: Server, s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    file, arrived = tmp_path / "file", tmp_path / "arrived"
    file.write_bytes(_CONTENT)
    with server.client() as api:
        chosen = ["--artifact-version-prn", _version(api), "--target", "x"]
        _sealift(server, "binaries", "create", *chosen, "--content-path", str(file))
        (binary,) = api.get("/binaries").json()["binaries"]
        link = api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]
    arrived.write_bytes(httpx.get(link, follow_redirects=True).content)
    told = httpx.head(link, follow_redirects=True)

    kept = s3_server.content_in(bucket)

    assert binary["state"] == "signable"
    assert arrived.read_bytes() == _CONTENT
    assert told.headers["content-length"] == str(len(_CONTENT))
    assert kept == [len(_CONTENT)]


def test_a_doctor_follows_a_link_through_the_server_into_the_bucket(
    server: Server, s3_server: S3Server, bucket: str
) -> None:
    settings = s3_server.settings(bucket) | {"SEALIFT_PUBLIC_URL": server.base_url}

    _sealift(server, "admin", "--data-dir", str(server.data_dir), "doctor", **settings)

    assert s3_server.content_in(bucket) == []


def test_records_answer_while_the_store_hangs(server: Server, s3_server: S3Server) -> None:
    if s3_server.process is None:
        pytest.skip("only rclone can be paused")
    with server.client() as api:
        body = {"artifact_version_prn": _version(api), "hash": "0" * 64, "size": 5, "target": "x"}
        binary = api.post("/binaries", json=body).json()["binary"]
        part = {"expected_binary_size": 5, "hash": "0" * 64, "size": 5}
        s3_server.pause()
        try:
            sent = api.put(f"/binaries/{binary['prn']}/parts/1", json=part, timeout=60)
            record = api.get(f"/binaries/{binary['prn']}")
        finally:
            s3_server.resume()

        def is_taken() -> bool:  # it is asked again now and then
            return api.put(f"/binaries/{binary['prn']}/parts/1", json=part).status_code == 201

        assert eventually(is_taken)
    assert (sent.status_code, record.status_code) == (503, 200)
    assert int(sent.headers["retry-after"]) > 0
