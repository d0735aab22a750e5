"""What a device is told is the same as what a second, plain reading of the rules says.

`SEALIFT_TEST_EXAMPLES=1000000` tries so many new checks.
"""

import os
from collections import Counter
from random import Random
from typing import Final

from sealift.domain.resolution import resolve
from sealift.domain.versions import parse_requirement, parse_version
from tests.domain.plain_resolution import Told, plain_resolve
from tests.domain.plain_versions import read_requirement, read_version, satisfies
from tests.domain.random_checks import MALFORMED, NOW, VERSIONS, a_check, a_requirement

_EXAMPLES: Final = os.environ.get("SEALIFT_TEST_EXAMPLES")
_CHECKS: Final = int(_EXAMPLES or 25_000)
_SEED: Final = None if _EXAMPLES else 20
# What the checks have to meet, each at least once in a thousand.
_CASES: Final = {
    "begun by bundle",
    "begun by release",
    "begun by version",
    "bundle is of the latest",
    "bundle of several releases",
    "disabled",
    "failed too often",
    "no cohort",
    "nothing acceptable",
    "nothing matched",
    "number",
    "override already followed",
    "override not yet begun",
    "override offered",
    "override over",
    "override with unsigned content",
    "overrides that began together",
    "quarantined",
    "release is the latest",
    "release offered",
    "release offered, to be claimed",
    "release with unsigned content",
    "scheduled",
    "share",
    "stepped back",
    "tags",
    "version malformed",
    "version not among those required",
    "version of the current release",
    "version requirement",
    "walked to a required release",
    "walked to the latest",
}


def test_two_readings_of_the_rules_agree_on_every_check() -> None:
    draw, met = Random(_SEED), Counter[str]()

    for number in range(_CHECKS):
        check = a_check(draw)
        decision = resolve(*check, NOW)
        told = Told(
            decision.status,
            decision.source,
            decision.source_id,
            decision.bundle_id,
            decision.claims,
        )
        assert told == plain_resolve(*check, NOW, met), (number, check, decision.story)

    assert {case for case in met if met[case] * 1000 >= _CHECKS} == _CASES, met


def test_two_readings_of_requirements_agree() -> None:
    draw, answers = Random(_SEED), Counter[bool | None]()

    for _ in range(_CHECKS):
        version, text = draw.choice(VERSIONS), _spoilt(a_requirement(draw), draw)
        requirement, mine, theirs = (
            parse_requirement(text),
            parse_version(version),
            read_version(version),
        )
        assert mine is not None
        assert theirs is not None
        is_allowed = None if requirement is None else requirement.allows(mine)
        expected = None if read_requirement(text) is None else satisfies(theirs, text)
        assert is_allowed == expected, (version, text)
        answers[is_allowed] += 1

    assert all(answers[each] * 20 >= _CHECKS for each in (True, False, None)), answers


def test_two_readings_of_versions_agree() -> None:
    draw, answers = Random(_SEED), Counter[bool]()

    for _ in range(_CHECKS):
        text = _spoilt(draw.choice([*VERSIONS, *MALFORMED]), draw)
        is_version = parse_version(text) is not None
        assert is_version == (read_version(text) is not None), text
        answers[is_version] += 1

    assert all(answers[each] * 20 >= _CHECKS for each in (True, False)), answers


def _spoilt(text: str, draw: Random) -> str:
    """As it was, half the time; else with a character in another's place."""
    if draw.random() < 0.5:
        return text
    place = draw.randint(0, len(text))
    return text[:place] + draw.choice(_SPOILING) + text[place + draw.randint(0, 1) :]


_SPOILING: Final = ["", "0", "1", ".", "-", "+", "x", "=", ">", "<", "~", "_", "é", "\u0661", "\n"]
