"""An S3 store for tests: `rclone serve s3`, or a real one that the environment names.

    with running_s3() as server, server.bucket() as bucket:
        server.client().put_object(Bucket=bucket, Key="key", Body=b"content")

rclone listens on a free port of loopback, keeps everything in a folder of its own, and dies
with the tests even when these are killed. It forgets open uploads when it ends, so that tests
pause it, which a network that is away looks like, and never kill it.

It holds parts in memory until an upload is closed, because only then can they be replaced as
on S3. With `streams=True` it writes them at once, as it does by default, and refuses others.

A real store is used instead when SEALIFT_TEST_S3_ENDPOINT_URL, _REGION, _ACCESS_KEY_ID and
_SECRET_ACCESS_KEY name one whose buckets may be made and removed.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from types_boto3_s3 import S3Client

from sealift.content.s3_mark import MARK

_READY: Final = re.compile(r"Starting s3 server on \[(http://[\d.:]+)/\]")
_READY_WITHIN: Final = 30  # seconds
_STOPPED_WITHIN: Final = 10  # seconds
_NAMED_BY: Final = "SEALIFT_TEST_S3_"
_ACCESS_KEY_ID: Final = "SEALIFTTESTS"


class S3Failed(Exception):
    """The server did not start; carries what it said."""


@dataclass(frozen=True)
class S3Server:
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    # The least for parts that are not the last, in bytes: rclone takes any, a real store does not.
    part_size: int = 5 * 1024**2
    process: subprocess.Popen[bytes] | None = None  # none: a real store, which nobody may pause

    def client(self) -> S3Client:
        """A way to look behind the back of whoever is tested."""
        return _client(self.endpoint_url, self.region, self.access_key_id, self.secret_access_key)

    @contextmanager
    def bucket(self) -> Generator[str]:
        """The name of a fresh bucket, which is emptied and removed at the end."""
        name = f"sealift-tests-{secrets.token_hex(8)}"
        self.client().create_bucket(Bucket=name)
        try:
            yield name
        finally:
            _empty(self.client(), name)
            self.client().delete_bucket(Bucket=name)

    def content_in(self, bucket: str) -> list[int]:
        """The sizes of all that is kept there, but for the mark of the store."""
        listed = self.client().list_objects_v2(Bucket=bucket).get("Contents", [])
        return [each.get("Size", 0) for each in listed if each.get("Key") != MARK]

    def settings(self, bucket: str) -> dict[str, str]:
        """The environment of a server that keeps its content here."""
        return {
            "SEALIFT_CONTENT__KIND": "s3",
            "SEALIFT_CONTENT__BUCKET": bucket,
            "SEALIFT_CONTENT__ENDPOINT_URL": self.endpoint_url,
            "SEALIFT_CONTENT__REGION": self.region,
            "SEALIFT_CONTENT__ACCESS_KEY_ID": self.access_key_id,
            "SEALIFT_CONTENT__SECRET_ACCESS_KEY": self.secret_access_key,
        }

    def pause(self) -> None:
        """Answer nobody, as behind a network that swallows everything."""
        assert self.process is not None, "only the tests' own server can be paused"
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None, "only the tests' own server can be paused"
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_s3(*, streams: bool = False) -> Generator[S3Server]:
    named = _named_by_the_environment()
    if named is not None:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="sealift-s3-"))
    try:
        process, endpoint_url, secret = _start(folder, streams=streams)
        try:
            yield S3Server(endpoint_url, "us-east-1", _ACCESS_KEY_ID, secret, 5003, process)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder)


def _named_by_the_environment() -> S3Server | None:
    if f"{_NAMED_BY}ENDPOINT_URL" not in os.environ:
        return None
    names = ("ENDPOINT_URL", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
    endpoint_url, region, key_id, secret = (os.environ[f"{_NAMED_BY}{name}"] for name in names)
    return S3Server(endpoint_url, region, key_id, secret)


def _start(folder: Path, *, streams: bool) -> tuple[subprocess.Popen[bytes], str, str]:
    data, log, secret = folder / "data", folder / "log", secrets.token_hex(16)
    data.mkdir()
    command = ["setpriv", "--pdeathsig=KILL", Path(sys.executable).with_name("rclone")]
    command += ["serve", "s3", "--config", os.devnull, "--addr", "127.0.0.1:0"]
    command += [] if streams else ["--disable-multipart-streaming"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, data],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Not on the command line, which every user of the machine can read.
            env={**os.environ, "RCLONE_AUTH_KEY": f'"{_ACCESS_KEY_ID},{secret}"'},
        )
    deadline = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        found = _READY.search(log.read_text())
        if found is not None:
            return process, found[1], secret
        time.sleep(0.02)
    _stop(process)
    raise S3Failed(log.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(_STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@cache  # making one takes longer than most tests
def _client(endpoint_url: str, region: str, key_id: str, secret: str) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _empty(client: S3Client, bucket: str) -> None:
    with suppress(client.exceptions.NoSuchUpload):  # which rclone says of a list of none
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for each in page.get("Uploads", []):
                key, upload = each.get("Key", ""), each.get("UploadId", "")
                client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    for key, version in [*_versions(client, bucket), *_keys(client, bucket)]:
        if version is None:
            client.delete_object(Bucket=bucket, Key=key)
        else:
            client.delete_object(Bucket=bucket, Key=key, VersionId=version)


def _versions(client: S3Client, bucket: str) -> Iterator[tuple[str, str | None]]:
    """Nothing where the store has no versions, and says so."""
    with suppress(ClientError):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield found.get("Key", ""), found.get("VersionId")


def _keys(client: S3Client, bucket: str) -> Iterator[tuple[str, str | None]]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            yield found.get("Key", ""), None
