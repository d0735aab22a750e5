from itertools import product

import pytest

from sealift.domain.bundle import bundle_hash, inherited

HELLO = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("hashes", "expected"),
    [
        ([HELLO], "08022dc34d2bf61f309a1bcc09c9cb93cac82dc6fd12edb12d4834ee738d6c03"),
        ([HELLO, EMPTY], "7b915054500b30908d2b28cf198a5dc6d8d86a845bf25bf192e2fddbf446275b"),
    ],
)
def test_a_bundle_has_the_digest_of_its_binaries_digests(hashes: list[str], expected: str) -> None:
    assert bundle_hash(hashes) == expected


def test_the_order_of_the_binaries_counts() -> None:
    assert bundle_hash([HELLO, EMPTY]) != bundle_hash([EMPTY, HELLO])


# "-" is not there, "{}" is there and empty.
_INHERITED = """
    element  binary  version  artifact | gets
    e        b       v        a        | e
    {}       b       v        a        | {}
    -        b       v        a        | b
    -        {}      v        a        | {}
    -        -       v        a        | v
    -        -       -        a        | a
    -        -       -        {}       | {}
    -        -       -        -        | -
    e        -       -        -        | e
    -        b       -        -        | b
    -        -       v        -        | v
"""


@pytest.mark.parametrize("row", _INHERITED.strip().splitlines()[1:])
def test_the_nearest_metadata_is_inherited_whole(row: str) -> None:
    *levels, expected = (None if word == "-" else word for word in row.replace("|", "").split())
    element, binary, artifact_version, artifact = levels

    assert inherited(element, binary, artifact_version, artifact) == expected


def test_nothing_above_a_level_that_is_there_makes_a_difference() -> None:
    for binary, artifact_version, artifact in product([None, "{}", "x"], repeat=3):
        assert inherited("e", binary, artifact_version, artifact) == "e"
