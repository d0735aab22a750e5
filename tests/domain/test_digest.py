from collections.abc import Callable, Sequence
from hashlib import md5, sha256
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.digest import (
    Algorithm,
    Checker,
    Fault,
    PartDigests,
    Piece,
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


def _pieces(parts: Sequence[bytes], reported: Sequence[str | None] = ()) -> list[Piece]:
    """Parts as they were declared and arrived; without `reported` their store says nothing."""
    pairs = zip(parts, reported or [None] * len(parts), strict=True)
    return [Piece(len(part), _hex(part), said) for part, said in pairs]


def _read(
    content: bytes,
    parts: Sequence[bytes],
    reported: Sequence[str | None] = (),
    *,
    thorough: bool = False,
) -> Checker:
    """A reading of stored `content` that arrived as `parts`."""
    checker = Checker(_pieces(parts, reported), thorough=thorough)
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
    checker = _read(_HELLO, [_HELLO])

    assert (checker.size, checker.whole()) == (14, _HELLO_DIGEST)


def test_the_published_parts_have_the_published_digests() -> None:
    parts = PartDigests([(len(_ZEROS), Algorithm.SHA256), (len(_TAIL), Algorithm.SHA256)])
    checker = _read(_ZEROS + _TAIL, [_ZEROS, _TAIL])

    parts.feed(_ZEROS + _TAIL)

    assert (checker.size, checker.whole()) == (5_242_980, _TWO_PARTS_DIGEST)
    assert parts.found() == {1: _ZEROS_DIGEST, 2: _TAIL_DIGEST}


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
    checker = Checker(_pieces(parts))
    digests = PartDigests((len(part), Algorithm.SHA256) for part in parts)

    for begin, end in pairwise(marks):
        checker.feed(memoryview(content)[begin:end])
        digests.feed(memoryview(content)[begin:end])

    assert (checker.size, checker.whole()) == (len(content), _hex(content))
    assert list(digests.found().values()) == [_hex(part) for part in parts]


def test_a_part_that_was_not_read_to_its_end_has_no_digest() -> None:
    digests = PartDigests([(3, Algorithm.SHA256), (3, Algorithm.SHA256)])

    digests.feed(b"aaabb")

    assert digests.found() == {1: _hex(b"aaa")}


def test_bytes_beyond_the_last_part_belong_to_none() -> None:
    digests = PartDigests([(3, Algorithm.SHA256), (3, Algorithm.SHA256)])

    digests.feed(b"aaabbbcc")

    assert digests.found() == {1: _hex(b"aaa"), 2: _hex(b"bbb")}


def test_each_part_is_digested_in_its_own_algorithm_or_not_at_all() -> None:
    digests = PartDigests([(3, Algorithm.MD5), (2, None), (1, Algorithm.SHA256)])

    digests.feed(b"aaabbc")

    assert digests.found() == {1: md5(b"aaa", usedforsecurity=False).hexdigest(), 3: _hex(b"c")}


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

_PARTS = [b"aaa", b"bb"]
_WHOLE = b"aaabb"
_REPORTED = [_sha256(b"aaa"), _sha256(b"bb")]


def test_content_that_agrees_with_all_three_is_accepted() -> None:
    found = verdict(_read(_WHOLE, _PARTS, _REPORTED), _hex(_WHOLE), 5)

    assert (found.fault, found.computed, found.parts) == (None, _hex(_WHOLE), ())


def test_empty_content_is_accepted() -> None:
    found = verdict(Checker([]), _EMPTY, 0)

    assert found.fault is None


def test_a_store_that_says_nothing_is_not_held_against_the_content() -> None:
    found = verdict(_read(_WHOLE, _PARTS, [None, _sha256(b"bb")]), _hex(_WHOLE), 5)

    assert (found.fault, found.parts) == (None, ())


def test_bytes_other_than_declared_are_a_hash_mismatch() -> None:
    found = verdict(_read(_WHOLE, _PARTS, _REPORTED), _hex(b"aaabc"), 5)

    assert (found.fault, found.computed, found.parts) == (Fault.HASH_MISMATCH, _hex(_WHOLE), ())


@pytest.mark.parametrize("size", [4, 6])
def test_another_length_than_declared_is_a_size_mismatch(size: int) -> None:
    found = verdict(_read(_WHOLE, _PARTS), _hex(_WHOLE), size)

    assert found.fault is Fault.SIZE_MISMATCH


def test_bytes_other_than_the_store_received_are_its_fault() -> None:
    reported = [_sha256(b"aab"), _sha256(b"bb")]

    for thorough in (False, True):
        checker = _read(_WHOLE, _PARTS, reported, thorough=thorough)
        found = verdict(checker, _hex(_WHOLE), 5)

        assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_single_part_is_compared_with_what_the_store_received_too() -> None:
    found = verdict(_read(b"aaa", [b"aaa"], [_sha256(b"aab")]), _hex(b"aaa"), 3)

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (1,))


def test_a_wrong_length_says_more_than_a_wrong_hash() -> None:
    found = verdict(_read(_WHOLE, _PARTS, [_sha256(b"other"), None]), _hex(b"other"), 6)

    assert (found.fault, found.parts) == (Fault.SIZE_MISMATCH, (1,))


def test_a_wrong_hash_says_more_than_what_the_store_reports() -> None:
    found = verdict(_read(_WHOLE, _PARTS, [None, _sha256(b"other")]), _hex(b"other"), 5)

    assert (found.fault, found.parts) == (Fault.HASH_MISMATCH, (2,))


@pytest.mark.parametrize(
    ("received", "fault"), [(b"bb", None), (b"bc", Fault.STORAGE_HASH_MISMATCH)]
)
def test_a_store_that_knows_only_md5_is_compared_by_it(
    received: bytes, fault: Fault | None
) -> None:
    checker = _read(_WHOLE, _PARTS, [_md5(b"aaa"), _md5(received)])

    found = verdict(checker, _hex(_WHOLE), 5)

    assert (found.fault, found.parts) == (fault, (2,) if fault else ())


def test_content_is_accepted_for_its_sha256_alone() -> None:
    found = verdict(_read(b"aaa", [b"aab"], [_md5(b"aaa")]), _hex(b"aab"), 3)

    assert (found.fault, found.parts) == (Fault.HASH_MISMATCH, ())


# --- finding out where -----------------------------------------------------------------------


def _said(parts: Sequence[bytes], how: Sequence[str]) -> list[str | None]:
    say = {"sha256": _sha256, "md5": _md5}
    pairs = zip(parts, how, strict=True)
    return [None if each == "nothing" else say[each](part) for part, each in pairs]


@given(
    parts=st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5),
    how=st.lists(st.sampled_from(["sha256", "md5", "nothing"]), min_size=5, max_size=5),
    spot=st.integers(0, 799),
)
def test_one_bit_changed_anywhere_is_found_and_its_part_is_named(
    parts: list[bytes], how: list[str], spot: int
) -> None:
    stored = bytearray(b"".join(parts))
    byte, bit = divmod(spot % (len(stored) * 8), 8)
    stored[byte] ^= 1 << bit
    reported, declared = _said(parts, how[: len(parts)]), _hex(b"".join(parts))

    found = verdict(_read(bytes(stored), parts, reported), declared, len(stored))
    named = _read(bytes(stored), parts, reported, thorough=True).bad_parts()

    ends = list(accumulate(len(part) for part in parts))
    assert found.fault is Fault.HASH_MISMATCH
    assert named == (1 + next(index for index, end in enumerate(ends) if byte < end),)


@given(
    parts=st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5),
    how=st.lists(st.sampled_from(["sha256", "md5", "nothing"]), min_size=5, max_size=5),
    keep=st.integers(0, 99),
)
def test_content_cut_short_is_found_and_all_parts_it_does_not_reach_are_named(
    parts: list[bytes], how: list[str], keep: int
) -> None:
    whole = b"".join(parts)
    stored = whole[: keep % len(whole)]
    reported = _said(parts, how[: len(parts)])

    found = verdict(_read(stored, parts, reported), _hex(whole), len(whole))
    named = _read(stored, parts, reported, thorough=True).bad_parts()

    ends = list(accumulate(len(part) for part in parts))
    assert found.fault is Fault.SIZE_MISMATCH
    assert named == tuple(i for i, end in enumerate(ends, start=1) if end > len(stored))


@given(
    parts=st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5),
    how=st.lists(st.sampled_from(["sha256", "md5", "nothing"]), min_size=5, max_size=5),
    lying=st.integers(0, 4),
    says=st.sampled_from([_sha256, _md5]),
)
def test_one_report_of_other_bytes_is_found_and_its_part_is_named(
    parts: list[bytes], how: list[str], lying: int, says: Callable[[bytes], str]
) -> None:
    stored, index = b"".join(parts), lying % len(parts)
    reported = _said(parts, how[: len(parts)])
    reported[index] = says(parts[index] + b"!")

    found = verdict(_read(stored, parts, reported), _hex(stored), len(stored))

    assert (found.fault, found.parts) == (Fault.STORAGE_HASH_MISMATCH, (index + 1,))


def test_bytes_added_at_the_end_are_found_and_no_part_is_blamed() -> None:
    found = verdict(_read(_WHOLE + b"c", _PARTS, _REPORTED), _hex(_WHOLE), 5)

    assert found.fault is Fault.SIZE_MISMATCH
    assert _read(_WHOLE + b"c", _PARTS, _REPORTED, thorough=True).bad_parts() == ()


def test_bad_parts_are_named_in_order() -> None:
    checker = _read(b"xbx", [b"a", b"b", b"c"], thorough=True)

    assert checker.bad_parts() == (1, 3)
