"""Whatever comes through the link of a part, it is the declared bytes or it is not taken."""

from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.promises import assert_kept, tries
from tests.fuzz.raw import Door, target_of
from tests.fuzz.stock import Stock
from tests.yard import CONTENT, declare_part

_GOOD = {
    "content-length": str(len(CONTENT)).encode(),
    "content-type": b"application/octet-stream",
    "x-amz-checksum-sha256": b64encode(sha256(CONTENT).digest()),
}
_LENGTHS = [
    b"", b"0", b"13", b"15", b"+14", b"-14", b"14.0", b"1_4", b"014", b" 14", b"14 ", b"14,14",
    b"0x0e", b"1e1", b"9" * 30, b"\xd9\xa1\xd9\xa4", b"\xff", b"14\t",
]  # fmt: skip
_CHECKSUMS = [
    b"", b"=", _GOOD["x-amz-checksum-sha256"].rstrip(b"="), _GOOD["x-amz-checksum-sha256"] + b"=",
    sha256(CONTENT).hexdigest().encode(), b64encode(bytes(32)), b64encode(b"short"), b"\xff" * 44,
    b"\xc3\xa9" * 22, _GOOD["x-amz-checksum-sha256"] + b" " + _GOOD["x-amz-checksum-sha256"],
    _GOOD["x-amz-checksum-sha256"].swapcase(),
]  # fmt: skip
_TYPES = [b"", b"text/plain", b"application/json", b"application/octet-stream; x=y", b"\xff", b"/"]
_BODIES = [b"", CONTENT[:-1], CONTENT + b"x", CONTENT[::-1], bytes(len(CONTENT))]


def _header(name: str, odd: list[bytes]) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """Right, odd, or left out."""
    good = st.just([_GOOD[name]])
    some = st.one_of(good, good, st.sampled_from(odd).map(lambda it: [it]), st.just([]))
    return some.map(lambda values: [(name.encode(), value) for value in values])


@pytest.fixture
def link(sqlite_stock: Stock) -> tuple[str, str]:
    """The target of a part's link, and the path of its binary's parts."""
    binary = sqlite_stock.uploading()
    link = declare_part(sqlite_stock.yard.api, binary, 1, CONTENT)
    return target_of(link), f"/binaries/{binary['prn']}/parts"


@tries(300)
@given(
    length=_header("content-length", _LENGTHS),
    kind=_header("content-type", _TYPES),
    checksum=_header("x-amz-checksum-sha256", _CHECKSUMS),
    body=st.one_of(st.just(CONTENT), st.just(CONTENT), st.sampled_from(_BODIES), st.binary()),
    cuts=st.lists(st.integers(0, 30), max_size=3),
)
def test_a_part_is_valid_exactly_when_all_of_it_is_right(
    link: tuple[str, str],
    sqlite_stock: Stock,
    sqlite_door: Door,
    length: list[tuple[bytes, bytes]],
    kind: list[tuple[bytes, bytes]],
    checksum: list[tuple[bytes, bytes]],
    body: bytes,
    cuts: list[int],
) -> None:
    target, parts = link
    headers = [*length, *kind, *checksum]
    edges = [0, *sorted(cuts), len(body) + 30]
    pieces = [body[first:last] for first, last in pairwise(edges)]
    is_right = headers == [(name.encode(), value) for name, value in _GOOD.items()]

    answer = sqlite_door.ask("PUT", target, headers, pieces)

    assert_kept(answer)
    assert answer.status in {200, 400}, answer
    assert (answer.status == 200) == (is_right and body == CONTENT)
    (part,) = sqlite_stock.yard.api.get(parts).json()["binary_parts"]
    if answer.status == 200:
        assert part["state"] == "valid"
    elif part["state"] == "valid":
        # Refused by its headers alone: what is there stays as good as it was.
        assert not is_right
