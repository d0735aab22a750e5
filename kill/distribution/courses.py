"""What each change makes of a channel, and whether a channel that is seen is that one."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kill.distribution.ledger import EVERYBODY, Course, Distributed, Place, State
from kill.distribution.observed import Distribution, SeenRelease
from kill.ledger import Answer

Channel = Mapping[str, SeenRelease]  # by id


def latest(state: State) -> str | None:
    return next((name for name, place in state.items() if place.next is None), None)


def before(state: State, name: str | None) -> list[str]:
    return [each for each, place in state.items() if place.next == name]


def released(state: State, name: str, place: Place) -> State:
    """As the latest."""
    after = {each: _leading_to(state[each], name) for each in before(state, None)}
    return {**state, **after, name: place}


def inserted(state: State, name: str, following: str, previous: str | None) -> State:
    after = {} if previous is None else {previous: _leading_to(state[previous], name)}
    return {**state, **after, name: Place(following)}


def phased(state: State, name: str, phase: Decimal) -> State:
    return {**state, name: replace(state[name], phase=phase)}


def archived(state: State, name: str) -> State:
    healed = {each: _leading_to(state[each], state[name].next) for each in before(state, name)}
    return {each: place for each, place in {**state, **healed}.items() if each != name}


def after(state: State, name: str) -> list[str]:
    """All that come after it, the latest last."""
    found: list[str] = []
    following = state[name].next
    while following is not None:
        found.append(following)
        following = state[following].next
    return found


def rolled_back(state: State, earlier: str, name: str) -> State:
    withdrawn = {each: replace(state[each], disabled=True) for each in after(state, earlier)}
    last = after(state, earlier)[-1]
    withdrawn[last] = replace(withdrawn[last], phase=EVERYBODY)
    return released({**state, **withdrawn}, name, Place(None))


def _leading_to(place: Place, name: str | None) -> Place:
    return replace(place, next=name)


# --- what is seen --------------------------------------------------------------------------------


def channel_of(seen: Distribution, cohort: str) -> Channel:
    return {
        each.id: each
        for each in seen.releases.values()
        if each.cohort == cohort and not each.is_archived
    }


def places(channel: Channel) -> State:
    """A legal channel as a ledger knows it."""
    return {
        each.name: Place(each.next and channel[each.next].name, each.phase, each.disabled)
        for each in channel.values()
    }


def fits(found: State, state: State) -> bool:
    def is_so(name: str, place: Place) -> bool:
        is_disabled_so = place.disabled is None or found[name].disabled == place.disabled
        return is_disabled_so and (found[name].next, found[name].phase) == (place.next, place.phase)

    return found.keys() == state.keys() and all(is_so(*each) for each in state.items())


def adopt(ledger: Distributed, seen: Distribution) -> None:
    """Go on from what is so, where it was not known. What is seen was judged."""
    for course in ledger.courses:
        _adopt_channel(course, channel_of(seen, course.cohort))
    there = {each.id for each in seen.reports}
    for device in ledger.devices:
        device.claims = frozenset(release for release, of in seen.claims if of == device.id)
        device.said = seen.reported.get(device.id)
        device.checks.clear()
        for report in device.reports:
            if report.answer is Answer.NONE:
                report.answer = Answer.YES if report.id in there else Answer.NO


def _adopt_channel(course: Course, channel: Channel) -> None:
    if course.wanted is not None and fits(places(channel), course.wanted):
        course.state = course.wanted
    course.wanted = None
    course.ids = {each.name: each.id for each in channel.values()}
