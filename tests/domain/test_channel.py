from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sealift.domain.channel import MOST_DEVICES, accepted, changed, healed, placed
from sealift.domain.errors import Frozen, InUse, PhaseWrong, Refusal, VersionMalformed
from sealift.domain.release import PhaseMode, PhaseType
from tests.domain.channels import NOW, links, release, releases, rows

# --- placement -----------------------------------------------------------------------------------

_PLACED = """
    channel    | new | next | previous | then
    ·          | n   | ·    | ·        | n
    a          | n   | ·    | ·        | a n
    a b        | n   | ·    | ·        | a b n
    a b c, x b | n   | ·    | ·        | a b c n, x b
    a b!-      | n   | ·    | ·        | a b n
    a b        | n%  | ·    | ·        | a b n
    a b        | n@  | ·    | ·        | a b n
    a b        | n#  | ·    | ·        | a b n
    a b        | n   | a    | ·        | n a b
    a b        | n   | b    | ·        | a b, n b
    a b@       | n   | a    | ·        | n a b
    a b%       | n   | b    | ·        | a b, n b
    a b        | n   | b    | a        | a n b
    a b c, x b | n   | b    | x        | a b c, x n b
    a b c      | n!- | c    | b        | a b n c
"""
_NOT_PLACED = """
    channel | new | next | previous | code           | field                | says
    a b     | n   | ·    | a        | channel.broken | previous_release_prn | next_release_prn
    a b     | n   | z    | ·        | channel.broken | next_release_prn     | same cohort
    ·       | n   | z    | ·        | channel.broken | next_release_prn     | same cohort
    a b     | n   | b    | z        | channel.broken | previous_release_prn | same cohort
    a b c   | n   | c    | a        | channel.broken | previous_release_prn | just before
    a b     | n   | b    | b        | channel.broken | previous_release_prn | just before
    a b@    | n   | ·    | ·        | channel.held   | cohort_prn           | 2026-05-17T12:00:00Z
    a b%    | n   | ·    | ·        | channel.held   | cohort_prn           | phase_value of that
    a b#    | n   | ·    | ·        | channel.held   | cohort_prn           | phase_mode to numeric
    a b%    | n%  | ·    | ·        | channel.held   | cohort_prn           | still phased
    a b     | n@  | b    | ·        | channel.held   | schedule_date        | only the latest
    a b     | n%  | b    | a        | channel.held   | phase_value          | only the latest
    a b     | n#  | b    | a        | channel.held   | phase_mode           | only the latest
"""


@pytest.mark.parametrize(("channel", "new", "following", "previous", "then"), rows(_PLACED))
def test_a_release_is_placed(
    channel: str, new: str, following: str, previous: str, then: str
) -> None:
    made = replace(releases(new)[0], next_release_id=following or None)

    written = placed(releases(channel), made, previous or None, NOW)

    assert {**links(channel), **written, made.id: made.next_release_id} == links(then)


@pytest.mark.parametrize(
    ("channel", "new", "following", "previous", "code", "field", "says"), rows(_NOT_PLACED)
)
def test_a_release_is_not_placed_where_it_would_break_the_channel(
    channel: str, new: str, following: str, previous: str, code: str, field: str, says: str
) -> None:
    made = replace(releases(new)[0], next_release_id=following or None)

    with pytest.raises(Refusal) as refused:
        placed(releases(channel), made, previous or None, NOW)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert says in refused.value.message


def test_a_release_can_follow_once_the_date_of_the_latest_has_come() -> None:
    latest = release("a", schedule_date=NOW)

    assert placed([latest], release("n"), None, NOW) == {"a": "n"}
    with pytest.raises(Refusal, match="waits for"):
        placed([latest], release("n"), None, NOW - timedelta(microseconds=1))


# --- links ---------------------------------------------------------------------------------------

_LINKED = """
    channel      | of | next
    a b c        | a  | c
    a b c        | a  | b
    a b c, x c   | x  | b
    a b c, x y c | x  | a
    a b c        | c  | ·
"""
_NOT_LINKED = """
    channel    | of | next | says
    a b c      | a  | ·    | two latest
    a b c      | b  | ·    | two latest
    a b c      | a  | z    | same cohort
    a b c      | a  | a    | lead back
    a b c      | b  | a    | lead back
    a b c      | c  | a    | lead back
    a b c      | c  | b    | lead back
    a b c, x b | b  | x    | lead back
"""


@pytest.mark.parametrize(("channel", "of", "following"), rows(_LINKED))
def test_a_release_can_lead_to_another(channel: str, of: str, following: str) -> None:
    before = next(each for each in releases(channel) if each.id == of)
    after = replace(before, next_release_id=following or None)

    assert changed(releases(channel), before, after, NOW) == after


@pytest.mark.parametrize(("channel", "of", "following", "says"), rows(_NOT_LINKED))
def test_no_link_makes_two_latest_releases_or_a_circle(
    channel: str, of: str, following: str, says: str
) -> None:
    before = next(each for each in releases(channel) if each.id == of)

    with pytest.raises(Refusal, match=says) as refused:
        changed(releases(channel), before, replace(before, next_release_id=following or None), NOW)

    assert (refused.value.code, refused.value.field) == ("channel.broken", "next_release_prn")


_HEALED = """
    channel      | archived | then
    a            | a        | ·
    a b c        | a        | b c
    a b! c       | b        | a c
    a b c        | c        | a b
    a b c%       | c        | a b
    a b c, x b   | b        | a c, x c
    a b c, x y b | x        | a b c, y b
"""


@pytest.mark.parametrize(("channel", "archived", "then"), rows(_HEALED))
def test_archiving_joins_what_was_on_both_sides(channel: str, archived: str, then: str) -> None:
    gone = next(each for each in releases(channel) if each.id == archived)

    written = healed(releases(channel), gone)

    left = {**links(channel), **written}
    assert {each: left[each] for each in left if each != archived} == links(then)


def test_the_latest_is_not_archived_while_two_releases_could_take_its_place() -> None:
    channel = releases("a c, b c, x a")

    with pytest.raises(InUse, match="2 releases lead to this one") as refused:
        healed(channel, channel[1])

    assert refused.value.field == "releases"


# --- limits --------------------------------------------------------------------------------------


def _phase(text: str) -> dict[str, Any]:
    """`0.5`, `beta+canary` are tags, and ? is a phase without a value."""
    if text in {"?", "tags?"}:
        mode = PhaseMode.TAGS if text == "tags?" else PhaseMode.NUMERIC
        return {"phase_mode": mode, "phase_value": None, "phase_tags": ()}
    if text[0].isdigit():
        return {"phase_mode": PhaseMode.NUMERIC, "phase_value": Decimal(text)}
    return {"phase_mode": PhaseMode.TAGS, "phase_tags": tuple(text.split("+"))}


_PHASES = """
    before | after       | answer
    0.1    | 0.5         | ·
    0.5    | 0.1         | ·
    7      | 3           | ·
    0.5    | 100         | ·
    100    | 0           | ·
    0.5    | 1           | ·
    0.5    | beta        | ·
    beta   | beta+canary | ·
    beta   | 0.1         | ·
    beta   | 1           | ·
    1      | 1           | ·
    1      | 1.00        | ·
    1      | 0.99        | field.frozen phase_value
    1      | 2           | field.frozen phase_value
    1      | ?           | field.frozen phase_value
    1      | beta        | field.frozen phase_mode
    0.5    | ?           | phase.wrong phase_value
    0.5    | tags?       | phase.wrong phase_tags
    beta   | tags?       | phase.wrong phase_tags
"""


@pytest.mark.parametrize(("before", "after", "answer"), rows(_PHASES))
def test_a_phase_can_be_changed_until_it_is_complete(before: str, after: str, answer: str) -> None:
    was = release("a", **_phase(before))
    becomes = replace(was, **_phase(after))

    if not answer:
        assert changed([was], was, becomes, NOW) == becomes
    else:
        with pytest.raises((Frozen, PhaseWrong)) as refused:
            changed([was], was, becomes, NOW)
        assert f"{refused.value.code} {refused.value.field}" == answer


_LIMITED = """
    channel | of | becomes | answer
    a b     | b  | b@      | ·
    a b     | a  | a-!^    | ·
    a b%    | b  | b#      | ·
    a b#    | b  | b%@     | ·
    a b     | a  | a@      | channel.held schedule_date
    a b     | a  | a%      | field.frozen phase_value
    a b     | a  | a#      | field.frozen phase_mode
    a b     | b  | b%      | field.frozen phase_value
"""


@pytest.mark.parametrize(("channel", "of", "becomes", "answer"), rows(_LIMITED))
def test_only_the_latest_release_can_be_limited(
    channel: str, of: str, becomes: str, answer: str
) -> None:
    before = next(each for each in releases(channel) if each.id == of)
    after = replace(releases(becomes)[0], next_release_id=before.next_release_id)

    if not answer:
        assert changed(releases(channel), before, after, NOW) == after
    else:
        with pytest.raises(Refusal) as refused:
            changed(releases(channel), before, after, NOW)
        assert f"{refused.value.code} {refused.value.field}" == answer


# --- what a release says of itself ---------------------------------------------------------------

_VALUES = """
    given       | kept        | type
    0           | 0           | percent
    0.0         | 0           | percent
    0.35        | 0.35        | percent
    0.350       | 0.350       | percent
    0.000000001 | 1E-9        | percent
    0.999999999 | 0.999999999 | percent
    1           | 1           | percent
    1.0         | 1           | percent
    2           | 2           | static
    7.00        | 7           | static
    1E9         | 1000000000  | static
"""


@pytest.mark.parametrize(("given", "kept", "kind"), rows(_VALUES))
def test_a_value_is_a_share_or_a_number_of_devices(given: str, kept: str, kind: str) -> None:
    found = accepted(release("a", phase_value=Decimal(given)))

    assert (str(found.phase_value), found.phase_type) == (kept, PhaseType(kind))


def test_tags_count_nothing() -> None:
    (tagged,) = releases("a#")

    assert accepted(tagged).phase_type is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("-0.1", "must be between 0 and 1000000000, not -0.1"),
        ("1000000001", f"must be between 0 and {MOST_DEVICES}"),
        ("NaN", "must be between"),
        ("Infinity", "must be between"),
        ("1.5", "a share below 1, or a whole number of devices, not 1.5"),
        ("1.0000001", "a share below 1"),
        ("2.5", "a share below 1"),
        (f"0.{'0' * 30}1", "at most 30 decimals"),
    ],
)
def test_no_other_value_is_a_phase(value: str, says: str) -> None:
    with pytest.raises(PhaseWrong, match=says) as refused:
        accepted(release("a", phase_value=Decimal(value)))

    assert refused.value.field == "phase_value"


def test_a_share_keeps_thirty_decimals() -> None:
    share = Decimal(f"0.{'3' * 30}")

    assert accepted(release("a", phase_value=share)).phase_value == share


def test_a_value_is_looked_at_even_while_tags_decide() -> None:
    (tagged,) = releases("a#")

    with pytest.raises(PhaseWrong):
        accepted(replace(tagged, phase_value=Decimal("1.5")))
    assert accepted(replace(tagged, phase_value=Decimal("0.5"))).phase_value == Decimal("0.5")


def test_versions_and_requirements_are_kept_as_they_are_written() -> None:
    given = release("a", version="1.2.3-rc.1+7", version_requirement=" ~> 1.1  or ==0.9.0")

    assert accepted(given) == given


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [("version", "1.2", "1.2.3-rc.1"), ("version_requirement", "~> 1", "~> 1.2")],
)
def test_no_other_text_is_a_version_or_a_requirement(field: str, text: str, says: str) -> None:
    with pytest.raises(VersionMalformed, match=says) as refused:
        accepted(release("a", **{field: text}))

    assert refused.value.field == field
    assert repr(text) in refused.value.message
