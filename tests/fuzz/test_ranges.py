"""Conditions and ranges over real content, beside a second reading of RFC 9110 (13 and 14).

The second reading is made from the grammar and knows nothing of ours. Where the RFC leaves
the choice to servers, what we chose is written down here.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.promises import Answer, assert_kept, tries
from tests.fuzz.raw import Door, target_of
from tests.fuzz.stock import Stock
from tests.yard import digest

CONTENT: Final = bytes(range(256)) + b"\r\n--boundary\r\n\r\n"
SIZE: Final = len(CONTENT)
ETAG: Final = f'"{digest(CONTENT)}"'


@dataclass(frozen=True)
class Served:
    door: Door
    target: str

    def ask(self, headers: dict[str, str], verb: str = "GET") -> Answer:
        sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = self.door.ask(verb, self.target, sent)
        assert_kept(answer)
        return answer


@pytest.fixture(scope="module")
def served(sqlite_stock: Stock, sqlite_door: Door) -> Served:
    """Content behind a link; no database has a part in this."""
    prn = sqlite_stock.verified(CONTENT)["prn"]
    answer = sqlite_stock.yard.api.get(f"/binaries/{prn}/download_url")
    return Served(sqlite_door, target_of(answer.json()["download_url"]))


# --- the second reading --------------------------------------------------------------------------

_RANGES: Final = re.compile(r"(?i:bytes)=([0-9\-, \t]*)")
_SPEC: Final = re.compile(r"(?:(?P<first>[0-9]+)-(?P<last>[0-9]*)|-(?P<suffix>[0-9]+))")
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_MOST: Final = 64  # ranges that we take
_LONGEST: Final = 19  # digits of a number that we take
_WHOLE: Final = [(0, SIZE)]


def _expected(headers: dict[str, str]) -> tuple[int, list[tuple[int, int]]]:
    """The status, and the slices of the content that are sent."""
    if _has_it(headers.get("if-none-match", "").strip(" \t")):
        return 304, []
    asked = _asked(headers.get("range", ""))
    if asked is None or headers.get("if-range", ETAG).strip(" \t") != ETAG:
        return 200, _WHOLE
    found = [(first, stop) for first, stop in asked if first < stop]
    if not found:
        return 416, []
    # Bytes asked again and again: we send them once.
    is_too_much = sum(stop - first for first, stop in found) > SIZE
    return (200, _WHOLE) if is_too_much else (206, found)


def _asked(header: str) -> list[tuple[int, int]] | None:
    """As slices, which may be empty; None for what is to be ignored."""
    found = _RANGES.fullmatch(header)
    specs = [each.strip(" \t") for each in found[1].split(",")] if found else []
    read = [_slice(each) for each in specs if each]
    slices = [each for each in read if each is not None]
    is_good = 0 < len(read) == len(slices) <= _MOST
    return slices if is_good else None


def _slice(spec: str) -> tuple[int, int] | None:
    found = _SPEC.fullmatch(spec)
    if found is None or any(len(each) > _LONGEST for each in found.groups("")):
        return None
    if found["suffix"]:
        return max(0, SIZE - int(found["suffix"])), SIZE
    first, last = int(found["first"]), int(found["last"] or 10**_LONGEST)
    return (first, min(last + 1, SIZE)) if first <= last else None


def _has_it(if_none_match: str) -> bool:
    """Compared weakly."""
    tags = [each.removeprefix("W/") for each in re.findall(_TAG, if_none_match)]
    return if_none_match == "*" or ETAG in tags


def _sent(answer: Answer) -> list[tuple[str, bytes]]:
    """What a 206 brought: each piece with its `Content-Range`."""
    content_type = answer.headers["content-type"]
    if "content-range" in answer.headers:
        return [(answer.headers["content-range"], answer.content)]
    boundary = content_type.partition("boundary=")[2].encode()
    assert content_type.startswith("multipart/byteranges; boundary=")
    first, *pieces, last = answer.content.split(b"--" + boundary)
    assert (first, last) == (b"", b"--\r\n")
    found: list[tuple[str, bytes]] = []
    for piece in pieces:
        head, _, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        found.append((message_from_bytes(head)["content-range"], body.removesuffix(b"\r\n")))
        assert body.endswith(b"\r\n")
    return found


# --- what is tried -------------------------------------------------------------------------------

_VISIBLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"))
_NUMBERS = st.one_of(
    st.integers(0, SIZE + 3).map(str),
    st.sampled_from(["", "00", "007", str(2**63 - 1), str(2**64), "9" * 19, "9" * 20, "-1", "1.0"]),
)
_SPECS = st.one_of(
    st.tuples(_NUMBERS, _NUMBERS).map("-".join),
    st.tuples(st.integers(0, SIZE), st.integers(0, 20)).map(lambda it: f"{it[0]}-{sum(it)}"),
    st.sampled_from(["", " ", "\t", "-", "0-", "-1", "0 -1", "1-2-3", "\xb2-", "a-b"]),
)
_SETS = st.lists(_SPECS, min_size=1, max_size=70).map(",".join) | st.lists(
    _SPECS, min_size=1, max_size=3
).map(" , ".join)
_UNITS = st.sampled_from(
    ["bytes=", "bytes=", "bytes=", "BYTES=", "bytes = ", "bytes", "items=", "="]
)
_RANGE = st.one_of(_VISIBLE, st.tuples(_UNITS, _SETS).map("".join))
_ONE_TAG = st.sampled_from([
    ETAG, ETAG, f"W/{ETAG}", ETAG.strip('"'), ETAG.upper(), '"another"', '""', "*",
    "Thu, 01 Jan 2099 00:00:00 GMT", '"', "",
])  # fmt: skip
_GOOD_TAGS = [ETAG, f"W/{ETAG}", '"another"', 'W/"another"', '""', '"a,*,b"', f'"{ETAG[1:5]},"']
_TAG_LISTS = st.just("*") | st.lists(st.sampled_from(_GOOD_TAGS), min_size=1, max_size=4).map(
    ", ".join
)


@tries(500)
@given(
    range_=st.none() | _RANGE,
    if_range=st.none() | _ONE_TAG | _VISIBLE,
    if_none_match=st.none() | _TAG_LISTS,
)
def test_any_conditions_and_ranges_are_answered_as_the_rfc_says(
    served: Served, range_: str | None, if_range: str | None, if_none_match: str | None
) -> None:
    asked = {"range": range_, "if-range": if_range, "if-none-match": if_none_match}
    headers = {name: value for name, value in asked.items() if value is not None}

    answer = served.ask(headers)

    status, slices = _expected(headers)
    assert answer.status == status
    if status in {200, 304}:
        assert answer.content == (CONTENT if status == 200 else b"")
        assert answer.headers["etag"] == ETAG
    elif status == 206:
        assert _sent(answer) == [
            (f"bytes {first}-{stop - 1}/{SIZE}", CONTENT[first:stop]) for first, stop in slices
        ]
        assert int(answer.headers["content-length"]) == len(answer.content)
    else:
        assert answer.headers["content-range"] == f"bytes */{SIZE}"


@tries(100)
@given(range_=_RANGE, if_range=st.sampled_from([ETAG, '"another"']))
def test_to_be_told_is_to_be_sent_without_the_bytes(
    served: Served, range_: str, if_range: str
) -> None:
    headers = {"range": range_, "if-range": if_range}

    told, sent = (served.ask(headers, verb) for verb in ("HEAD", "GET"))

    assert (told.status, told.content) == (sent.status, b"")
    assert told.headers.keys() == sent.headers.keys()
    assert told.headers["content-length"] == sent.headers["content-length"]


@tries(100)
@given(range_=_VISIBLE, if_range=_VISIBLE, if_none_match=_VISIBLE)
def test_headers_of_any_text_get_the_content_whole(
    served: Served, range_: str, if_range: str, if_none_match: str
) -> None:
    for headers in ({"range": range_}, {"range": "bytes=1-", "if-range": if_range}):
        answer = served.ask({**headers, "if-none-match": if_none_match})

        assert (answer.status, answer.content) in {(200, CONTENT), (304, b"")}
