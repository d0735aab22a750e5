"""The truth table of resolution, step by step. For the notation see `channels`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from sealift.domain.checks import (
    Channel,
    Decision,
    Device,
    Override,
    Report,
    Source,
    Status,
    Step,
)
from sealift.domain.resolution import resolve, why_not
from tests.domain.channels import NOW, marked, release, releases, rows

DEVICE: Final = Device("device", "cohort")


def decided(text: str, report: Report, device: Device = DEVICE) -> Decision:
    """On a channel in the notation; what it marks is so for this device."""
    failed = replace(device, failures=dict.fromkeys(marked(text, "="), 1))
    unservable = {each.upper() for each in marked(text, "~")}
    return resolve(failed, (), report, Channel(releases(text), 10, {}), unservable, NOW)


def given(decision: Decision) -> str:
    return decision.source_id or ""


def passed_over(decision: Decision) -> str:
    """Each refusal of what the walk had reached: `c disabled, b phase`."""
    steps = list(Step)
    tests = steps[steps.index(Step.WALK) :]
    failed = [each for each in decision.story if each.step in tests and not each.passed]
    return ", ".join(f"{each.subject_id or 'all'} {each.step}" for each in failed)


# --- quarantine ----------------------------------------------------------------------------------


def test_a_device_in_quarantine_is_given_nothing_and_nothing_else_is_asked() -> None:
    device = replace(DEVICE, quarantined=True)
    override = Override("o", "O", NOW, None, NOW)

    found = resolve(device, [override], Report("a"), Channel(releases("a b"), 1, {}), (), NOW)

    assert (found.status, found.source, found.source_id) == (Status.DEVICE_QUARANTINE, None, None)
    assert [(each.step, each.passed) for each in found.story] == [(Step.QUARANTINE, False)]


# --- overrides -----------------------------------------------------------------------------------

# Each with its bundle in capitals, from one hour to another, · is never, and when it was made.
_OVERRIDES = """
    overrides                     | runs | given | because
    ·                             | ·    | b     | no override names the device
    o -1 · 0                      | ·    | o     | is given
    o 0 · 0                       | ·    | o     | is given
    o 1 · 0                       | ·    | b     | does not begin before 2026-05-17T13:00:00Z
    o -2 0 0                      | ·    | b     | ended at 2026-05-17T12:00:00Z
    o -2 1 0                      | ·    | o     | is given
    o -2 -1 0                     | ·    | b     | ended at 2026-05-17T11:00:00Z
    o -1 · 0                      | P    | o     | is given
    o -1 · 0                      | O    | ·     | has the bundle that the device runs already
    o 1 · 0                       | O    | b     | does not begin before 2026-05-17T13:00:00Z
    o~ -1 · 0                     | ·    | ·     | has a bundle with a binary that is not signed
    o~ -1 · 0                     | O    | ·     | has the bundle that the device runs already
    o -2 · 0, p -1 · 0            | ·    | p     | is active, but another began later
    p -1 · 0, o -2 · 0            | ·    | p     | is active, but another began later
    o -2 · 0, p -1 0 0            | ·    | o     | ended at 2026-05-17T12:00:00Z
    o -2 · 0, p 1 · 0             | ·    | o     | does not begin before
    o -1 · -3, p -1 · -2          | ·    | p     | is active, but another began later
    o -1 · -2, p -1 · -3          | ·    | o     | is active, but another began later
    o -2 · 0, p~ -1 · 0           | ·    | ·     | has a bundle with a binary that is not signed
    o -2 · 0, p -1 · 0            | O    | p     | is given
    o -2 · 0, p -1 · 0            | P    | ·     | has the bundle that the device runs already
    o -3 · 0, p -2 · 0, q -1 -1 0 | ·    | p     | ended at
"""


def _overrides(text: str) -> Sequence[Override]:
    found: list[Override] = []
    for words in (part.split() for part in text.split(",") if part):
        starts, ends, made = (
            None if word == "·" else NOW + timedelta(hours=int(word)) for word in words[1:]
        )
        assert starts is not None
        assert made is not None
        name = words[0].rstrip("~")
        found.append(Override(name, name.upper(), starts, ends, made))
    return found


@pytest.mark.parametrize(("overrides", "runs", "expected", "because"), rows(_OVERRIDES))
def test_the_active_override_that_began_last_decides_alone(
    overrides: str, runs: str, expected: str, because: str
) -> None:
    unservable = {each.upper() for each in marked(overrides, "~")}
    report = Report("a", runs or None)

    found = resolve(
        DEVICE, _overrides(overrides), report, Channel(releases("a b"), 1, {}), unservable, NOW
    )

    assert given(found) == expected
    assert any(because in each.text for each in found.story)
    if expected in {"o", "p"}:
        assert (found.status, found.source) == (Status.UPDATE, Source.BUNDLE_OVERRIDE)
        assert found.bundle_id == expected.upper()
        assert not found.claims
    if expected != "b":
        assert not any(each.step is Step.COHORT for each in found.story)


# --- cohort --------------------------------------------------------------------------------------


def test_a_device_in_no_cohort_is_given_nothing() -> None:
    found = resolve(replace(DEVICE, cohort_id=None), (), Report("a"), None, (), NOW)

    assert (found.status, found.source) == (Status.NO_UPDATE, None)
    assert found.story[-1] == (Step.COHORT, None, False, "the device is in no cohort")


def test_a_cohort_without_releases_has_nothing_to_give() -> None:
    found = decided(" ", Report("a", "A", "1.0.0"))

    assert found.status is Status.NO_UPDATE
    assert [each.step for each in found.story if not each.passed][1:] == [
        Step.CURRENT_RELEASE,
        Step.CURRENT_BUNDLE,
        Step.CURRENT_VERSION,
        Step.RESULT,
    ]


# --- the first candidate -------------------------------------------------------------------------

# a → b → c → d, each with its bundle, version and requirement; · has none.
_CHANNEL = """
    release | bundle | version | requirement | made
    a       | X      | 1.0.0   | ·           | 1
    b       | X      | 0.9.0   | < 0.9.0     | 2
    c       | Y      | ·       | < 9.0.0     | 3
    d       | Z      | 1.5.0   | ~> 1.0      | 4
"""
_FIRST = """
    release | bundle | version | first | found by
    a       | ·      | ·       | b     | current_release
    b       | ·      | ·       | c     | current_release
    d       | ·      | ·       | ·     | current_release
    d       | X      | ·       | ·     | current_release
    d       | X      | 1.0.0   | ·     | current_release
    a       | Z      | 1.0.0   | b     | current_release
    gone    | ·      | ·       | ·     | ·
    gone    | Y      | ·       | d     | current_bundle
    gone    | none   | 1.0.0   | d     | current_version
    ·       | Y      | ·       | d     | current_bundle
    ·       | Z      | ·       | ·     | current_bundle
    ·       | Z      | 1.0.0   | ·     | current_bundle
    ·       | X      | ·       | c     | current_bundle
    ·       | none   | ·       | ·     | ·
    ·       | none   | 0.5.0   | b     | current_version
    ·       | ·      | 0.5.0   | b     | current_version
    ·       | ·      | 1.0.0   | d     | current_version
    ·       | ·      | 1.5.0   | d     | current_version
    ·       | ·      | 2.0.0   | ·     | ·
    ·       | ·      | 1.1.0-a | ·     | ·
    ·       | ·      | 1.0     | ·     | ·
    ·       | ·      | ·       | ·     | ·
"""


def _described() -> Channel:
    described = rows(_CHANNEL)
    following = [*(row[0] for row in described[1:]), None]
    return Channel(
        [
            release(
                name,
                after,
                bundle_id=bundle,
                version=version or None,
                version_requirement=requirement or None,
                inserted_at=NOW + timedelta(hours=int(made)),
                required=True,  # so the first candidate is the one that is given
            )
            for (name, bundle, version, requirement, made), after in zip(
                described, following, strict=True
            )
        ],
        10,
        {},
    )


@pytest.mark.parametrize(("current", "bundle", "version", "first", "by"), rows(_FIRST))
def test_the_walk_begins_where_the_device_is(
    current: str, bundle: str, version: str, first: str, by: str
) -> None:
    report = Report(current or None, bundle or None, version or None)

    found = resolve(DEVICE, (), report, _described(), (), NOW)

    walked = [each.subject_id for each in found.story if each.step is Step.WALK and each.passed]
    assert walked == ([first] if first else [])
    steps = [each.step for each in found.story if each.passed and each.step.startswith("current")]
    assert steps == ([by] if by else [])


@pytest.mark.parametrize(
    ("versions", "first"),
    [
        ({"a": "2.0.0", "b": "1.0.0"}, "c"),
        ({"a": "1.0.0", "b": "2.0.0"}, "b"),
        ({"b": "2.0.0"}, "c"),
        ({"a": "1.0.0-rc.1", "b": "1.0.0"}, "b"),
        ({"a": "10.0.0", "b": "9.0.0"}, "c"),
        ({}, "b"),
    ],
)
def test_of_releases_with_the_same_bundle_the_lowest_version_counts_else_the_oldest(
    versions: dict[str, str], first: str
) -> None:
    same = [
        replace(each, bundle_id="X" if each.id in "ab" else "Y", version=versions.get(each.id))
        for each in releases("a b! c!")
    ]
    older_first = [
        replace(each, inserted_at=NOW + timedelta(hours=hour)) for hour, each in enumerate(same)
    ]

    found = resolve(DEVICE, (), Report(bundle_id="X"), Channel(older_first, 1, {}), (), NOW)

    assert given(found) == first


def test_what_a_device_names_is_shown_without_what_could_harm_and_not_at_any_length() -> None:
    found = decided("a b", Report(version="\x00\ud800" + "9" * 10_000))

    text = found.story[-1].text
    assert text.isprintable()
    assert len(text) < 200


# --- walk, acceptance and content ----------------------------------------------------------------

_WALKS = """
    channel          | runs | given | passed over
    a b c            | a    | c     | ·
    a b c            | b    | c     | ·
    a b c            | c    | ·     | c walk
    a                | a    | ·     | a walk

    a b! c           | a    | b     | ·
    a b! c           | b    | c     | ·
    a b! c! d        | a    | b     | ·
    a b c! d         | a    | c     | ·
    a! b c           | a    | c     | ·

    a b c-           | a    | b     | c disabled
    a b c@           | a    | b     | c schedule
    a b c^           | a    | b     | c version_requirement
    a b c%           | a    | b     | c phase
    a b c#           | a    | b     | c phase
    a b c=           | a    | b     | c failures

    a b c-@^%=~      | a    | b     | c disabled
    a b c@^%=~       | a    | b     | c schedule
    a b c^%=~        | a    | b     | c version_requirement
    a b c%=~         | a    | b     | c phase
    a b c=~          | a    | b     | c failures

    a b- c           | a    | c     | ·
    a b- c-          | a    | ·     | c disabled, b disabled, all result
    a b- c@          | a    | ·     | c schedule, b disabled, all result
    a b c- d^        | a    | b     | d version_requirement, c disabled
    a b-             | a    | ·     | b disabled, all result

    a b c!- d        | a    | b     | c disabled
    a b c!@ d        | a    | b     | c schedule
    a b c!% d        | a    | b     | c phase
    a b!- c          | a    | ·     | b disabled, all result
    a b!- c          | b    | c     | ·

    a b c~           | a    | ·     | c content
    a b~ c           | a    | c     | ·
    a~ b c           | a    | c     | ·
    a b!~ c          | a    | ·     | b content
    a b~ c-          | a    | ·     | c disabled, b content
    a b c-~          | a    | b     | c disabled
    a b!-~ c         | a    | ·     | b disabled, all result
    a b!~ c          | b    | c     | ·
    a c              | a    | c     | ·

    x c, a b c       | x    | c     | ·
    x c-, a b c      | x    | ·     | c disabled, all result
    x c-, a b c      | a    | b     | c disabled
    x c d-, a b c    | x    | c     | d disabled
"""


@pytest.mark.parametrize(("channel", "runs", "expected", "over"), rows(_WALKS))
def test_the_walk_goes_on_to_a_required_release_and_back_to_one_that_may_be_given(
    channel: str, runs: str, expected: str, over: str
) -> None:
    found = decided(channel, Report(runs, version="1.0.0"))

    assert (given(found), passed_over(found)) == (expected, over)
    assert found.status is (Status.UPDATE if expected else Status.NO_UPDATE)
    assert found.source is (Source.RELEASE if expected else None)
    assert found.bundle_id == (expected.upper() or None)


def test_the_same_bundle_by_another_release_is_still_an_update() -> None:
    same = [replace(each, bundle_id="X") for each in releases("a b")]

    found = resolve(DEVICE, (), Report("a", "X"), Channel(same, 1, {}), (), NOW)

    assert (found.status, found.source_id) == (Status.UPDATE, "b")


def test_a_channel_in_a_circle_is_not_walked_for_ever() -> None:
    circle = [release("a", "b"), release("b", "a")]

    found = resolve(DEVICE, (), Report("a"), Channel(circle, 1, {}), (), NOW)

    assert found.status is Status.UPDATE


# --- why not -------------------------------------------------------------------------------------

_WHY_NOT = """
    channel    | runs | asked | answer
    a b c      | a    | c     | is given
    a b c      | a    | b     | is not required, so later releases are tried first; is given
    a b c-     | a    | c     | is disabled; is given
    a b! c     | a    | c     | is not on the path on from what the device runs; is given
    a b c, x b | a    | x     | is not on the path on from what the device runs; is given
    a b c      | b    | a     | is not on the path on from what the device runs; is given
    a b c      | a    | a     | is what the device runs; is given
    a b c      | c    | c     | is what the device runs; is the latest: no release comes after it
    a b c      | c    | b     | is not on the path on; is the latest: no release comes after it
    a b c~     | a    | b     | so later releases are tried first; a binary that is not signed
    a b c~     | a    | c     | has a bundle with a binary that is not signed
    a b- c-    | a    | b     | is disabled; none of the releases on the path may be given
    a b c      | gone | b     | was not looked at; no release can follow
"""


@pytest.mark.parametrize(("channel", "runs", "asked", "answer"), rows(_WHY_NOT))
def test_of_any_release_it_can_be_said_why_it_was_not_given(
    channel: str, runs: str, asked: str, answer: str
) -> None:
    said = why_not(decided(channel, Report(runs)), asked)

    text = "; ".join(each.text for each in said)
    assert all(part in text for part in answer.split("; "))
    assert {each.subject_id for each in said[:-1]} <= {asked}


def test_in_quarantine_no_release_was_looked_at() -> None:
    found = decided("a b", Report("a"), replace(DEVICE, quarantined=True))

    assert [each.text for each in why_not(found, "b")] == [
        "was not looked at",
        "the device is in quarantine",
    ]
