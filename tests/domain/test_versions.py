from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.versions import LONGEST, Version, parse_requirement, parse_version

# In their order; those in one row are equal.
_ORDER = """
    0.0.0
    0.9.10
    0.10.0-0
    0.10.0-2
    0.10.0-10
    0.10.0-10.1
    0.10.0--
    0.10.0-10a
    0.10.0-RC
    0.10.0-a
    0.10.0-a.1
    0.10.0-a.b       0.10.0-a.b+5
    0.10.0-b
    0.10.0           0.10.0+1  0.10.0+2.x  0.10.0+001
    0.10.1-dev
    0.10.1
    1.0.0-rc.1
    1.0.0
    10.0.0
    99999999999999999999.0.0
"""
_RANKS = [row.split() for row in _ORDER.strip().splitlines()]

_NO_VERSIONS = [
    *("", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.2.-3", "-1.2.3", " 1.2.3", "1.2.3 "),
    *("01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3-a_b", "1.2.3+"),
    *(
        "1.2.3+a+b",
        "1.2.3-ä",
        "\N{ARABIC-INDIC DIGIT ONE}.2.3",
        "1.2.3\n",
        "1.2.3-" + "a" * LONGEST,
    ),
]

_REQUIREMENTS = """
    == 2.0.0                      allows 2.0.0 2.0.0+7       not 2.0.1 2.0.0-rc.1 1.9.9
    2.0.0                         allows 2.0.0               not 2.0.1
    != 2.0.0                      allows 2.0.1 2.0.0-rc.1    not 2.0.0
    > 2.0.0                       allows 2.0.1 3.0.0         not 2.0.0 1.0.0 2.0.1-dev
    > 2.0.0-rc.1                  allows 2.0.0 2.0.0-rc.2    not 2.0.0-rc.1 2.0.0-beta
    >= 2.0.0                      allows 2.0.0 2.0.1         not 1.9.9 2.0.0-rc.1 2.1.0-dev
    >= 2.0.0-rc.1                 allows 2.0.0-rc.1 2.1.0-a  not 2.0.0-beta
    < 2.0.0                       allows 1.9.9 2.0.0-rc.1    not 2.0.0 2.0.1
    <= 2.0.0                      allows 2.0.0 1.0.0 1.0.0-a not 2.0.1
    ~> 2.0                        allows 2.0.0 2.9.9         not 1.9.9 3.0.0 3.0.0-dev 2.1.0-dev
    ~> 2.1                        allows 2.1.0 2.2.0 2.99.0  not 2.0.9 3.0.0
    ~> 2.1.3                      allows 2.1.3 2.1.99        not 2.1.2 2.2.0 2.1.4-dev 2.2.0-0
    ~> 2.1.3-dev                  allows 2.1.3-dev 2.1.4-a   not 2.1.3-a 2.2.0 2.2.0-0
    ~> 2.1-dev                    allows 2.1.0-dev 2.2.0-dev not 2.1.0-a 3.0.0 3.0.0-0
    ~> 0.0                        allows 0.0.0 0.7.0         not 1.0.0
    >= 1.0.0 and < 2.0.0          allows 1.0.0 1.9.9         not 0.9.9 2.0.0
    < 1.0.0 or > 2.0.0            allows 0.9.0 2.0.1         not 1.5.0
    1.0.0 or 2.0.0 or 3.0.0       allows 1.0.0 2.0.0 3.0.0   not 4.0.0
    > 3.0.0 and < 4.0.0 or 1.0.0  allows 3.5.0               not 1.0.0 4.0.0
    1.0.0 or > 3.0.0 and < 4.0.0  allows 1.0.0 3.5.0         not 4.0.0 2.0.0
    >=1.0.0 and <2.0.0            allows 1.5.0               not 2.0.0
"""

_NO_REQUIREMENTS = [
    *("", " ", "and", "~>", "~> 2", "> 2.0", "== 2.0", "2.0", "> x", "=> 1.0.0", "= 1.0.0"),
    *("> 1.0.0 and", "and > 1.0.0", "> 1.0.0 or or < 2.0.0", "> 1.0.0 < 2.0.0", "> > 1.0.0"),
    *("> 1.0.0, < 2.0.0", "> 1.0.0 && < 2.0.0", "> 1.0.0 AND < 2.0.0", "(> 1.0.0)", "^1.0.0"),
    *("> 1.0.0\n", "> 1.0.0 and\t< 2.0.0", "!1.0.0", "> 1.0.0" + " " * LONGEST),
]


def _version(text: str) -> Version:
    found = parse_version(text)
    assert found is not None, text
    return found


def _allows(requirement: str, version: str) -> bool:
    found = parse_requirement(requirement)
    assert found is not None, requirement
    return found.allows(_version(version))


def test_versions_come_in_their_order() -> None:
    firsts = [_version(rank[0]) for rank in _RANKS]

    assert all(lower < higher for lower, higher in pairwise(firsts))


@pytest.mark.parametrize("rank", [rank for rank in _RANKS if len(rank) > 1])
def test_the_build_says_nothing_about_order(rank: list[str]) -> None:
    assert len({_version(text) for text in rank}) == 1


@pytest.mark.parametrize("text", _NO_VERSIONS)
def test_what_is_no_version_is_not_taken_for_one(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize("row", _REQUIREMENTS.strip().splitlines())
def test_a_requirement_allows_some_versions_and_not_others(row: str) -> None:
    requirement, _, versions = row.partition("allows")
    allowed, _, refused = versions.partition("not")

    assert all(_allows(requirement.strip(), version) for version in allowed.split())
    assert not any(_allows(requirement.strip(), version) for version in refused.split())


@pytest.mark.parametrize("text", _NO_REQUIREMENTS)
def test_what_is_no_requirement_is_not_taken_for_one(text: str) -> None:
    assert parse_requirement(text) is None


def test_a_version_may_be_as_long_as_texts_may_be_and_no_longer() -> None:
    longest = "1.0.0-" + "a" * (LONGEST - 6)

    assert parse_version(longest) is not None
    assert parse_version(longest + "a") is None
    assert parse_requirement(longest) is not None
    assert parse_requirement(longest + " ") is None


def test_a_requirement_as_long_as_texts_may_be_is_evaluated() -> None:
    longest = " or ".join(["9.9.9"] * (LONGEST // 9))

    assert _allows(longest, "9.9.9")
    assert not _allows(longest, "1.0.0")


_WORDS = st.from_regex(r"0|[1-9][0-9]{0,2}|[a-c-][0-9a-c-]{0,2}", fullmatch=True)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    numbers = [str(draw(st.integers(0, 11))) for _ in range(3)]
    words = draw(st.lists(_WORDS, max_size=3))
    return ".".join(numbers) + ("-" + ".".join(words) if words else "")


@given(_texts(), _texts())
def test_comparisons_agree_with_the_order(one: str, other: str) -> None:
    left, right = _version(one), _version(other)

    assert _allows(f"== {other}", one) == (left == right)
    assert _allows(f"!= {other}", one) == (left != right)
    assert _allows(f"< {other}", one) == (left < right)
    assert _allows(f"<= {other}", one) == (left <= right)
    is_let_in = "-" not in one or "-" in other
    assert _allows(f"> {other}", one) == (is_let_in and left > right)
    assert _allows(f">= {other}", one) == (is_let_in and left >= right)


@given(_texts(), _texts())
def test_roughly_means_between_two_bounds(one: str, other: str) -> None:
    bound = _version(other)

    three = f">= {other} and < {bound.major}.{bound.minor + 1}.0-0"
    assert _allows(f"~> {other}", one) == _allows(three, one)


@given(st.text(max_size=300))
def test_any_text_is_a_version_or_is_not(text: str) -> None:
    version, requirement = parse_version(text), parse_requirement(text)

    assert version is None or parse_version(text.partition("+")[0]) == version
    assert version is None or (requirement is not None and requirement.allows(version))
