"""Erasing on S3 leaves nothing, or says that it did.

rclone has no versions and no rights, so that most answers are written down by the tests
(botocore's Stubber). What it can do is tried on it in the stores' contract.
"""

from collections.abc import Iterator

import pytest

from sealift.domain.errors import ContentUnavailable
from tests.content.s3_answers import KEY, UPLOAD, Answers, written_answers


@pytest.fixture
def answers() -> Iterator[Answers]:
    with written_answers() as made:
        yield made


def _erases(answers: Answers, *versions: dict[str, object], markers: int = 0) -> None:
    """Everything up to the versions, of which each is `{Key, VersionId}`."""
    answers.says("abort_multipart_upload", Key=KEY, UploadId=UPLOAD)
    answers.has_uploads(other=KEY)
    answers.says("abort_multipart_upload", Key=KEY, UploadId="other")
    answers.says("delete_object", Key=KEY)
    found = {"Versions": versions[markers:], "DeleteMarkers": versions[:markers]}
    answers.says(
        "list_object_versions",
        {name: list(each) for name, each in found.items()},
        Prefix=KEY,
    )


def test_all_versions_and_their_deletions_are_erased_and_no_others(answers: Answers) -> None:
    _erases(
        answers,
        {"Key": KEY, "VersionId": "deleted"},
        {"Key": KEY, "VersionId": "second"},
        {"Key": KEY, "VersionId": "first"},
        {"Key": f"{KEY}0", "VersionId": "a neighbour's"},
        markers=1,
    )
    for version in ("second", "first", "deleted"):
        answers.says("delete_object", Key=KEY, VersionId=version)
    answers.has(None)
    answers.has_uploads()

    answers.store.erase(KEY, UPLOAD)

    answers.assert_all_was_asked_for()


@pytest.mark.parametrize("code", ["NotImplemented", "MethodNotAllowed"])
def test_a_store_without_versions_may_say_so(answers: Answers, code: str) -> None:
    answers.refuses("abort_multipart_upload", "NoSuchUpload", 404)
    answers.has_uploads()
    answers.says("delete_object", Key=KEY)
    answers.refuses("list_object_versions", code, 501)
    answers.has(None)
    answers.has_uploads()

    answers.store.erase(KEY, UPLOAD)

    answers.assert_all_was_asked_for()


def test_versions_that_may_not_be_seen_are_not_taken_for_none(answers: Answers) -> None:
    answers.refuses("abort_multipart_upload", "NoSuchUpload", 404)
    answers.has_uploads()
    answers.says("delete_object", Key=KEY)
    answers.refuses("list_object_versions", "AccessDenied", 403)

    with pytest.raises(ContentUnavailable, match="no right to ListObjectVersions"):
        answers.store.erase(KEY, UPLOAD)


def test_a_version_that_may_not_be_erased_is_told(answers: Answers) -> None:
    _erases(answers, {"Key": KEY, "VersionId": "locked"})
    answers.refuses("delete_object", "AccessDenied", 403)

    with pytest.raises(ContentUnavailable, match="no right to DeleteObject"):
        answers.store.erase(KEY, UPLOAD)


def test_content_that_may_not_be_erased_is_told(answers: Answers) -> None:
    answers.says("abort_multipart_upload", Key=KEY, UploadId=UPLOAD)
    answers.has_uploads()
    answers.refuses("delete_object", "AccessDenied", 403)

    with pytest.raises(ContentUnavailable, match="no right to DeleteObject"):
        answers.store.erase(KEY, UPLOAD)


def test_content_that_is_still_there_afterwards_is_not_called_erased(answers: Answers) -> None:
    _erases(answers)
    answers.has(1000)

    with pytest.raises(ContentUnavailable, match="not erased"):
        answers.store.erase(KEY, UPLOAD)


def test_an_upload_that_is_still_there_afterwards_is_not_called_erased(answers: Answers) -> None:
    _erases(answers)
    answers.has(None)
    answers.has_uploads(closing=KEY)

    with pytest.raises(ContentUnavailable, match="not erased"):
        answers.store.erase(KEY, UPLOAD)


def test_an_upload_that_was_never_on_record_is_found(answers: Answers) -> None:
    answers.has_uploads(forgotten=KEY)
    answers.says("abort_multipart_upload", Key=KEY, UploadId="forgotten")
    answers.says("delete_object", Key=KEY)
    answers.says("list_object_versions", {}, Prefix=KEY)
    answers.has(None)
    answers.has_uploads()

    answers.store.erase(KEY, "")

    answers.assert_all_was_asked_for()
