"""Links to an S3 store: what they open, and what they do not."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from time import sleep
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sealift.content.s3 import S3Address, S3Store
from sealift.content.store import PartPlace
from sealift.domain.errors import PartBusy
from tests.content.stores import LINK_LIFETIME, Upload, opened, pieces, some_bytes, stored

pytestmark = pytest.mark.enable_socket

_MINUTE = timedelta(seconds=60)


def _digest(content: bytes) -> str:
    return b64encode(sha256(content).digest()).decode()


def _part(content: bytes, index: int = 1) -> PartPlace:
    return PartPlace(index, len(content), sha256(content).hexdigest(), 0)


def _link(s3: S3Store, upload: Upload, part: PartPlace) -> str:
    return s3.part_link(upload.key, upload.name, part, LINK_LIFETIME)


# --- of parts ------------------------------------------------------------------------------------


def test_a_part_link_takes_the_part_that_was_declared(s3: S3Store) -> None:
    content, upload = some_bytes(1000), opened(s3)
    link = _link(s3, upload, _part(content))

    answer = httpx.put(link, content=content, headers={"x-amz-checksum-sha256": _digest(content)})

    assert answer.status_code == 200
    assert s3.received(upload.key, upload.name)[1].size == 1000


@pytest.mark.parametrize(
    ("sent", "declared"),
    [
        pytest.param(b"x" * 999, b"x" * 1000, id="fewer bytes"),
        pytest.param(b"x" * 1001, b"x" * 1000, id="more bytes"),
        pytest.param(b"", b"x" * 1000, id="no bytes"),
    ],
)
def test_another_length_is_refused(s3: S3Store, sent: bytes, declared: bytes) -> None:
    upload = opened(s3)
    link = _link(s3, upload, _part(declared))

    answer = httpx.put(link, content=sent, headers={"x-amz-checksum-sha256": _digest(declared)})

    assert answer.status_code == 403
    assert s3.received(upload.key, upload.name) == {}


@pytest.mark.parametrize("headers", [{}, {"x-amz-checksum-sha256": _digest(b"y" * 1000)}])
def test_a_digest_other_than_declared_or_none_is_refused(
    s3: S3Store, headers: dict[str, str]
) -> None:
    upload = opened(s3)
    link = _link(s3, upload, _part(b"x" * 1000))

    answer = httpx.put(link, content=b"x" * 1000, headers=headers)

    assert answer.status_code == 403
    assert s3.received(upload.key, upload.name) == {}


_ALTERED: dict[str, Callable[[str, Upload], str]] = {
    "another part": lambda link, _: link.replace("partNumber=1", "partNumber=2"),
    "another upload": lambda link, other: link.replace(
        f"uploadId={parse_qs(urlsplit(link).query)['uploadId'][0]}", f"uploadId={other.name}"
    ),
    "another key": lambda link, other: link.replace(
        urlsplit(link).path.rpartition("/")[2], other.key
    ),
    "a longer life": lambda link, _: link.replace("X-Amz-Expires=300", "X-Amz-Expires=301"),
    "no signature": lambda link, _: link.partition("&X-Amz-Signature")[0],
}


@pytest.mark.parametrize("change", _ALTERED)
def test_a_part_link_that_was_altered_opens_nothing(s3: S3Store, change: str) -> None:
    content, upload, other = some_bytes(1000), opened(s3), opened(s3)
    link = _link(s3, upload, _part(content))
    altered = _ALTERED[change](link, other)

    answer = httpx.put(
        altered, content=content, headers={"x-amz-checksum-sha256": _digest(content)}
    )

    assert altered != link
    assert answer.status_code in {400, 403}
    assert s3.received(upload.key, upload.name) == s3.received(other.key, other.name) == {}


def test_a_part_link_reads_and_removes_nothing(s3: S3Store) -> None:
    upload = opened(s3)
    link = _link(s3, upload, _part(b"x"))

    answers = [httpx.request(verb, link).status_code for verb in ("GET", "DELETE", "POST")]

    assert set(answers) <= {403, 405}


def test_links_die_with_their_time(s3: S3Store) -> None:
    closed, upload = stored(s3, b"content"), opened(s3)
    second = timedelta(seconds=1)
    put = s3.part_link(upload.key, upload.name, _part(b"x"), second)
    get = s3.download_link(closed.key, "GET", second)
    sleep(2.1)

    answers = [
        httpx.put(put, content=b"x", headers={"x-amz-checksum-sha256": _digest(b"x")}),
        httpx.get(get),
    ]

    assert {answer.status_code for answer in answers} <= {400, 403}  # S3 answers 403
    assert s3.received(upload.key, upload.name) == {}


# --- of content ----------------------------------------------------------------------------------


def test_a_download_link_serves_the_content_as_the_disk_door_does(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))

    answer = httpx.get(s3.download_link(upload.key, "GET", _MINUTE))

    assert answer.content == some_bytes(1000)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "private, no-transform"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"].startswith('"')


def test_a_stretch_is_served_by_a_download_link(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))

    answer = httpx.get(s3.download_link(upload.key, "GET", _MINUTE), headers={"range": "bytes=5-9"})

    assert answer.content == some_bytes(1000)[5:10]
    assert answer.headers["content-range"] == "bytes 5-9/1000"


def test_a_link_for_one_verb_is_not_for_the_other(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))
    links = {verb: s3.download_link(upload.key, verb, _MINUTE) for verb in ("GET", "HEAD")}

    answers = {
        (verb, asked): httpx.request(asked, link).status_code
        for verb, link in links.items()
        for asked in ("GET", "HEAD")
    }

    assert answers == {
        ("GET", "GET"): 200,
        ("GET", "HEAD"): 403,
        ("HEAD", "GET"): 403,
        ("HEAD", "HEAD"): 200,
    }


def test_a_head_tells_what_a_get_does(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))

    told = httpx.head(s3.download_link(upload.key, "HEAD", _MINUTE)).headers
    got = httpx.get(s3.download_link(upload.key, "GET", _MINUTE)).headers

    assert told["content-length"] == got["content-length"] == "1000"
    assert told["etag"] == got["etag"]


def test_a_download_link_is_dead_once_the_content_is_erased(s3: S3Store) -> None:
    upload = stored(s3, some_bytes(1000))
    link = s3.download_link(upload.key, "GET", _MINUTE)

    upload.erase()

    assert httpx.get(link).status_code == 404


# --- that were given out earlier -----------------------------------------------------------------


def test_an_old_part_link_can_replace_bytes_only_before_the_closing_step(s3: S3Store) -> None:
    old, new = (pieces(some_bytes(1000, seed), [1000], placed=True)[0] for seed in (1, 2))
    upload = opened(s3)
    link = _link(s3, upload, old.place)
    upload.send(new)
    upload.close([new])

    answer = httpx.put(
        link, content=old.content, headers={"x-amz-checksum-sha256": _digest(old.content)}
    )

    assert answer.status_code == 404
    assert upload.content() == new.content


def test_a_part_replaced_by_another_length_is_not_joined(s3: S3Store) -> None:
    new = pieces(some_bytes(1000), [1000], placed=True)[0]
    old = some_bytes(500)
    upload = opened(s3)
    upload.send(new)
    upload.send(replace(new, place=_part(old), content=old))

    assert s3.received(upload.key, upload.name)[1].size == 500
    with pytest.raises(PartBusy):
        upload.close([new])
    upload.send(new)
    upload.close([new])
    assert upload.content() == new.content


# --- of both -------------------------------------------------------------------------------------


def test_what_the_machine_says_of_other_endpoints_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://elsewhere.test")
    store = S3Store(S3Address("firmware", None, "eu-central-1", "id", "secret"))

    link = store.download_link("key.1", "GET", _MINUTE)

    assert str(urlsplit(link).hostname).endswith(".amazonaws.com")
