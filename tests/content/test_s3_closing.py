"""The closing step on S3, whatever the store answers to it.

Most answers are written down by the tests (botocore's Stubber), because rclone knows no
checksums, no least size of a part and no faults in between. The last tests are on rclone.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

import pytest

from sealift.content.s3 import S3Store
from sealift.content.store import PartPlace
from sealift.domain.errors import (
    ContentMissing,
    ContentUnavailable,
    PartBusy,
    PartsIncomplete,
    Refusal,
)
from tests.content.s3_answers import KEY, UPLOAD, Answers, listed, written_answers
from tests.content.stores import a_key, opened, pieces, some_bytes, stored

_PARTS = [PartPlace(1, 100, "0" * 64), PartPlace(2, 50, "1" * 64)]


@pytest.fixture
def answers() -> Iterator[Answers]:
    with written_answers() as made:
        yield made


def _close(answers: Answers) -> None:
    answers.store.close(KEY, UPLOAD, _PARTS)


def test_the_parts_are_joined_as_the_store_listed_them(answers: Answers) -> None:
    answers.lists_parts(listed(1, 100, ChecksumSHA256="one"), listed(2, 50, ChecksumSHA256="two"))
    joined = [
        {"PartNumber": 1, "ETag": '"etag-1"', "ChecksumSHA256": "one"},
        {"PartNumber": 2, "ETag": '"etag-2"', "ChecksumSHA256": "two"},
    ]
    answers.says(
        "complete_multipart_upload", Key=KEY, UploadId=UPLOAD, MultipartUpload={"Parts": joined}
    )
    answers.has(150)
    answers.has_uploads()

    _close(answers)

    answers.assert_all_was_asked_for()


def test_a_list_of_several_pages_is_read_to_its_end(answers: Answers) -> None:
    more = {"IsTruncated": True, "NextPartNumberMarker": 1, "Parts": [listed(1, 100)]}
    answers.says("list_parts", more)
    answers.lists_parts(listed(2, 50))
    answers.says("complete_multipart_upload")
    answers.has(150)
    answers.has_uploads()

    _close(answers)

    answers.assert_all_was_asked_for()


def test_an_upload_that_is_gone_with_its_content_there_was_closed_before(answers: Answers) -> None:
    answers.refuses("list_parts", "NoSuchUpload", 404)
    answers.has(150)  # there is something
    answers.has(150)  # and it is as large as it should be
    answers.has_uploads()

    _close(answers)

    answers.assert_all_was_asked_for()


def test_an_upload_that_is_gone_between_two_requests_was_closed_by_another(
    answers: Answers,
) -> None:
    answers.lists_parts(listed(1, 100), listed(2, 50))
    answers.refuses("complete_multipart_upload", "NoSuchUpload", 404)
    answers.has(150)
    answers.has(150)
    answers.has_uploads()

    _close(answers)

    answers.assert_all_was_asked_for()


def test_an_upload_that_is_gone_without_content_is_missing(answers: Answers) -> None:
    answers.refuses("list_parts", "NoSuchUpload", 404)
    answers.has(None)

    with pytest.raises(ContentMissing):
        _close(answers)


def test_an_upload_that_is_gone_with_other_content_is_missing(answers: Answers) -> None:
    answers.refuses("list_parts", "NoSuchUpload", 404)
    answers.has(149)
    answers.has(149)

    with pytest.raises(ContentMissing, match="149 bytes where 150"):
        _close(answers)


@pytest.mark.parametrize("size", [0, 149, 151])
def test_content_of_another_size_than_was_received_is_refused(answers: Answers, size: int) -> None:
    answers.lists_parts(listed(1, 100), listed(2, 50))
    answers.says("complete_multipart_upload")
    answers.has(size)

    with pytest.raises(ContentMissing, match=f"{size} bytes where 150"):
        _close(answers)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidPart", PartBusy),
        ("EntityTooSmall", PartsIncomplete),
        ("InvalidPartOrder", ContentUnavailable),
        ("SlowDown", ContentUnavailable),
        ("AccessDenied", ContentUnavailable),
        ("NoSuchBucket", ContentUnavailable),
    ],
)
def test_a_store_that_does_not_join_is_told_apart(
    answers: Answers, code: str, kind: type[Refusal]
) -> None:
    answers.lists_parts(listed(1, 100), listed(2, 50))
    answers.refuses("complete_multipart_upload", code)

    with pytest.raises(kind):
        _close(answers)


def test_what_a_store_does_not_answer_to_is_not_called_missing(answers: Answers) -> None:
    answers.refuses("list_parts", "NoSuchUpload", 404)
    answers.refuses("head_object", "503", 503)
    answers.refuses("list_objects_v2", "ServiceUnavailable", 503)

    with pytest.raises(ContentUnavailable):
        _close(answers)


def test_empty_content_is_a_part_without_bytes(answers: Answers) -> None:
    nothing = b64encode(sha256().digest()).decode()
    answers.says(
        "upload_part",
        {"ETag": '"etag-1"'},
        Key=KEY,
        UploadId=UPLOAD,
        PartNumber=1,
        Body=b"",
        ChecksumSHA256=nothing,
    )
    answers.lists_parts(listed(1, 0, ChecksumSHA256=nothing))
    answers.says("complete_multipart_upload")
    answers.has(0)
    answers.has_uploads()

    answers.store.close(KEY, UPLOAD, [])

    answers.assert_all_was_asked_for()


def test_uploads_that_nobody_knows_go_with_the_closing_step(answers: Answers) -> None:
    answers.lists_parts(listed(1, 100), listed(2, 50))
    answers.says("complete_multipart_upload")
    answers.has(150)
    answers.has_uploads(forgotten=KEY, neighbours=f"{KEY}0")
    answers.says("abort_multipart_upload", Key=KEY, UploadId="forgotten")

    _close(answers)

    answers.assert_all_was_asked_for()


# --- on rclone -----------------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_what_was_opened_beside_an_upload_is_gone_once_it_is_closed(s3: S3Store) -> None:
    key = a_key()
    neighbour = opened(s3, f"{key}0")
    upload, _forgotten = opened(s3, key), s3.open(key)
    (piece,) = pieces(some_bytes(1000), [1000], placed=True)
    upload.send(piece)

    upload.close([piece])

    assert [(each.key, each.upload) for each in s3.kept()] == [
        (key, None),
        (neighbour.key, neighbour.name),
    ]


@pytest.mark.enable_socket
def test_empty_content_does_not_come_back_after_it_was_erased(s3: S3Store) -> None:
    upload = opened(s3)
    upload.erase()

    with pytest.raises(ContentMissing):
        upload.close([])

    assert list(s3.kept()) == []


@pytest.mark.enable_socket
def test_closing_again_finds_the_content_of_another_size_out(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))

    with pytest.raises(ContentMissing, match="1000 bytes where 999"):
        upload.close(pieces(some_bytes(999), [999], placed=True))

    assert upload.content() == some_bytes(1000)
