"""Every kind of violation in what is distributed is found, and where nothing is wrong, none."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kill.distribution.courses import adopt, archived, inserted, phased, released, rolled_back
from kill.distribution.judge import Fault, judge
from kill.distribution.ledger import (
    EVERYBODY,
    Check,
    Course,
    Device,
    Distributed,
    Place,
    Plan,
    State,
    Told,
    now,
)
from kill.distribution.observed import Distribution, SeenRelease, SeenReport
from kill.ledger import Answer, Entry, Step

COHORT, BUNDLE, OTHER = "the cohort", "the bundle", "the other bundle"
DEVICES = ("one", "two", "three")
TWO = Decimal(2)

# One after the other; the latest is for two devices.
STATE: State = {
    "first": Place("second"),
    "second": Place("latest"),
    "latest": Place(None, TWO, None),
}


def a_ledger(state: State = STATE, wanted: State | None = None) -> Distributed:
    made = Distributed(devices=[Device(f"a:device:{name}", COHORT) for name in DEVICES])
    made.bundles[BUNDLE] = Entry(Step.BUNDLE, index=2, answer=Answer.YES)
    course = Course(COHORT, state, wanted)
    for name, place in {**state, **(wanted or {}), "gone": Place(None)}.items():
        course.plans[name] = Plan(place.phase, BUNDLE, most_failures=2)
        course.plans[name].ask_for(place.phase, len(DEVICES))
    made.courses.append(course)
    return made


def seen(state: State = STATE, /, **more: Any) -> Distribution:  # noqa: ANN401 - any field
    """Records that have this channel; a release has its name for an id."""
    releases = {name: a_release(name, place) for name, place in state.items()}
    lines = Counter({("bundle.created", BUNDLE): 1})
    lines.update({("release.created", name): 1 for name in releases})
    usual: dict[str, Any] = {
        "releases": releases,
        "bundles": {BUNDLE: 2},
        "lines": lines,
        "events": Counter(lines),
        "reported": dict.fromkeys(DEVICES),
    }
    return Distribution(**{**usual, **more})


def a_release(name: str, place: Place) -> SeenRelease:
    is_disabled = bool(place.disabled)
    return SeenRelease(name, name, COHORT, BUNDLE, place.next, place.phase, is_disabled, False)


def faults(ledger: Distributed, sight: Distribution) -> set[Fault]:
    return {Fault(each.fault) for each in judge(ledger, sight)}


def claimed(*claims: tuple[str, str], **more: Any) -> Distribution:  # noqa: ANN401
    return seen(claims=claims, told_claims=claims, **more)


def checked(ledger: Distributed, *given: str | None, answer: Answer = Answer.YES) -> None:
    """Each device asked once, in their order."""
    for device, release in zip(ledger.devices, given, strict=False):
        check = Check(Step.CHECK, answer=answer, given=release, answered=now())
        device.checks.append(check)


# --- channels ------------------------------------------------------------------------------------


def test_a_channel_as_it_was_left_violates_nothing() -> None:
    assert faults(a_ledger(), seen()) == set()


@pytest.mark.parametrize(
    "wanted",
    [
        released(phased(STATE, "latest", EVERYBODY), "new", Place(None)),
        inserted(STATE, "new", "second", "first"),
        inserted(STATE, "new", "second", None),
        archived(STATE, "second"),
        archived(STATE, "latest"),
        phased(STATE, "latest", Decimal(4)),
        rolled_back(STATE, "first", "new"),
    ],
)
def test_a_change_without_an_answer_happened_as_a_whole_or_not_at_all(wanted: State) -> None:
    halves = [
        {**STATE, name: place}
        for name, place in wanted.items()
        if STATE.get(name) != place and {**STATE, name: place} != wanted
    ]

    assert faults(a_ledger(STATE, wanted), seen(STATE)) == set()
    assert faults(a_ledger(STATE, wanted), with_archived(wanted)) == set()
    for half in halves:
        found = faults(a_ledger(STATE, wanted), seen(half))
        assert found & {Fault.CHANNEL_ILLEGAL, Fault.CHANNEL_OTHERWISE}, half


def with_archived(state: State) -> Distribution:
    """Those of `STATE` that are not in the channel any more were archived."""
    sight = seen(state)
    gone = {
        name: replace(a_release(name, place), is_archived=True)
        for name, place in STATE.items()
        if name not in state
    }
    lines = sight.lines + Counter(
        {(f"release.{what}", name): 1 for name in gone for what in ("created", "archived")}
    )
    releases = {**sight.releases, **gone}
    return replace(sight, releases=releases, lines=lines, events=Counter(lines))


def test_an_acknowledged_change_that_is_undone_is_found() -> None:
    assert faults(a_ledger(phased(STATE, "latest", Decimal(4))), seen()) == {
        Fault.CHANNEL_OTHERWISE
    }


def test_a_change_that_nobody_asked_for_is_found() -> None:
    assert faults(a_ledger(), seen(inserted(STATE, "gone", "second", None))) == {
        Fault.CHANNEL_OTHERWISE
    }


@pytest.mark.parametrize(
    "state",
    [
        {**STATE, "second": Place(None)},
        {**STATE, "second": Place("first")},
        {**STATE, "second": Place("what was archived")},
        {**STATE, "second": Place("latest", TWO)},
    ],
)
def test_a_channel_that_is_not_legal_is_found(state: State) -> None:
    assert faults(a_ledger(), seen(state)) == {Fault.CHANNEL_ILLEGAL}


def test_what_was_not_known_is_adopted() -> None:
    wanted = archived(STATE, "second")
    ledger = a_ledger(STATE, wanted)
    checked(ledger, "latest", answer=Answer.NONE)
    sight = replace(with_archived(wanted), claims=[("latest", "one")])

    adopt(ledger, sight)

    assert (ledger.courses[0].state, ledger.courses[0].wanted) == (wanted, None)
    assert ledger.devices[0].claims == {"latest"}
    assert faults(ledger, seen()) == {Fault.CHANNEL_OTHERWISE, Fault.CLAIM_LOST}


# --- bundles and traces --------------------------------------------------------------------------


def test_a_bundle_without_an_answer_is_there_or_not() -> None:
    ledger = a_ledger()
    ledger.bundles[OTHER] = Entry(Step.BUNDLE, index=3)
    both = Counter({**seen().lines, ("bundle.created", OTHER): 1})

    made = seen(bundles={BUNDLE: 2, OTHER: 3}, lines=both, events=Counter(both))
    torn = replace(made, bundles={BUNDLE: 2, OTHER: 1})

    assert faults(ledger, seen()) == set()
    assert faults(ledger, made) == set()
    assert faults(ledger, torn) == {Fault.BUNDLE_NOT_WHOLE}
    assert faults(a_ledger(), made) == {Fault.BUNDLE_UNASKED}


def test_an_acknowledged_bundle_that_is_gone_is_found() -> None:
    found = faults(a_ledger(), seen(bundles=dict[str, int]()))

    assert found == {Fault.BUNDLE_LOST, Fault.TRACES_DIFFER}


@pytest.mark.parametrize("kind", ["lines", "events"])
@pytest.mark.parametrize("times", [0, 2])
def test_a_change_that_is_told_otherwise_than_it_happened_is_found(kind: str, times: int) -> None:
    told = Counter({**seen().lines, ("release.created", "first"): times})

    assert faults(a_ledger(), seen(**{kind: +told})) == {Fault.TRACES_DIFFER}


def test_an_archived_release_without_a_line_is_found() -> None:
    wanted = archived(STATE, "second")
    sight = with_archived(wanted)
    without = Counter({each: n for each, n in sight.lines.items() if "archived" not in each[0]})

    found = faults(a_ledger(wanted), replace(sight, lines=without, events=Counter(without)))

    assert found == {Fault.TRACES_DIFFER}


# --- claims --------------------------------------------------------------------------------------


def test_claims_that_were_made_violate_nothing() -> None:
    ledger = a_ledger()
    checked(ledger, "latest", "latest", "second")

    assert faults(ledger, claimed(("latest", "one"), ("latest", "two"))) == set()


def test_an_acknowledged_claim_that_is_lost_is_found() -> None:
    ledger = a_ledger()
    checked(ledger, "latest", "latest")

    assert faults(ledger, claimed(("latest", "one"))) == {Fault.CLAIM_LOST}


def test_what_everybody_is_given_need_not_be_claimed() -> None:
    ledger = a_ledger(phased(STATE, "latest", EVERYBODY))
    checked(ledger, "latest", "second")

    assert faults(ledger, seen(phased(STATE, "latest", EVERYBODY))) == set()


def test_it_need_not_from_when_that_was_asked_for() -> None:
    ledger = a_ledger(STATE, phased(STATE, "latest", EVERYBODY))
    plan = ledger.courses[0].plans["latest"] = Plan(TWO, BUNDLE)
    plan.ask_for(TWO, len(DEVICES))
    checked(ledger, "latest")
    plan.ask_for(EVERYBODY, len(DEVICES))
    ledger.devices[1].checks.append(
        Check(Step.CHECK, answer=Answer.YES, given="latest", answered=now())
    )

    assert faults(ledger, claimed(("latest", "one"))) == set()
    assert faults(ledger, seen()) == {Fault.CLAIM_LOST}


def test_a_check_without_an_answer_may_have_claimed() -> None:
    ledger = a_ledger()
    checked(ledger, None, answer=Answer.NONE)

    assert faults(ledger, seen()) == set()
    assert faults(ledger, claimed(("latest", "one"))) == set()


@pytest.mark.parametrize("device", ["one", "nobody"])
def test_a_claim_that_nobody_made_is_found(device: str) -> None:
    ledger = a_ledger()
    checked(ledger, "second", "latest")

    found = faults(ledger, claimed(("latest", "two"), ("latest", device)))

    assert found == {Fault.CLAIM_UNASKED}


def test_more_claims_than_there_are_places_are_found() -> None:
    ledger = a_ledger()
    checked(ledger, *["latest"] * 3)

    assert faults(ledger, claimed(*(("latest", each) for each in DEVICES))) == {
        Fault.TOO_MANY_CLAIMS
    }


def test_a_device_that_claimed_twice_is_found() -> None:
    ledger = a_ledger()
    checked(ledger, "latest")

    assert faults(ledger, claimed(*[("latest", "one")] * 2)) == {Fault.CLAIMED_TWICE}


@pytest.mark.parametrize("kind", ["claims", "told_claims"])
def test_a_claim_without_its_event_or_the_reverse_is_found(kind: str) -> None:
    ledger = a_ledger()
    checked(ledger, None, answer=Answer.NONE)

    assert faults(ledger, seen(**{kind: [("latest", "one")]})) == {Fault.TRACES_DIFFER}


# --- what devices say ----------------------------------------------------------------------------


def test_what_a_device_said_is_on_record() -> None:
    ledger = a_ledger()
    said = [Check(Step.CHECK, answer=Answer.YES, said=each) for each in ("first", "second")]
    ledger.devices[0].checks += [*said, Check(Step.CHECK, said="latest")]

    def on_record(release: str | None) -> set[Fault]:
        reported = {**dict.fromkeys(DEVICES), "one": release}
        return faults(ledger, seen(reported=reported, told_reported=reported))

    assert [on_record(each) for each in ("second", "latest")] == [set(), set()]
    assert [on_record(each) for each in ("first", None)] == [{Fault.SAYING_LOST}] * 2


def test_what_a_device_said_without_the_event_of_it_is_found() -> None:
    ledger = a_ledger()
    ledger.devices[0].checks.append(Check(Step.CHECK, answer=Answer.YES, said="first"))

    found = faults(ledger, seen(reported={**dict.fromkeys(DEVICES), "one": "first"}))

    assert found == {Fault.TRACES_DIFFER}


def reported(*outcomes: str, **more: Any) -> Distribution:  # noqa: ANN401
    reports = [
        SeenReport(f"{number}", "one", "first", outcome) for number, outcome in enumerate(outcomes)
    ]
    failures = sum(each != "installed" for each in outcomes)
    standings = {("first", "one"): (outcomes[-1], failures)}
    return seen(**{"reports": reports, "standings": standings, **more})


def having_reported(*outcomes: str, answer: Answer = Answer.YES) -> Distributed:
    ledger = a_ledger()
    ledger.devices[0].reports += [
        Told(Step.REPORT, answer=answer, id=f"{number}", release="first", outcome=outcome)
        for number, outcome in enumerate(outcomes)
    ]
    return ledger


def test_reports_that_came_violate_nothing() -> None:
    ledger = having_reported("failed", "installed")

    assert faults(ledger, reported("failed", "installed")) == set()


def test_an_acknowledged_report_that_is_lost_is_found() -> None:
    ledger = having_reported("failed", "failed")

    assert faults(ledger, reported("failed")) == {Fault.REPORT_LOST}
    assert faults(having_reported("failed", answer=Answer.NONE), seen()) == set()


def test_a_report_that_was_refused_or_never_made_is_found() -> None:
    for ledger in (having_reported("failed", answer=Answer.NO), a_ledger()):
        assert faults(ledger, reported("failed")) == {Fault.REPORT_UNASKED}


@pytest.mark.parametrize("counted", [{}, {("first", "one"): ("failed", 2)}])
def test_a_report_that_is_not_counted_once_is_found(counted: dict[str, object]) -> None:
    ledger = having_reported("failed")

    assert faults(ledger, reported("failed", standings=counted)) == {Fault.MISCOUNTED}


def test_a_release_that_too_many_failed_on_and_that_is_not_disabled_is_found() -> None:
    standings = {("first", device): ("failed", 1) for device in ("one", "two")}
    reports = [SeenReport(each, each, "first", "failed") for each in ("one", "two")]
    ledger = a_ledger()
    for device in ledger.devices[:2]:
        device.reports.append(
            Told(Step.REPORT, answer=Answer.YES, id=device.id, release="first", outcome="failed")
        )

    found = faults(ledger, seen(standings=standings, reports=reports))

    assert found == {Fault.NOT_DISABLED}


def test_a_surprising_answer_is_a_violation() -> None:
    ledger = a_ledger()
    ledger.courses[0].entries.append(Entry(Step.RELEASE, answer=Answer.NO, surprise="422"))

    assert faults(ledger, seen()) == {Fault.SURPRISING_ANSWER}
