"""What holds of every decision, on whatever channel and for whatever device."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

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
from sealift.domain.release import PhaseMode, Release
from sealift.domain.resolution import resolve, why_not
from tests.domain.channels import NOW, release

_NAMES = "abcdef"
_RANK = {step: rank for rank, step in enumerate(Step)}
_BUNDLES = st.sampled_from(["U", "V", "W", "X", "Y", "Z"])
_VERSIONS = st.sampled_from([None, "1.0.0-rc.1", "1.0.0", "1.1.0", "1.2.0", "2.0.0"])
_REQUIREMENTS = st.sampled_from([None, None, "~> 1.0", ">= 1.1.0", "< 1.1.0 or 2.0.0"])
_HOURS = st.sampled_from([-1, 0, -2, -3, 1]).map(lambda hours: NOW + timedelta(hours=hours))
_VALUES = st.sampled_from([Decimal(text) for text in ("1", "1", "1", "0", "0.1", "0.5", "2", "7")])
_TAGS = st.frozensets(st.sampled_from(["beta", "canary", "x"]), max_size=2)
_RARELY = st.sampled_from([False] * 5 + [True])


@dataclass(frozen=True)
class _Case:
    device: Device
    overrides: Sequence[Override]
    report: Report
    channel: Channel
    unservable: frozenset[str]

    def decided(self, now: datetime = NOW) -> Decision:
        return resolve(self.device, self.overrides, self.report, self.channel, self.unservable, now)


@st.composite
def _releases(draw: st.DrawFn) -> list[Release]:
    """A tree towards the first one, whatever the rules say of limits."""
    names = _NAMES[: draw(st.sampled_from([6, 5, 4, 3, 2, 1, 0]))]
    return [
        release(
            name,
            names[draw(st.sampled_from([place - 1, place - 1, max(0, place - 2)]))]
            if place
            else None,
            bundle_id=draw(_BUNDLES),
            required=draw(_RARELY),
            disabled=draw(_RARELY),
            schedule_date=draw(_HOURS),
            phase_mode=draw(
                st.sampled_from([PhaseMode.NUMERIC, PhaseMode.NUMERIC, PhaseMode.TAGS])
            ),
            phase_value=draw(_VALUES),
            phase_tags=tuple(draw(_TAGS)),
            version=draw(_VERSIONS),
            version_requirement=draw(_REQUIREMENTS),
            retry_limit=draw(st.sampled_from([None, None, 1, 2])),
            inserted_at=draw(_HOURS),
        )
        for place, name in enumerate(names)
    ]


_IDS = st.sampled_from(_NAMES)
_OVERRIDES = st.lists(
    st.builds(
        Override,
        id=st.sampled_from("opq"),
        bundle_id=_BUNDLES,
        starts_at=_HOURS,
        ends_at=st.none() | _HOURS,
        inserted_at=_HOURS,
    ),
    max_size=3,
    unique_by=lambda override: override.id,
)


@st.composite
def _cases(draw: st.DrawFn, *, overridden: bool = True) -> _Case:
    channel = Channel(
        draw(_releases()),
        draw(st.sampled_from([0, 1, 10])),
        draw(st.dictionaries(_IDS, st.integers(0, 8))),
    )
    device = Device(
        "device",
        "cohort",
        quarantined=overridden and draw(_RARELY),
        tags=draw(_TAGS),
        claims=draw(st.frozensets(_IDS, max_size=3)),
        failures=draw(st.dictionaries(_IDS, st.integers(0, 2), max_size=3)),
    )
    report = draw(
        st.builds(
            Report,
            release_id=st.sampled_from([*reversed(_NAMES), None]),
            bundle_id=st.sampled_from([None, "U", "V"]),
            version=_VERSIONS,
        )
    )
    overrides = draw(_OVERRIDES) if overridden and draw(st.booleans()) else []
    unservable = draw(st.frozensets(_BUNDLES, max_size=2)) if draw(_RARELY) else frozenset[str]()
    return _Case(device, overrides, report, channel, unservable)


def _way(channel: Channel, name: str | None) -> list[str]:
    """From a release to the latest."""
    way: list[str] = []
    while name is not None:
        way.append(name)
        name = channel.by_id[name].next_release_id
    return way


def _walked(found: Decision) -> list[str]:
    walk = [each for each in found.story if each.step is Step.WALK and each.passed]
    return [each.subject_id for each in walk if each.subject_id]


def _offer(found: Decision) -> int:
    """How far along its walk the device is brought; -1 is nowhere."""
    path = _walked(found)
    return path.index(found.source_id) if found.source_id in path else -1


# --- stories -------------------------------------------------------------------------------------


@given(_cases())
def test_there_is_no_answer_without_a_reason(case: _Case) -> None:
    found = case.decided()

    last = found.story[-1]
    assert all(each.text for each in found.story)
    assert last.passed is (found.status is Status.UPDATE)
    assert last.subject_id == found.source_id or not last.passed
    for subject in {each.subject_id for each in found.story}:
        ranks = [_RANK[each.step] for each in found.story if each.subject_id == subject]
        assert ranks == sorted(ranks)


@given(_cases())
def test_of_each_release_it_is_told_why_it_was_passed_over(case: _Case) -> None:
    found = case.decided()

    for each in case.channel.releases:
        said = why_not(found, each.id)
        assert said[0].subject_id == each.id
        is_it = found.source is Source.RELEASE and found.source_id == each.id
        assert (said[-1] == (Step.RESULT, each.id, True, "is given")) is is_it
        assert said[-1] is found.story[-1] or is_it


@given(_cases())
def test_every_release_walked_past_and_tried_is_in_the_story(case: _Case) -> None:
    found = case.decided()

    path = _walked(found)
    tried = [each.subject_id for each in found.story if each.step is Step.DISABLED]
    assert path == _way(case.channel, path[0])[: len(path)] if path else not tried
    assert tried == path[::-1][: len(tried)]
    if found.source is Source.RELEASE:
        assert tried[-1] == found.source_id


# --- what is given -------------------------------------------------------------------------------


@given(_cases(), st.data())
def test_the_order_of_rows_never_matters(case: _Case, data: st.DataObject) -> None:
    releases = data.draw(st.permutations(case.channel.releases))
    overrides = data.draw(st.permutations(case.overrides))

    turned = replace(case, channel=replace(case.channel, releases=releases), overrides=overrides)

    assert turned.decided() == case.decided()


@given(_cases())
def test_no_device_is_led_past_a_required_release(case: _Case) -> None:
    found = case.decided()

    path = _walked(found)
    assert not any(case.channel.by_id[name].required for name in path[:-1])
    if path:
        stop = case.channel.by_id[path[-1]]
        assert stop.required or stop.next_release_id is None


@given(_cases())
def test_what_is_given_may_be_given(case: _Case) -> None:
    found = case.decided()

    if found.status is Status.UPDATE:
        assert not case.device.quarantined
        assert found.bundle_id not in case.unservable
    if found.source is Source.BUNDLE_OVERRIDE:
        (override,) = (each for each in case.overrides if each.id == found.source_id)
        assert override.starts_at <= NOW
        assert override.ends_at is None or override.ends_at > NOW
        assert override.bundle_id == found.bundle_id != case.report.bundle_id
    if found.source is Source.RELEASE:
        assert found.source_id is not None
        given = case.channel.by_id[found.source_id]
        assert given.bundle_id == found.bundle_id
        assert not given.disabled
        assert given.schedule_date <= NOW
        assert given.id != case.report.release_id
        limit, failed = given.retry_limit, case.device.failures.get(given.id, 0)
        assert limit is None or failed < limit


@given(_cases())
def test_a_claim_is_asked_for_exactly_when_the_device_takes_a_place(case: _Case) -> None:
    found = case.decided()

    given = case.channel.by_id.get(found.source_id or "")
    counts = given is not None and given.phase_mode is PhaseMode.NUMERIC and not given.is_complete
    assert found.claims is (counts and found.source_id not in case.device.claims)
    if found.claims:
        assert given is not None
        made, value = case.channel.claims.get(given.id, 0), Fraction(given.phase_value or 0)
        assert made < (value * case.channel.devices if value < 1 else value)


@given(_cases())
def test_an_override_keeps_releases_out_of_the_story(case: _Case) -> None:
    found = case.decided()

    chosen = [each for each in found.story if each.step is Step.OVERRIDE and each.passed]
    about_releases = {each.step for each in found.story} & {Step.COHORT, Step.WALK, Step.PHASE}
    assert len(chosen) <= 1
    assert not (chosen and about_releases)


# --- what takes no offer back --------------------------------------------------------------------


@given(_cases(overridden=False), st.data())
def test_raising_a_phase_never_takes_an_offer_back(case: _Case, data: st.DataObject) -> None:
    case = replace(case, unservable=frozenset())
    assume(case.channel.releases)
    raised = data.draw(st.sampled_from(case.channel.releases))
    assume(raised.phase_mode is PhaseMode.NUMERIC and raised.phase_value is not None)
    value = raised.phase_value or Decimal(0)
    higher = data.draw(
        st.decimals(value, Decimal("0.99"), places=2)
        if value < 1
        else st.integers(max(2, int(value)), 10).map(Decimal)
        if value > 1
        else st.just(Decimal(1))
    )
    higher = data.draw(st.sampled_from([higher, Decimal(1)]))
    others = [each for each in case.channel.releases if each is not raised]
    channel = replace(case.channel, releases=[*others, replace(raised, phase_value=higher)])

    before, after = case.decided(), replace(case, channel=channel).decided()

    assert _offer(after) >= _offer(before)


@given(_cases(overridden=False), _HOURS)
def test_time_takes_no_release_back(case: _Case, later: datetime) -> None:
    case = replace(case, unservable=frozenset())
    assume(later >= NOW)

    assert _offer(case.decided(later)) >= _offer(case.decided())


@given(_cases(overridden=False), st.integers(0, 10_000))
def test_who_has_claimed_a_release_keeps_it_however_many_others_do(case: _Case, made: int) -> None:
    case = replace(case, device=replace(case.device, claims=frozenset(_NAMES)))
    crowded = replace(case.channel, claims=dict.fromkeys(_NAMES, made))

    before, after = case.decided(), replace(case, channel=crowded).decided()

    assert after.source_id == before.source_id
    assert not after.claims
