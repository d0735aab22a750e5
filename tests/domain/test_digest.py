from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.digest import EMPTY, Checker, Fault, checked, is_digest, verdict
from sealift.domain.errors import DigestMalformed

# Published example: content, its digest.
_HELLO = b"Hello, Binary\n"
_HELLO_DIGEST = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"
# Two parts: five mebibytes of zeros, then a hundred times x.
_ZEROS = bytes(5_242_880)
_TAIL = b"x" * 100
_TWO_PARTS_DIGEST = "cee4081f03be9185f299d732e1c45f4e7248cf024181e529c1897cdad7966230"
_ZEROS_DIGEST = "c036cbb7553a909f8b8877d4461924307f27ecb66cff928eeeafd569c3887e29"
_TAIL_DIGEST = "09ecb6ebc8bcefc733f6f2ec44f791abeed6a99edf0cc31519637898aebd52d8"


def _hex(content: bytes) -> str:
    return sha256(content).hexdigest()


def _fed(content: bytes, sizes: list[int]) -> Checker:
    checker = Checker(sizes)
    checker.feed(content)
    return checker


# --- spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [_HELLO_DIGEST, EMPTY, "0" * 64])
def test_sixty_four_lowercase_hex_characters_are_a_digest(text: str) -> None:
    assert is_digest(text)
    assert checked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(_HELLO_DIGEST.upper(), id="uppercase"),
        pytest.param(_HELLO_DIGEST[:-1], id="short"),
        pytest.param(_HELLO_DIGEST + "0", id="long"),
        pytest.param(_HELLO_DIGEST + "\n", id="a line end"),
        pytest.param(" " + _HELLO_DIGEST[1:], id="a space"),
        pytest.param("g" + _HELLO_DIGEST[1:], id="no hex"),
        pytest.param("sha256:" + _HELLO_DIGEST, id="a prefix"),
        pytest.param("０" * 64, id="digits of another script"),  # noqa: RUF001
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_digest(text)
    with pytest.raises(DigestMalformed) as refused:
        checked(text, "part_hash")
    assert refused.value.field == "part_hash"


# --- reading -------------------------------------------------------------------------------------


def test_the_published_content_has_the_published_digest() -> None:
    checker = _fed(_HELLO, [len(_HELLO)])

    assert (checker.size, checker.whole(), checker.parts()) == (14, _HELLO_DIGEST, [_HELLO_DIGEST])


def test_the_published_parts_have_the_published_digests() -> None:
    checker = _fed(_ZEROS + _TAIL, [len(_ZEROS), len(_TAIL)])

    assert checker.size == 5_242_980
    assert checker.whole() == _TWO_PARTS_DIGEST
    assert checker.parts() == [_ZEROS_DIGEST, _TAIL_DIGEST]


def test_nothing_read_is_the_digest_of_nothing() -> None:
    checker = Checker([])

    assert (checker.size, checker.whole()) == (0, EMPTY)


@given(
    parts=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    ends=st.lists(st.integers(0, 240)),
)
def test_any_chunks_give_the_digests_of_the_parts_and_of_the_whole(
    parts: list[bytes], ends: list[int]
) -> None:
    content = b"".join(parts)
    marks = sorted({0, len(content), *(end for end in ends if end < len(content))})
    checker = Checker([len(part) for part in parts])

    for begin, end in pairwise(marks):
        checker.feed(memoryview(content)[begin:end])

    assert checker.size == len(content)
    assert checker.whole() == _hex(content)
    assert checker.parts() == ([_hex(part) for part in parts] or [EMPTY])


def test_a_part_that_was_not_read_to_its_end_has_no_digest() -> None:
    checker = _fed(b"aaabb", [3, 3])

    assert checker.parts() == [_hex(b"aaa")]


def test_bytes_beyond_the_last_part_count_for_the_whole_only() -> None:
    checker = _fed(b"aaabbbcc", [3, 3])

    assert checker.parts() == [_hex(b"aaa"), _hex(b"bbb")]
    assert checker.whole() == _hex(b"aaabbbcc")


# --- judging -------------------------------------------------------------------------------------


def test_content_that_agrees_with_all_three_is_accepted() -> None:
    reported = {1: _hex(b"aaa"), 2: _hex(b"bb")}

    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabb"), 5, reported)

    assert (found.fault, found.computed, found.parts) == (None, _hex(b"aaabb"), ())


def test_empty_content_is_accepted() -> None:
    found = verdict(Checker([]), EMPTY, 0, {})

    assert found.fault is None


def test_a_store_that_says_nothing_is_not_held_against_the_content() -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabb"), 5, {1: None, 2: _hex(b"bb")})

    assert (found.fault, found.parts) == (None, ())


def test_bytes_other_than_declared_are_a_hash_mismatch() -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabc"), 5, {1: _hex(b"aaa"), 2: _hex(b"bb")})

    assert (found.fault, found.computed, found.parts) == (
        Fault.HASH_MISMATCH,
        _hex(b"aaabb"),
        (),
    )


@pytest.mark.parametrize("size", [4, 6])
def test_another_length_than_declared_is_a_size_mismatch(size: int) -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabb"), size, {})

    assert found.fault is Fault.SIZE_MISMATCH


def test_bytes_other_than_the_store_received_are_its_fault() -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabb"), 5, {1: _hex(b"aab"), 2: _hex(b"bb")})

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_single_part_is_compared_with_what_the_store_received_too() -> None:
    found = verdict(_fed(b"aaa", [3]), _hex(b"aaa"), 3, {1: _hex(b"aab")})

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_wrong_length_says_more_than_a_wrong_hash() -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"other"), 6, {1: _hex(b"other")})

    assert (found.fault, found.parts) == (Fault.SIZE_MISMATCH, (1,))


def test_a_wrong_hash_says_more_than_what_the_store_reports() -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"other"), 5, {2: _hex(b"other")})

    assert (found.fault, found.parts) == (Fault.HASH_MISMATCH, (2,))


def test_bad_parts_are_named_in_order() -> None:
    reported: dict[int, str | None] = {3: _hex(b"x"), 1: _hex(b"x"), 2: _hex(b"b")}

    found = verdict(_fed(b"abc", [1, 1, 1]), _hex(b"abc"), 3, reported)

    assert found.parts == (1, 3)


def test_a_part_the_content_does_not_reach_is_bad() -> None:
    found = verdict(_fed(b"aaa", [3, 2]), _hex(b"aaabb"), 5, {1: _hex(b"aaa"), 2: _hex(b"bb")})

    assert (found.fault, found.parts) == (Fault.SIZE_MISMATCH, (2,))
