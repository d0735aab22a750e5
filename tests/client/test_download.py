"""Downloads: continued, checked, and never half there under their own name."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sealift.client.download import ContentWrong, download, stream
from sealift.client.local import LocalTrouble
from sealift.client.progress import Unwatched
from sealift.domain.errors import LinkForbidden, NotDownloadable, Unavailable
from tests.client.line import Line, once, when
from tests.yard import a_binary, a_version, brought_to

_CONTENT = os.urandom(300_000)
_QUIET = Unwatched()


class Torn(httpx.SyncByteStream):
    """A body whose line breaks after some bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("connection reset by peer")


@pytest.fixture
def prn(line: Line) -> str:
    """A signable binary with `_CONTENT`."""
    return brought_to(line.yard, "signable", a_version(line.yard.api), _CONTENT)["prn"]


def _ranges(line: Line) -> list[str | None]:
    return [
        request.headers.get("range")
        for request in line.sent
        if request.url.path.startswith("/content/")
    ]


def _tear_after(line: Line, count: int) -> None:
    """The first answer with content breaks off after `count` bytes."""

    def torn(request: httpx.Request) -> httpx.Response:
        whole = line.passed_on(request, b"")
        return httpx.Response(
            whole.status_code, headers=whole.headers, stream=Torn(whole.content[:count])
        )

    line.faults = [once(when("GET", "/content/", torn))]


def test_the_content_arrives_under_its_name(line: Line, prn: str, tmp_path: Path) -> None:
    out = tmp_path / "out.bin"

    with line.client() as client:
        binary = download(client, prn, out, _QUIET)

    assert out.read_bytes() == _CONTENT
    assert binary.size == len(_CONTENT)
    assert list(tmp_path.glob("out.bin*")) == [out]


def test_what_was_there_is_replaced(line: Line, prn: str, tmp_path: Path) -> None:
    out = tmp_path / "out.bin"
    out.write_bytes(b"the version before")

    with line.client() as client:
        download(client, prn, out, _QUIET)

    assert out.read_bytes() == _CONTENT


def test_a_broken_line_is_taken_up_where_it_broke(line: Line, prn: str, tmp_path: Path) -> None:
    _tear_after(line, 1000)

    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    assert _ranges(line) == [None, "bytes=1000-"]
    assert line.sent[-1].headers["if-range"].startswith('"')


def test_an_interrupted_download_is_continued(line: Line, prn: str, tmp_path: Path) -> None:
    (tmp_path / "out.bin.part").write_bytes(_CONTENT[:123_456])

    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    assert _ranges(line) == ["bytes=123456-"]


def test_a_download_that_only_lacks_its_name_needs_no_bytes(
    line: Line, prn: str, tmp_path: Path
) -> None:
    (tmp_path / "out.bin.part").write_bytes(_CONTENT)

    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert _ranges(line) == []
    assert (tmp_path / "out.bin").read_bytes() == _CONTENT


@pytest.mark.parametrize("length", [1000, len(_CONTENT), len(_CONTENT) + 1])
def test_a_beginning_of_something_else_is_found_out(
    line: Line, prn: str, tmp_path: Path, length: int
) -> None:
    (tmp_path / "out.bin.part").write_bytes(bytes(length))

    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    assert _ranges(line)[-1] is None


def test_a_server_without_ranges_sends_it_all_again(line: Line, prn: str, tmp_path: Path) -> None:
    (tmp_path / "out.bin.part").write_bytes(_CONTENT[:1000])

    def whole(request: httpx.Request) -> httpx.Response:
        del request.headers["range"]
        return line.passed_on(request, b"")

    line.faults = [when("GET", "/content/", whole)]
    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT


def test_altered_bytes_never_get_the_name(line: Line, prn: str, tmp_path: Path) -> None:
    altered = httpx.Response(200, content=bytes(len(_CONTENT)))
    line.faults = [when("GET", "/content/", lambda _: altered)]

    with line.client() as client, pytest.raises(ContentWrong, match="nothing was kept"):
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert list(tmp_path.glob("out.bin*")) == []


@pytest.mark.parametrize("extra", [-1000, -1, 1, 1000])
def test_content_of_another_length_never_gets_the_name(
    line: Line, prn: str, tmp_path: Path, extra: int
) -> None:
    content = (_CONTENT + bytes(1000))[: len(_CONTENT) + extra]
    line.faults = [once(when("GET", "/content/", lambda _: httpx.Response(200, content=content)))]
    line.faults += [when("GET", "/content/", lambda _: httpx.Response(416))]

    with line.client() as client, pytest.raises(Exception, match=r"416|are more than that"):
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert not (tmp_path / "out.bin").exists()


def test_a_wrong_range_is_not_appended(line: Line, prn: str, tmp_path: Path) -> None:
    (tmp_path / "out.bin.part").write_bytes(_CONTENT[:1000])
    answer = httpx.Response(206, content=b"x", headers={"content-range": "bytes 5-5/300000"})
    line.faults = [when("GET", "/content/", lambda _: answer)]

    with line.client() as client, pytest.raises(ContentWrong, match="from 1000 on"):
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin.part").read_bytes() == _CONTENT[:1000]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_failed_answer_gets_a_fresh_link(
    line: Line, prn: str, tmp_path: Path, status: int
) -> None:
    line.faults = [once(when("GET", "/content/", lambda _: httpx.Response(status)))]

    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    asked = [request.url.path.rpartition("/")[2] for request in line.sent]
    assert asked.count("download_url") == 2


def test_links_that_stay_dead_end_it_soon(line: Line, prn: str, tmp_path: Path) -> None:
    line.faults = [when("GET", "/content/", lambda _: httpx.Response(403))]

    with line.client() as client, pytest.raises(LinkForbidden):
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert len(_ranges(line)) == 3


def test_a_line_that_always_breaks_ends_it(line: Line, prn: str, tmp_path: Path) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    line.faults = [when("GET", "/content/", broken)]

    with line.client() as client, pytest.raises(Unavailable, match="no answer in time"):
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert not (tmp_path / "out.bin").exists()


def test_getting_further_renews_the_patience(line: Line, prn: str, tmp_path: Path) -> None:
    def drop_by_drop(request: httpx.Request) -> httpx.Response:
        whole = line.passed_on(request, b"")
        return httpx.Response(
            whole.status_code, headers=whole.headers, stream=Torn(whole.content[:20_000])
        )

    line.faults = [when("GET", "/content/", drop_by_drop)]
    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    assert len(_ranges(line)) == 15


def test_a_redirect_to_another_store_is_followed(line: Line, prn: str, tmp_path: Path) -> None:
    def redirect(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://store.test/bytes"})

    line.faults = [
        when("GET", "/content/", redirect),
        when("GET", "/bytes", lambda _: httpx.Response(200, content=_CONTENT)),
    ]
    with line.client() as client:
        download(client, prn, tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == _CONTENT
    assert all("authorization" not in request.headers for request in line.sent[-2:])


def test_unverified_content_makes_no_file(line: Line, tmp_path: Path) -> None:
    made = a_binary(line.yard.api, a_version(line.yard.api))

    with line.client() as client, pytest.raises(NotDownloadable):
        download(client, made["prn"], tmp_path / "out.bin", _QUIET)

    assert list(tmp_path.glob("out.bin*")) == []


@pytest.mark.parametrize("where", ["", "nowhere/out.bin"])
def test_a_place_that_cannot_be_written_is_named(
    line: Line, prn: str, tmp_path: Path, where: str
) -> None:
    with line.client() as client, pytest.raises(LocalTrouble, match=where or "directory"):
        download(client, prn, tmp_path / where, _QUIET)


def test_empty_content_is_an_empty_file(line: Line, tmp_path: Path) -> None:
    version = a_version(line.yard.api, "nothing")
    empty = brought_to(line.yard, "signable", version, b"")

    with line.client() as client:
        download(client, empty["prn"], tmp_path / "out.bin", _QUIET)

    assert (tmp_path / "out.bin").read_bytes() == b""


def test_a_stream_is_continued_too(line: Line, prn: str) -> None:
    _tear_after(line, 1000)
    out = io.BytesIO()

    with line.client() as client:
        stream(client, prn, out, _QUIET)

    assert out.getvalue() == _CONTENT


def test_a_stream_of_altered_bytes_ends_in_a_complaint(line: Line, prn: str) -> None:
    altered = httpx.Response(200, content=bytes(len(_CONTENT)))
    line.faults = [when("GET", "/content/", lambda _: altered)]

    with line.client() as client, pytest.raises(ContentWrong, match="do not use"):
        stream(client, prn, io.BytesIO(), _QUIET)
