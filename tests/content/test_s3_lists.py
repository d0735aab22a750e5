"""Lists and stretches that an S3 store may break off, or tell little about.

rclone lists in one page and knows every ETag, so the answers are written down by the tests
(botocore's Stubber).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from botocore.response import StreamingBody

from sealift.domain.errors import ContentUnavailable
from tests.content.s3_answers import KEY, UPLOAD, Answers, written_answers


@pytest.fixture
def answers() -> Iterator[Answers]:
    with written_answers() as made:
        yield made


def _first_page(answers: Answers) -> None:
    upload = {"Key": KEY, "UploadId": UPLOAD, "Initiated": datetime(2024, 1, 1, tzinfo=UTC)}
    further = {"IsTruncated": True, "NextKeyMarker": KEY, "NextUploadIdMarker": UPLOAD}
    answers.says("list_multipart_uploads", {"Uploads": [upload], **further})


def test_a_store_may_have_no_word_for_a_list_of_none(answers: Answers) -> None:
    answers.says("list_objects_v2", {})
    answers.refuses("list_multipart_uploads", "NoSuchUpload", 404)

    assert list(answers.store.kept()) == []


def test_a_list_of_several_pages_comes_whole(answers: Answers) -> None:
    answers.says("list_objects_v2", {})
    _first_page(answers)
    answers.says("list_multipart_uploads", {"Uploads": [{"Key": "key.2", "UploadId": "other"}]})

    assert [each.key for each in answers.store.kept()] == [KEY, "key.2"]


def test_a_list_that_breaks_off_between_pages_is_not_passed_off_as_whole(
    answers: Answers,
) -> None:
    answers.says("list_objects_v2", {})
    _first_page(answers)
    answers.refuses("list_multipart_uploads", "NoSuchUpload", 404)

    with pytest.raises(ContentUnavailable, match="broke off a list"):
        list(answers.store.kept())


def test_content_without_an_etag_is_read(answers: Answers) -> None:
    answers.says("get_object", {"Body": StreamingBody(BytesIO(b"content"), 7)})

    assert b"".join(answers.store.read(KEY)) == b"content"


def test_content_without_an_etag_is_read_on_where_the_line_broke(answers: Answers) -> None:
    answers.says("get_object", {"Body": StreamingBody(BytesIO(b"con"), 7)}, Key=KEY)
    rest = {"Body": StreamingBody(BytesIO(b"tent"), 4)}
    answers.says("get_object", rest, Key=KEY, Range="bytes=3-")

    assert b"".join(answers.store.read(KEY)) == b"content"
