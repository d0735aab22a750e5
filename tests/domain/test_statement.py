"""What a device says it runs is taken as it is meant, and kept as far as it means anything."""

import pytest

from sealift.domain.checks import Report
from sealift.domain.statement import Statement

OURS = "00000000-0000-4000-8000-000000000001"
THEIRS = "00000000-0000-4000-8000-000000000002"
ID = "00000000-0000-4000-8000-00000000000a"
RELEASE = f"prn:1:{OURS}:release:{ID}"
BUNDLE = f"prn:1:{OURS}:bundle:{ID}"


def test_what_names_something_of_the_organization_is_kept_and_read() -> None:
    said = Statement(RELEASE, BUNDLE, "1.2.3-rc.1+5")

    assert said.kept(OURS) == said
    assert said.report(OURS) == Report(ID, ID, "1.2.3-rc.1+5")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        RELEASE.upper(),
        BUNDLE,
        RELEASE.replace(OURS, THEIRS),
        f"prn:1:{OURS}",
        f"{RELEASE}\x00",
        "\xff" * 200,
    ],
)
def test_what_names_no_release_of_it_is_as_if_it_had_not_been_said(text: str) -> None:
    said = Statement(release_prn=text, bundle_prn=BUNDLE)

    assert said.kept(OURS) == Statement(bundle_prn=BUNDLE)
    assert said.report(OURS) == Report(bundle_id=ID)


def test_a_bundle_is_no_release() -> None:
    assert Statement(bundle_prn=RELEASE).kept(OURS) == Statement()
    assert Statement(bundle_prn=RELEASE).report(OURS) == Report()


@pytest.mark.parametrize("text", ["", "1", "1.2", "v1.2.3", "1.2.3\x00", f"1.2.3-{'a' * 123}"])
def test_what_is_no_version_is_read_and_not_kept(text: str) -> None:
    said = Statement(release_version=text)

    assert said.kept(OURS) == Statement()
    assert said.report(OURS) == Report(version=text)


def test_the_longest_version_is_kept() -> None:
    said = Statement(release_version=f"1.2.3-{'a' * 122}")

    assert said.kept(OURS) == said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Statement(), False),
        (Statement(release_prn=""), True),
        (Statement(bundle_prn="x"), True),
        (Statement(release_version="1.0.0"), True),
    ],
)
def test_whoever_says_nonsense_says_something(said: Statement, *, expected: bool) -> None:
    assert said.says_anything is expected
