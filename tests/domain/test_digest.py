from collections.abc import Sequence
from hashlib import md5, sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.digest import (
    Algorithm,
    Checker,
    Fault,
    contradicts,
    is_digest,
    shown,
    tagged,
    verdict,
)

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


_EMPTY = _hex(b"")


def _sha256(content: bytes) -> str:
    return f"sha256:{_hex(content)}"


def _md5(content: bytes) -> str:
    return f"md5:{md5(content, usedforsecurity=False).hexdigest()}"


def _fed(content: bytes, sizes: list[int], reported: Sequence[str | None] = ()) -> Checker:
    checker = Checker(sizes, reported)
    checker.feed(content)
    return checker


# --- spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [_HELLO_DIGEST, _EMPTY, "0" * 64])
def test_sixty_four_lowercase_hex_characters_are_a_digest(text: str) -> None:
    assert is_digest(text)


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


# --- reading -------------------------------------------------------------------------------------


def test_the_published_content_has_the_published_digest() -> None:
    checker = _fed(_HELLO, [len(_HELLO)])

    assert (checker.size, checker.whole(), checker.parts()) == (
        14,
        _HELLO_DIGEST,
        [tagged(_HELLO_DIGEST)],
    )


def test_the_published_parts_have_the_published_digests() -> None:
    checker = _fed(_ZEROS + _TAIL, [len(_ZEROS), len(_TAIL)])

    assert checker.size == 5_242_980
    assert checker.whole() == _TWO_PARTS_DIGEST
    assert checker.parts() == [tagged(_ZEROS_DIGEST), tagged(_TAIL_DIGEST)]


def test_nothing_read_is_the_digest_of_nothing() -> None:
    checker = Checker([])

    assert (checker.size, checker.whole()) == (0, _EMPTY)


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
    assert checker.parts() == ([_sha256(part) for part in parts] or [_sha256(b"")])


def test_a_part_that_was_not_read_to_its_end_has_no_digest() -> None:
    checker = _fed(b"aaabb", [3, 3])

    assert checker.parts() == [_sha256(b"aaa")]


def test_bytes_beyond_the_last_part_count_for_the_whole_only() -> None:
    checker = _fed(b"aaabbbcc", [3, 3])

    assert checker.parts() == [_sha256(b"aaa"), _sha256(b"bbb")]
    assert checker.whole() == _hex(b"aaabbbcc")


def test_each_part_is_digested_as_its_store_does() -> None:
    checker = _fed(b"aaabbc", [3, 2, 1], [_md5(b"aaa"), None, _sha256(b"c")])

    assert checker.parts() == [_md5(b"aaa"), _sha256(b"bb"), _sha256(b"c")]
    assert checker.whole() == _hex(b"aaabbc")


def test_a_single_part_is_digested_as_its_store_does() -> None:
    checker = _fed(b"aaa", [3], [_md5(b"aaa")])

    assert (checker.parts(), checker.whole()) == ([_md5(b"aaa")], _hex(b"aaa"))


# --- what a store reports ------------------------------------------------------------------------


def test_a_reported_digest_names_its_algorithm() -> None:
    assert tagged(_HELLO_DIGEST) == f"sha256:{_HELLO_DIGEST}"
    assert tagged("0" * 32, Algorithm.MD5) == f"md5:{'0' * 32}"


@pytest.mark.parametrize(
    ("reported", "is_denied"),
    [(_sha256(b"a"), False), (_sha256(b"b"), True), (_md5(b"b"), False), (None, False)],
)
def test_only_another_digest_of_the_same_algorithm_denies_a_part(
    reported: str | None, *, is_denied: bool
) -> None:
    assert contradicts(reported, _hex(b"a")) is is_denied


@pytest.mark.parametrize("text", ["", _HELLO_DIGEST, "crc32:00000000"])
def test_a_report_in_an_algorithm_we_do_not_know_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Algorithm"):
        contradicts(text, _HELLO_DIGEST)


def test_a_sha256_is_shown_bare() -> None:
    assert (shown(_sha256(b"a")), shown(_md5(b"a")), shown(None)) == (
        _hex(b"a"),
        _md5(b"a"),
        None,
    )


# --- judging -------------------------------------------------------------------------------------


def test_content_that_agrees_with_all_three_is_accepted() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [_sha256(b"aaa"), _sha256(b"bb")]), _hex(b"aaabb"), 5)

    assert (found.fault, found.computed, found.parts) == (None, _hex(b"aaabb"), ())


def test_empty_content_is_accepted() -> None:
    found = verdict(Checker([]), _EMPTY, 0)

    assert found.fault is None


def test_a_store_that_says_nothing_is_not_held_against_the_content() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [None, _sha256(b"bb")]), _hex(b"aaabb"), 5)

    assert (found.fault, found.parts) == (None, ())


def test_bytes_other_than_declared_are_a_hash_mismatch() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [_sha256(b"aaa"), _sha256(b"bb")]), _hex(b"aaabc"), 5)

    assert (found.fault, found.computed, found.parts) == (
        Fault.HASH_MISMATCH,
        _hex(b"aaabb"),
        (),
    )


@pytest.mark.parametrize("size", [4, 6])
def test_another_length_than_declared_is_a_size_mismatch(size: int) -> None:
    found = verdict(_fed(b"aaabb", [3, 2]), _hex(b"aaabb"), size)

    assert found.fault is Fault.SIZE_MISMATCH


def test_bytes_other_than_the_store_received_are_its_fault() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [_sha256(b"aab"), _sha256(b"bb")]), _hex(b"aaabb"), 5)

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_single_part_is_compared_with_what_the_store_received_too() -> None:
    found = verdict(_fed(b"aaa", [3], [_sha256(b"aab")]), _hex(b"aaa"), 3)

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_wrong_length_says_more_than_a_wrong_hash() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [_sha256(b"other"), None]), _hex(b"other"), 6)

    assert (found.fault, found.parts) == (Fault.SIZE_MISMATCH, (1,))


def test_a_wrong_hash_says_more_than_what_the_store_reports() -> None:
    found = verdict(_fed(b"aaabb", [3, 2], [None, _sha256(b"other")]), _hex(b"other"), 5)

    assert (found.fault, found.parts) == (Fault.HASH_MISMATCH, (2,))


def test_bad_parts_are_named_in_order() -> None:
    reported = [_sha256(b"x"), _sha256(b"b"), _sha256(b"x")]

    found = verdict(_fed(b"abc", [1, 1, 1], reported), _hex(b"abc"), 3)

    assert found.parts == (1, 3)


def test_a_part_the_content_does_not_reach_is_bad() -> None:
    found = verdict(_fed(b"aaa", [3, 2], [_sha256(b"aaa"), _sha256(b"bb")]), _hex(b"aaabb"), 5)

    assert (found.fault, found.parts) == (Fault.SIZE_MISMATCH, (2,))


@pytest.mark.parametrize(
    ("received", "fault"), [(b"bb", None), (b"bc", Fault.STORAGE_HASH_MISMATCH)]
)
def test_a_store_that_knows_only_md5_is_compared_by_it(
    received: bytes, fault: Fault | None
) -> None:
    checker = _fed(b"aaabb", [3, 2], [_md5(b"aaa"), _md5(received)])

    found = verdict(checker, _hex(b"aaabb"), 5)

    assert (found.fault, found.parts) == (fault, (2,) if fault else ())


def test_content_is_accepted_for_its_sha256_alone() -> None:
    found = verdict(_fed(b"aaa", [3], [_md5(b"aaa")]), _hex(b"aab"), 3)

    assert (found.fault, found.parts) == (Fault.HASH_MISMATCH, ())
