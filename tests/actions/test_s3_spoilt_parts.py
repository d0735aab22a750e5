"""On S3, clients and the store are alone with each other: no wrong byte is signed even so.

A store need not look at what it is sent, and it honours an old link to a part as long as the
upload is open. What is accepted is decided by reading what is really there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.s3_server import S3Server
from tests.shelves import S3Shelf, an_s3_shelf
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    a_yard,
    brought_to,
    content_key,
    copy_sqlite,
    declare_part,
    part_headers,
    patch,
    see,
    send_part,
    upload,
)

pytestmark = pytest.mark.enable_socket

_WRONG = CONTENT[::-1]  # of the same size


@pytest.fixture
def shelf(s3_server: S3Server) -> Iterator[S3Shelf]:
    with s3_server.bucket() as bucket:
        yield an_s3_shelf(s3_server, bucket)


@pytest.fixture
def s3_yard(sqlite_template: Path, tmp_path: Path, shelf: S3Shelf) -> Iterator[Yard]:
    database_url = copy_sqlite(sqlite_template, tmp_path / "records.sqlite3")
    with a_yard(database_url, shelf) as made:
        yield made


def _parts(yard: Yard, binary: dict[str, Any]) -> list[dict[str, Any]]:
    return yard.api.get(f"/binaries/{binary['prn']}/parts").json()["binary_parts"]


def _verified(yard: Yard, binary: dict[str, Any]) -> dict[str, Any]:
    """The binary after the closing step and a verification."""
    for state in ("hashable", "hashing"):
        assert patch(yard.api, binary, state=state).status_code == 200
    yard.work()
    return see(yard.api, binary)


def test_content_lives_and_dies_in_a_bucket(s3_yard: Yard) -> None:
    binary = brought_to(s3_yard, "signed", a_version(s3_yard.api))
    url = s3_yard.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]
    before = s3_yard.anybody.get(url).content
    kept = s3_yard.kept()

    answer = patch(s3_yard.api, binary, state="destroyed")

    assert before == CONTENT
    assert kept == [f"{content_key(s3_yard, binary)}/content"]
    assert answer.status_code == 200
    assert s3_yard.kept() == []
    assert s3_yard.anybody.get(url).status_code == 404


def test_bytes_that_the_store_did_not_look_at_are_found_by_reading(
    s3_yard: Yard, shelf: S3Shelf
) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    link = declare_part(s3_yard.api, binary, 1, CONTENT)
    s3_yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    if shelf.s3.powers().checks_parts:
        pytest.skip("this store says itself that it looks at them")

    found = _verified(s3_yard, binary)

    assert found["state"] == "hashable"
    assert found["verification_error"]["code"] == "hash_mismatch"


def test_an_old_link_can_spoil_a_part_and_nothing_passes(s3_yard: Yard) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    old = declare_part(s3_yard.api, binary, 1, _WRONG)
    send_part(s3_yard.api, binary, 1, CONTENT)
    spoilt = s3_yard.anybody.put(old, content=_WRONG, headers=part_headers(_WRONG))
    assert spoilt.status_code == 200

    states = [part["state"] for part in _parts(s3_yard, binary)]
    if states == ["valid"]:  # else the store says of what digest it is
        found = _verified(s3_yard, binary)
        assert found["verification_error"]["code"] == "hash_mismatch"

    assert see(s3_yard.api, binary)["state"] in {"uploadable", "hashable"}
    assert states in (["valid"], ["invalid_hash"])


def test_a_spoilt_upload_can_be_reset_and_sent_again(s3_yard: Yard) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    link = declare_part(s3_yard.api, binary, 1, CONTENT)
    s3_yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    _verified(s3_yard, binary)

    patch(s3_yard.api, binary, state="uploadable")
    late = s3_yard.anybody.put(link, content=_WRONG, headers=part_headers(CONTENT))
    upload(s3_yard.api, binary)
    found = _verified(s3_yard, binary)

    assert late.status_code == 404
    assert found["state"] == "signable"


def test_an_old_link_opens_nothing_once_the_upload_is_finished(s3_yard: Yard) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    old = declare_part(s3_yard.api, binary, 1, _WRONG)
    send_part(s3_yard.api, binary, 1, CONTENT)
    patch(s3_yard.api, binary, state="hashable")

    late = s3_yard.anybody.put(old, content=_WRONG, headers=part_headers(_WRONG))
    patch(s3_yard.api, binary, state="hashing")
    s3_yard.work()

    assert late.status_code == 404
    assert see(s3_yard.api, binary)["state"] == "signable"


def test_a_link_takes_no_other_length_than_was_declared(s3_yard: Yard) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    link = declare_part(s3_yard.api, binary, 1, CONTENT)

    longer = s3_yard.anybody.put(link, content=CONTENT * 2, headers=part_headers(CONTENT))

    assert longer.status_code == 403
    assert [part["state"] for part in _parts(s3_yard, binary)] == ["uploadable"]


def test_an_upload_that_the_store_has_lost_is_begun_anew(s3_yard: Yard, shelf: S3Shelf) -> None:
    binary = a_binary(s3_yard.api, a_version(s3_yard.api))
    upload(s3_yard.api, binary)
    (lost,) = shelf.client.list_multipart_uploads(Bucket=shelf.bucket).get("Uploads", [])
    shelf.client.abort_multipart_upload(
        Bucket=shelf.bucket, Key=lost.get("Key", ""), UploadId=lost.get("UploadId", "")
    )

    refused = patch(s3_yard.api, binary, state="hashable")
    upload(s3_yard.api, binary)
    found = _verified(s3_yard, binary)

    assert refused.status_code == 422
    assert found["state"] == "signable"
