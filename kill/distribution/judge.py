"""Whether what is distributed agrees with what clients and devices were told before a kill.

Pure, as the other judge is.

    channels  each is legal, and what its last answer left, or that and all of one request more
    bundles   those that were acknowledged are there, whole
    claims    each that was acknowledged is there once, none that nobody made, and no more than
              the phase allowed
    reports   those that were acknowledged are there, each counted once, and acted on
    traces    no line in the audit without its event, no change without either, nor the reverse
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from kill.distribution.courses import Channel, channel_of, fits, places
from kill.distribution.ledger import Course, Device, Distributed, Plan, State
from kill.distribution.observed import Distribution
from kill.judge import Violation
from kill.ledger import Answer, Entry

_MOST_KEPT: Final = 20  # reports of one device on one release; older ones go
_FAILURES: Final = frozenset({"failed", "rolled_back"})


class Fault(StrEnum):
    SURPRISING_ANSWER = "surprising answer"
    CHANNEL_ILLEGAL = "channel is not legal"
    CHANNEL_OTHERWISE = "channel is neither as it was nor as it was asked to be"
    BUNDLE_LOST = "acknowledged bundle lost"
    BUNDLE_NOT_WHOLE = "bundle is not whole"
    BUNDLE_UNASKED = "bundle that nobody asked for"
    CLAIM_LOST = "acknowledged claim lost"
    CLAIM_UNASKED = "claim that nobody made"
    CLAIMED_TWICE = "claimed twice"
    TOO_MANY_CLAIMS = "more claims than the phase allowed"
    SAYING_LOST = "what a device said is lost"
    REPORT_LOST = "acknowledged report lost"
    REPORT_UNASKED = "report that nobody made"
    MISCOUNTED = "reports are not counted as they came"
    NOT_DISABLED = "not disabled, though enough devices failed"
    TRACES_DIFFER = "records, audit and events differ"


_Found = Iterator[tuple[Fault, str, str]]


def judge(ledger: Distributed, seen: Distribution) -> list[Violation]:
    found = [*_of_bundles(ledger, seen), *_of_traces(seen), *_of_claims(ledger, seen)]
    for course in ledger.courses:
        found += [*_of_answers(course.cohort, course.entries), *_of_channel(course, seen)]
    for device in ledger.devices:
        found += _of_answers(device.id, [*device.checks, *device.reports])
        found += _of_sayings(device, seen)
    found += _of_reports(ledger, seen)
    return [Violation(*each) for each in found]


def _of_answers(subject: str, entries: list[Entry]) -> _Found:
    for entry in entries:
        if entry.surprise is not None:
            yield Fault.SURPRISING_ANSWER, subject, f"{entry.step}: {entry.surprise}"


# --- channels ------------------------------------------------------------------------------------


def _of_channel(course: Course, seen: Distribution) -> _Found:
    channel = channel_of(seen, course.cohort)
    broken = _broken(channel)
    if broken is not None:
        yield Fault.CHANNEL_ILLEGAL, course.cohort, broken
        return
    found = places(channel)
    if not any(fits(found, state) for state in (course.state, course.wanted) if state is not None):
        detail = f"{_told(found)}, not {_told(course.state)}"
        if course.wanted is not None:
            detail += f" or {_told(course.wanted)}"
        yield Fault.CHANNEL_OTHERWISE, course.cohort, detail


def _broken(channel: Channel) -> str | None:
    latest = [each.name for each in channel.values() if each.next is None]
    if channel and len(latest) != 1:
        return f"{len(latest)} latest releases: {', '.join(latest)}"
    for each in channel.values():
        last, steps = each, 0
        while last.next is not None:
            if last.next not in channel:
                return f"{last.name} leads to what is not in the channel"
            last, steps = channel[last.next], steps + 1
            if steps > len(channel):
                return f"{each.name} leads back to itself"
        if each.next is not None and each.phase != 1:
            return f"{each.name} is phased, and not the latest"
    return None


def _told(state: State) -> str:
    return "; ".join(
        f"{name} → {place.next} at {place.phase}{' off' if place.disabled else ''}"
        for name, place in sorted(state.items())
    )


# --- bundles and traces --------------------------------------------------------------------------


def _of_bundles(ledger: Distributed, seen: Distribution) -> _Found:
    for bundle, entry in ledger.bundles.items():
        yield from _of_answers(bundle, [entry])
        if entry.answer is Answer.YES and bundle not in seen.bundles and not ledger.is_over:
            yield Fault.BUNDLE_LOST, bundle, "it was made and never deleted"
        if entry.answer is Answer.NO and bundle in seen.bundles:
            yield Fault.BUNDLE_UNASKED, bundle, "it was refused"
    for bundle, members in seen.bundles.items():
        if bundle not in ledger.bundles:
            yield Fault.BUNDLE_UNASKED, bundle, "it is there"
        elif members != ledger.bundles[bundle].index:
            expected = ledger.bundles[bundle].index
            yield Fault.BUNDLE_NOT_WHOLE, bundle, f"{members} of {expected} binaries"


def _of_traces(seen: Distribution) -> _Found:
    for what, subject in (seen.lines - seen.events) + (seen.events - seen.lines):
        counted = f"{seen.lines[what, subject]} lines, {seen.events[what, subject]} events"
        yield Fault.TRACES_DIFFER, subject, f"{what}: {counted}"
    there = {
        "release.created": Counter(seen.releases.keys()),
        "release.archived": Counter(each.id for each in seen.releases.values() if each.is_archived),
    }
    for what, expected in there.items():
        written = Counter(
            {subject: times for (each, subject), times in seen.lines.items() if each == what}
        )
        for subject in (written - expected) + (expected - written):
            yield Fault.TRACES_DIFFER, subject, f"{what}: {written[subject]} lines"
    made = {subject for what, subject in seen.lines if what == "bundle.created"}
    gone = {subject for what, subject in seen.lines if what == "bundle.deleted"}
    for subject in (made - gone) ^ seen.bundles.keys():
        yield Fault.TRACES_DIFFER, subject, "bundle and audit"
    for claim in (Counter(seen.claims) - Counter(seen.told_claims)) + (
        Counter(seen.told_claims) - Counter(seen.claims)
    ):
        yield Fault.TRACES_DIFFER, claim[0], f"claim of the device {claim[1]} and its event"
    for device, release in seen.reported.items():
        if seen.told_reported.get(device) != release:
            yield Fault.TRACES_DIFFER, device, "what it runs, and the event of that"


# --- claims --------------------------------------------------------------------------------------


def _of_claims(ledger: Distributed, seen: Distribution) -> _Found:
    plans = _plans(ledger, seen)
    claims = Counter(seen.claims)
    for (release, device), times in claims.items():
        if times > 1:
            yield Fault.CLAIMED_TWICE, release, f"{times} times by the device {device}"
    for device in ledger.devices:
        yield from _of_device(device, plans, claims)
    for release, times in Counter(release for release, _ in claims).items():
        plan = plans.get(release)
        if plan is not None and times > plan.most:
            yield Fault.TOO_MANY_CLAIMS, release, f"{times}, where {plan.most} were allowed"
    known = {each.id for each in ledger.devices}
    for release, device in claims:
        if release not in plans or device not in known:
            yield Fault.CLAIM_UNASKED, release, f"by the device {device}"


def _plans(ledger: Distributed, seen: Distribution) -> dict[str, Plan]:
    by_cohort = {course.cohort: course.plans for course in ledger.courses}
    return {
        each.id: by_cohort[each.cohort][each.name]
        for each in seen.releases.values()
        if each.name in by_cohort.get(each.cohort, {})
    }


def _of_device(
    device: Device, plans: Mapping[str, Plan], claims: Counter[tuple[str, str]]
) -> _Found:
    """Who was given a release while it was counted has claimed it."""
    is_open = any(each.answer is Answer.NONE for each in device.checks)
    counted = {
        each.given
        for each in device.checks
        if each.given is not None
        and each.given in plans
        and plans[each.given].counts(each.answered)
    }
    for release in device.claims | counted:
        if not claims[release, device.id]:
            yield Fault.CLAIM_LOST, release, f"by the device {device.id}"
    given = {each.given for each in device.checks} | device.claims
    for release, claimant in claims:
        if claimant == device.id and release not in given and not is_open:
            yield Fault.CLAIM_UNASKED, release, f"by the device {device.id}, which was answered"


# --- what devices say ----------------------------------------------------------------------------


def _of_sayings(device: Device, seen: Distribution) -> _Found:
    """On record is what it said with its last answer, or without one since."""
    if device.id not in seen.reported:
        return
    possible: set[str | None] = set()
    for check in reversed(device.checks):
        if check.answer is not Answer.NO:
            possible.add(check.said)
        if check.answer is Answer.YES:
            break
    else:
        possible.add(device.said)
    found = seen.reported[device.id]
    if found not in possible:
        yield Fault.SAYING_LOST, device.id, f"{found} is on record, not one of {possible}"


def _of_reports(ledger: Distributed, seen: Distribution) -> _Found:
    asked = {each.id: (device, each) for device in ledger.devices for each in device.reports}
    there = {each.id for each in seen.reports}
    kept = Counter((each.release, each.device) for each in seen.reports)
    for own, (device, entry) in asked.items():
        is_dropped = kept[entry.release, device.id] >= _MOST_KEPT
        if entry.answer is Answer.YES and own not in there and not is_dropped:
            yield Fault.REPORT_LOST, device.id, f"{entry.outcome} on the release {entry.release}"
    for report in seen.reports:
        if report.id not in asked or asked[report.id][1].answer is Answer.NO:
            yield Fault.REPORT_UNASKED, report.device, f"on the release {report.release}"
    yield from _of_standings(seen, kept)
    yield from _of_failures(ledger, seen)


def _of_standings(seen: Distribution, kept: Counter[tuple[str, str]]) -> _Found:
    due: dict[tuple[str, str], tuple[str, int]] = {}
    for each in seen.reports:
        _, failures = due.get((each.release, each.device), ("", 0))
        counted = failures + (each.outcome in _FAILURES)
        due[each.release, each.device] = each.outcome, counted
    for key in due.keys() | seen.standings.keys():
        release = seen.releases.get(key[0])
        if release is not None and release.is_archived:
            continue  # a report on it is kept and not counted, and which came first is not seen
        if kept[key] < _MOST_KEPT and due.get(key) != seen.standings.get(key):
            detail = (
                f"of the device {key[1]}: {due.get(key)} came, {seen.standings.get(key)} counted"
            )
            yield Fault.MISCOUNTED, key[0], detail


def _of_failures(ledger: Distributed, seen: Distribution) -> _Found:
    for release, plan in _plans(ledger, seen).items():
        failed = sum(
            outcome in _FAILURES
            for (of, _), (outcome, _) in seen.standings.items()
            if of == release
        )
        limit = plan.most_failures
        if limit is not None and failed >= limit and not seen.releases[release].disabled:
            yield Fault.NOT_DISABLED, release, f"{failed} devices failed, {limit} are too many"
