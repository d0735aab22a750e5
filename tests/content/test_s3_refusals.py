"""What an S3 store says no with reaches the caller as one of our refusals, in our words.

rclone has few ways to say no. What it cannot say is made up here as boto3 raises it, and goes
through the adapter's own table.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
    UnknownEndpointError,
)
from botocore.parsers import ResponseParserError

from sealift.content.s3 import Patience, S3Address, S3Store
from sealift.content.s3_refusals import refusal, translated
from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable, Refusal
from tests.content.stores import LINK_LIFETIME, a_key, an_s3_address, pieces
from tests.s3_server import S3Server

_SECRET = "the-secret-of-the-bucket"


def _said(code: str, status: int = 400, operation: str = "PutObject") -> Refusal:
    answer = {
        "Error": {"Code": code, "Message": f"about {_SECRET}"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return refusal(ClientError(answer, operation), "firmware")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("AccessDenied", 403, "no right to PutObject"),
        ("SignatureDoesNotMatch", 403, "secret access key"),
        ("InvalidAccessKeyId", 403, "access key id"),
        ("ExpiredToken", 400, "have expired"),
        ("InvalidToken", 400, "not valid"),
        ("RequestTimeTooSkewed", 403, "clock"),
        ("NoSuchBucket", 404, "no bucket firmware"),
        ("PermanentRedirect", 301, "another region"),
        ("AuthorizationHeaderMalformed", 400, "another region"),
        ("SlowDown", 503, "too busy"),
        ("InternalError", 500, "PutObject with InternalError"),
        ("ServiceUnavailable", 503, "PutObject with ServiceUnavailable"),
        ("SomethingNew", 418, "PutObject with SomethingNew"),
    ],
)
def test_what_is_wrong_with_the_store_is_told_to_its_operator(
    code: str, status: int, words: str
) -> None:
    said = _said(code, status)

    assert isinstance(said, ContentUnavailable)
    assert words in said.message
    assert said.message.endswith("ask its operator")


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchUpload"])
def test_only_content_and_uploads_can_be_missing(code: str) -> None:
    assert isinstance(_said(code, 404), ContentMissing)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("QuotaExceeded", 403),
        ("XMinioStorageFull", 507),
        ("InsufficientStorage", 507),
        ("WhateverItIsCalled", 507),
    ],
)
def test_a_store_without_room_is_full(code: str, status: int) -> None:
    assert isinstance(_said(code, status), ContentFull)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchKey", "QuotaExceeded", "Unheard"])
def test_no_text_of_the_store_is_passed_on(code: str) -> None:
    assert _SECRET not in _said(code).message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EndpointConnectionError(endpoint_url="https://s3.test"), "cannot be reached"),
        (ReadTimeoutError(endpoint_url="https://s3.test"), "cannot be reached"),
        (ConnectionClosedError(endpoint_url="https://s3.test"), "cannot be reached"),
        (SSLError(endpoint_url="https://s3.test", error=OSError("self-signed")), "AWS_CA_BUNDLE"),
        (ResponseParserError("a page of some proxy"), "does not answer in time"),
        (NoCredentialsError(), "no credentials"),
        (UnknownEndpointError(service_name="s3", region_name="mars"), "with these settings"),
    ],
)
def test_what_ends_before_there_is_an_answer_is_told_without_addresses(
    error: Exception, words: str
) -> None:
    with pytest.raises(ContentUnavailable, match=words) as refused, translated("firmware"):
        raise error

    assert "s3.test" not in refused.value.message


def test_a_bucket_that_cannot_be_called_so_is_a_matter_of_settings() -> None:
    store = S3Store(S3Address("two words", "https://s3.test", "us-east-1", "id", _SECRET))

    with pytest.raises(ContentUnavailable, match="with these settings: ParamValidationError"):
        store.probe()


def test_the_secret_is_not_shown_with_the_address() -> None:
    address = S3Address("firmware", None, "eu-central-1", "the-id", _SECRET)

    assert _SECRET not in repr(address)
    assert _SECRET not in repr(S3Store(address))


# --- by a real server ----------------------------------------------------------------------------

_CALLS: dict[str, Callable[[S3Store], object]] = {
    "probe": lambda store: store.probe(),
    "open": lambda store: store.open(a_key()),
    "received": lambda store: store.received(a_key(), "upload"),
    "close": lambda store: store.close(
        a_key(), "upload", [piece.place for piece in pieces(b"x", [1], placed=True)]
    ),
    "close empty": lambda store: store.close(a_key(), "upload", []),
    "size": lambda store: store.size(a_key()),
    "read": lambda store: list(store.read(a_key())),
    "read nothing": lambda store: list(store.read(a_key(), 5, 5)),
    "erase": lambda store: store.erase(a_key(), "upload"),
    "kept": lambda store: list(store.kept()),
    "powers": lambda store: store.powers(),
}


@pytest.mark.enable_socket
@pytest.mark.parametrize("call", _CALLS)
def test_a_bucket_that_is_not_there_is_never_content_that_is_gone(
    s3_server: S3Server, call: str
) -> None:
    store = S3Store(an_s3_address(s3_server, "no-such-bucket"))

    with pytest.raises(ContentUnavailable, match="has no bucket no-such-bucket"):
        _CALLS[call](store)


def _with(server: S3Server, bucket: str, key_id: str, secret: str) -> S3Store:
    return S3Store(S3Address(bucket, server.endpoint_url, server.region, key_id, secret))


@pytest.mark.enable_socket
@pytest.mark.parametrize("call", _CALLS)
def test_a_wrong_secret_is_never_content_that_is_gone(s3_server: S3Server, call: str) -> None:
    with s3_server.bucket() as bucket:
        store = _with(s3_server, bucket, s3_server.access_key_id, "x" * 32)

        with pytest.raises(ContentUnavailable, match="secret access key"):
            _CALLS[call](store)


@pytest.mark.enable_socket
@pytest.mark.parametrize("call", ["probe", "size", "open", "erase"])
def test_a_key_id_that_nobody_knows_is_told(s3_server: S3Server, call: str) -> None:
    with s3_server.bucket() as bucket:
        store = _with(s3_server, bucket, "SOMEBODYELSE", s3_server.secret_access_key)

        with pytest.raises(ContentUnavailable, match="access key id"):
            _CALLS[call](store)


@pytest.mark.enable_socket
@pytest.mark.parametrize("call", _CALLS)
def test_a_store_that_nobody_listens_for_is_unavailable(call: str) -> None:
    address = S3Address("bucket", "http://127.0.0.1:9", "us-east-1", "id", _SECRET)
    store = S3Store(address, Patience(attempts=1))

    with pytest.raises(ContentUnavailable, match="cannot be reached"):
        _CALLS[call](store)


@pytest.mark.enable_socket
def test_links_are_made_without_asking_the_store(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    address = S3Address("bucket", "http://127.0.0.1:9", "us-east-1", "id", _SECRET)
    store, part = S3Store(address), pieces(b"x", [1], placed=True)[0].place

    links = [
        store.part_link("key", "upload", part, LINK_LIFETIME),
        store.download_link("key", "GET", LINK_LIFETIME),
    ]

    assert all(link.startswith("http://127.0.0.1:9/bucket/key?") for link in links)
    assert _SECRET not in caplog.text


_WITHOUT_AND_WITH = """
import os
import sys
from sealift.content.s3 import S3Address, S3Store
from sealift.domain.errors import ContentUnavailable

endpoint_url, region, bucket, key_id, secret = sys.argv[1:]
store = S3Store(S3Address(bucket, endpoint_url, region))
try:
    store.probe()
except ContentUnavailable as refusal:
    print(refusal.message)
os.environ |= {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
store.probe()
print("found")
"""


@pytest.mark.enable_socket
def test_credentials_that_are_nowhere_are_looked_for_again(s3_server: S3Server) -> None:
    nowhere = {
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }
    environment = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
    with s3_server.bucket() as bucket:
        names = [s3_server.endpoint_url, s3_server.region, bucket]
        names += [s3_server.access_key_id, s3_server.secret_access_key]

        told = subprocess.check_output(
            [sys.executable, "-c", _WITHOUT_AND_WITH, *names], env=environment | nowhere, text=True
        )

    without, found = told.splitlines()
    assert without.startswith("no credentials for the store")
    assert found == "found"
