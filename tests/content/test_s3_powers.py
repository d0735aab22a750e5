"""What a store on S3 can do is found out, not guessed, and what it reports names its digest.

rclone reports MD5 and checks nothing. Stores that do otherwise are answers that the tests
write down (botocore's Stubber).
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import md5, sha256

import httpx
import pytest

from sealift.content.s3 import Powers, S3Store
from sealift.content.store import Received
from sealift.domain.digest import Algorithm
from sealift.domain.errors import ContentMissing, ContentUnavailable
from tests.content.s3_answers import KEY, UPLOAD, Answers, listed, written_answers
from tests.content.stores import LINK_LIFETIME, an_s3_address, opened, pieces, some_bytes
from tests.s3_server import S3Server

_FIRST = b"first"


@pytest.fixture
def answers() -> Iterator[Answers]:
    with written_answers() as made:
        yield made


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()


def _tries(answers: Answers, part: Mapping[str, object], *, checks: bool, replaces: bool) -> None:
    answers.says("create_multipart_upload", {"UploadId": "trial"})
    answers.says("upload_part", {"ETag": '"1"'})
    answers.lists_parts(part)
    for is_taken, refused_with in ((not checks, "BadDigest"), (replaces, "InvalidRequest")):
        if is_taken:
            answers.says("upload_part", {"ETag": '"2"'})
        else:
            answers.refuses("upload_part", refused_with)
    answers.says("abort_multipart_upload")


_MD5 = f'"{md5(_FIRST, usedforsecurity=False).hexdigest()}"'
_SHA256 = _base64(sha256(_FIRST).digest())


@pytest.mark.parametrize(
    ("part", "reports"),
    [
        ({"ETag": _MD5, "ChecksumSHA256": _SHA256}, Algorithm.SHA256),
        ({"ETag": '"opaque"', "ChecksumSHA256": _SHA256}, Algorithm.SHA256),
        ({"ETag": _MD5}, Algorithm.MD5),
        ({"ETag": '"opaque"'}, None),
        ({"ETag": f'"{"0" * 32}"'}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("checks", [True, False])
@pytest.mark.parametrize("replaces", [True, False])
def test_powers_are_what_a_trial_shows(
    answers: Answers,
    part: dict[str, str],
    reports: Algorithm | None,
    *,
    checks: bool,
    replaces: bool,
) -> None:
    _tries(answers, {"PartNumber": 1, "Size": 5, **part}, checks=checks, replaces=replaces)

    found = [answers.store.powers() for _ in range(3)]

    assert found == [Powers(checks, replaces, reports)] * 3


@pytest.mark.parametrize("code", ["InvalidArgument", "InvalidRequest", "NotImplemented"])
def test_an_upload_is_opened_where_checksums_are_not_known(answers: Answers, code: str) -> None:
    answers.refuses("create_multipart_upload", code)
    answers.says("create_multipart_upload", {"UploadId": UPLOAD}, Key=KEY)

    assert answers.store.open(KEY) == UPLOAD


def test_a_digest_that_the_store_lists_is_reported_without_a_trial(answers: Answers) -> None:
    digest = sha256(b"content")
    answers.lists_parts(listed(7, 1000, ChecksumSHA256=_base64(digest.digest())))

    found = answers.store.received(KEY, UPLOAD)

    assert found == {7: Received(1000, f"sha256:{digest.hexdigest()}")}


def test_an_etag_is_no_digest_of_a_store_that_makes_it_otherwise(answers: Answers) -> None:
    looks_like_md5 = f'"{"0" * 32}"'
    answers.lists_parts({"PartNumber": 1, "Size": 1000, "ETag": looks_like_md5})
    part = {"PartNumber": 1, "Size": 5, "ETag": '"opaque"'}
    _tries(answers, part, checks=False, replaces=True)

    assert answers.store.received(KEY, UPLOAD) == {1: Received(1000, None)}


def test_a_trial_that_goes_wrong_says_nothing_about_anybodys_upload(answers: Answers) -> None:
    answers.lists_parts(listed(1, 1000))
    answers.says("create_multipart_upload", {"UploadId": "trial"})
    answers.refuses("upload_part", "NoSuchUpload", 404)
    answers.refuses("abort_multipart_upload", "NoSuchUpload", 404)

    with pytest.raises(ContentUnavailable):
        answers.store.received(KEY, UPLOAD)


# --- on rclone -----------------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_what_is_found_out_is_how_the_store_behaves(s3: S3Store) -> None:
    right, wrong = some_bytes(1000, seed=1), some_bytes(1000, seed=2)
    (piece,) = pieces(right, [1000], placed=True)
    upload = opened(s3)
    link = s3.part_link(upload.key, upload.name, piece.place, LINK_LIFETIME)
    declared = {"x-amz-checksum-sha256": _base64(sha256(right).digest())}

    is_taken = httpx.put(link, content=wrong, headers=declared).is_success

    assert is_taken is not s3.powers().checks_parts


@pytest.mark.enable_socket
def test_a_store_says_of_itself_that_it_cannot_replace_parts(
    streaming_s3_server: S3Server,
) -> None:
    with streaming_s3_server.bucket() as bucket:
        s3 = S3Store(an_s3_address(streaming_s3_server, bucket))

        assert s3.powers().replaces_parts is bool(streaming_s3_server.process is None)


@pytest.mark.enable_socket
def test_a_trial_leaves_nothing_behind(s3: S3Store, s3_server: S3Server) -> None:
    s3.powers()

    client, bucket = s3_server.client(), s3._bucket
    assert client.list_objects_v2(Bucket=bucket).get("Contents", []) == []
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


@pytest.mark.enable_socket
def test_reports_are_of_what_really_arrived(s3: S3Store) -> None:
    content = some_bytes(1000)
    upload = opened(s3)
    upload.send(pieces(content, [1000], placed=True)[0])
    digests = {
        Algorithm.SHA256: f"sha256:{sha256(content).hexdigest()}",
        Algorithm.MD5: f"md5:{md5(content, usedforsecurity=False).hexdigest()}",
        None: None,
    }

    found = s3.received(upload.key, upload.name)

    assert found == {1: Received(1000, digests[s3.powers().reports])}


@pytest.mark.enable_socket
def test_an_upload_without_a_name_has_received_nothing(s3: S3Store) -> None:
    upload = opened(s3)

    with pytest.raises(ContentMissing):
        s3.received(upload.key, "")
