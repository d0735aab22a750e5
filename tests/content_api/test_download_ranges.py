"""Ranges of content, as devices resume with them (RFC 9110, 14)."""

import re

import pytest
from httpx2 import Response

from tests.life import download_link
from tests.yard import Yard, a_version, brought_to, digest

pytestmark = pytest.mark.on_disk

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
ETAG = f'"{digest(CONTENT)}"'


def a_download(yard: Yard) -> str:
    return download_link(yard, brought_to(yard, "signable", a_version(yard.api), CONTENT))


def test_one_range_is_sent_as_it_is(yard: Yard) -> None:
    link = a_download(yard)
    wanted = {
        "bytes=0-0": (0, 1),
        "bytes=0-99": (0, 100),
        "bytes=70000-200000": (70_000, 200_001),
        "bytes=100-": (100, SIZE),
        "bytes=-1": (SIZE - 1, SIZE),
        "bytes=-100": (SIZE - 100, SIZE),
        f"bytes=-{SIZE + 1}": (0, SIZE),
        f"bytes={SIZE - 1}-{10**18}": (SIZE - 1, SIZE),
        "Bytes=5-6": (5, 7),
        f"bytes={SIZE}-, 3-4": (3, 5),
    }

    for header, (start, stop) in wanted.items():
        for verb in ("GET", "HEAD"):
            answer = yard.anybody.request(verb, link, headers={"range": header})

            assert answer.status_code == 206, header
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
            assert answer.headers["content-length"] == str(stop - start)
            assert answer.headers["etag"] == ETAG
            assert answer.content == (CONTENT[start:stop] if verb == "GET" else b"")


def pieces(answer: Response) -> dict[str, bytes]:
    """The parts of a multipart answer by their `Content-Range`."""
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    first, *between, last = answer.content.split(b"--" + boundary)
    assert (first, last.strip()) == (b"", b"--")
    found = [re.fullmatch(rb"\r\n(.*?)\r\n\r\n(.*)\r\n", each, re.DOTALL) for each in between]
    ranges = {match[1].decode(): match[2] for match in found if match is not None}
    assert len(ranges) == len(between)
    return {
        re.search(r"content-range: (.*)", head, re.IGNORECASE)[1].strip(): body  # type: ignore[index]
        for head, body in ranges.items()
    }


def test_several_ranges_are_sent_in_one_answer(yard: Yard) -> None:
    answer = yard.anybody.get(a_download(yard), headers={"range": "bytes=0-9, 100-199,-5"})

    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert pieces(answer) == {
        f"bytes 0-9/{SIZE}": CONTENT[:10],
        f"bytes 100-199/{SIZE}": CONTENT[100:200],
        f"bytes {SIZE - 5}-{SIZE - 1}/{SIZE}": CONTENT[-5:],
    }


def test_a_range_beyond_the_end_cannot_be_satisfied(yard: Yard) -> None:
    link = a_download(yard)

    for header in (f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={10**18}-"):
        answer = yard.anybody.get(link, headers={"range": header})

        assert answer.status_code == 416, header
        assert answer.headers["content-range"] == f"bytes */{SIZE}"
        assert answer.json()["code"] == "range.unsatisfiable"
        assert list(answer.json()["errors"]) == ["detail"]


def test_a_range_that_makes_no_sense_is_ignored(yard: Yard) -> None:
    link = a_download(yard)
    nonsense = [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=1-2-3",
        "bytes=1.5-2",
        "bytes=+1-2",
        "bytes=0-1,x",
        "bytes=\u00b2-".encode().decode("latin-1"),
        "lines=1-2",
        "0-5",
        f"bytes={'9' * 30}-",
        "bytes=" + ",".join(f"{start}-{start}" for start in range(0, 1000, 2)),
    ]

    for header in nonsense:
        headers = {b"range": header.encode("latin-1")}
        answer = yard.anybody.get(link, headers=headers)

        assert answer.status_code == 200, header
        assert answer.content == CONTENT


def test_a_range_is_sent_only_of_the_content_that_was_begun(yard: Yard) -> None:
    link = a_download(yard)

    same = yard.anybody.get(link, headers={"range": "bytes=9-", "if-range": ETAG})
    others = [
        yard.anybody.get(link, headers={"range": "bytes=9-", "if-range": condition})
        for condition in (
            '"another"',
            f"W/{ETAG}",
            ETAG.strip('"'),
            yard.anybody.head(link).headers["last-modified"],
            "Thu, 01 Jan 2099 00:00:00 GMT",
        )
    ]

    assert (same.status_code, same.content) == (206, CONTENT[9:])
    assert [(answer.status_code, answer.content == CONTENT) for answer in others] == [
        (200, True)
    ] * 5


def test_a_download_that_broke_off_can_be_resumed_until_it_is_whole(yard: Yard) -> None:
    link = a_download(yard)
    received = b""

    while len(received) < SIZE:
        headers = {"range": f"bytes={len(received)}-", "if-range": ETAG}
        answer = yard.anybody.get(link, headers=headers)
        assert answer.status_code == 206
        received += answer.content[:100_000]

    assert received == CONTENT
