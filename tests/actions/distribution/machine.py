"""Random calls about what devices should run, each compared with the model.

The machine plays whoever distributes, each device, and a stranger. Meanwhile time passes, and
binaries are destroyed under what is distributed.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import (
    SearchStrategy,
    booleans,
    fixed_dictionaries,
    integers,
    just,
    none,
    sampled_from,
)

from tests.actions.distribution.agreement import channels_agree, counts_agree, devices_agree
from tests.actions.distribution.compared import Compared
from tests.actions.distribution.records import Device, Release, Said
from tests.actions.distribution.strangers import Stranger
from tests.actions.weights import Calls, Step
from tests.yard import Yard

_calls = Calls()
call = _calls.call

_ONE: Final = Decimal(1)
_VALUES: Final = [*map(Decimal, ("0", "0.25", "0.5", "2", "3", "1.5")), _ONE, _ONE, None]
_VERSIONS: Final = [None, "0.9.0", "1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0"]
_REQUIREMENTS: Final = [None, None, "~> 1.0", ">= 1.0.0 and < 2.0.0", "> 2.0.0-rc.0"]
_BY_NOW: Final = [0, 0, 0, 0, -60, 60]  # minutes from now

# Which of those that are there: counted from the newest, and round, so that it names one.
numbers = integers(0, 6)
cohorts = integers(0, 1)
limits: SearchStrategy[dict[str, Any]] = fixed_dictionaries(
    {},
    optional={
        "required": sampled_from([False, False, True]),
        "disabled": sampled_from([False, False, True]),
        "phase_mode": sampled_from(["numeric", "numeric", "tags"]),
        "phase_value": sampled_from(_VALUES),
        "phase_tags": sampled_from([None, (), ("early",), ("early", "late")]),
        "version": sampled_from([*_VERSIONS, *_VERSIONS, "1.0"]),
        "version_requirement": sampled_from([*_REQUIREMENTS, *_REQUIREMENTS, "about 1"]),
        "retry_limit": sampled_from([None, 1, 2]),
        "disable_after_failures": sampled_from([None, 1, 2]),
        "disable_after_failure_share": sampled_from([None, Decimal("0.5"), Decimal("0.9")]),
    },
)
of_the_latest: SearchStrategy[dict[str, Any]] = fixed_dictionaries(
    {
        "phase_value": sampled_from([_ONE, *map(Decimal, ("0", "0.25", "0.5", "2", "3"))]),
        "version": sampled_from(_VERSIONS),
        "retry_limit": sampled_from([None, 1]),
    },
    optional={
        "required": sampled_from([False, False, True]),
        "disabled": sampled_from([False, True]),
        "disable_after_failures": just(2),
    },
)
statements = sampled_from([*["as before"] * 2, *["as told"] * 3, *["any"] * 3, "nothing", "theirs"])


class Machine(RuleBasedStateMachine):
    """Each example has a yard of its own, which a subclass provides."""

    def new_yard(self) -> AbstractContextManager[Yard]:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self._opened = self.new_yard()
        self.yard = self._opened.__enter__()
        self.stranger = Stranger(self.yard)
        self.both = Compared(self.yard)
        self.model = self.both.model
        self.gone: dict[str, Device] = {}  # devices that were deleted
        self.reports = 0
        self.turn = 0
        for _ in range(2):
            self.both.sign_another()
        for number, tags in enumerate([["early"], ["late", "other"], None, None]):
            self.both.create_device(self.model.cohorts[number == 3], tags)
        for number in range(2):
            self.creates_a_bundle(number, number + 1)
            self.goes_on(number, number, {})

    def teardown(self) -> None:
        devices_agree(self.yard, self.model)
        for device in self.model.devices.values():
            self.both.explained(device)
        self.both.traces_agree()  # none of those who look leaves any
        self.stranger.sees_nothing()
        self._opened.__exit__(None, None, None)

    def _which(self, kind: str, known: Iterable[str], number: int) -> str:
        names = [*known] or [self.both.name(kind)]
        return names[-1 - number % len(names)]

    def _release(self, number: int) -> str:
        return self._which("release", self.model.releases, number)

    def _bundle(self, number: int) -> str:
        return self._which("bundle", self.model.bundles, number)

    def _override(self, number: int) -> str:
        return self._which("bundle_override", self.model.overrides, number)

    def _device(self, number: int) -> Device:
        known = self.model.devices or {"": Device(self.both.name("device"), None)}
        return known[self._which("device", known, number)]

    def _at(self, minutes: int) -> datetime:
        return self.yard.clock.moment + timedelta(minutes=minutes)

    # --- channels --------------------------------------------------------------------------------

    @call(9, cohort=cohorts, bundle=numbers, asked=of_the_latest)
    def goes_on(self, cohort: int, bundle: int, asked: dict[str, Any]) -> None:
        """As one who distributes should: the latest to everybody, then a new one."""
        prn = self.model.cohorts[cohort]
        latest = self.model.latest(prn)
        if latest is not None and not latest.is_complete:
            self.both.patch_release(latest.prn, {"phase_mode": "numeric", "phase_value": _ONE})
        if latest is not None:
            self.both.patch_release(latest.prn, {"schedule_date": self._at(-1)})
        else:
            asked = {**asked, "version": "1.0.0", "version_requirement": "< 1.0.0"}
        self.both.create_release(prn, self._bundle(bundle), asked)

    @call(
        6,
        cohort=cohorts,
        bundle=numbers,
        place=sampled_from(["latest", "ahead", "between", "between", "anywhere"]),
        one=numbers,
        other=numbers,
        minutes=sampled_from(_BY_NOW),
        asked=limits,
    )
    def creates_a_release(
        self,
        cohort: int,
        bundle: int,
        place: str,
        one: int,
        other: int,
        minutes: int,
        asked: dict[str, Any],
    ) -> None:
        prn = self.model.cohorts[cohort]
        following = self._which("release", self.model.channel(prn), one)
        ways = {
            "latest": (None, None),
            "ahead": (following, None),
            "between": (following, self._before(following, other)),
            "anywhere": (self._release(one), self._release(other)),
        }
        asked = {**asked, "schedule_date": self._at(minutes)}
        self.both.create_release(prn, self._bundle(bundle), asked, *ways[place])

    def _before(self, prn: str, number: int) -> str:
        known = self.model.releases.get(prn)
        before = [] if known is None else [each.prn for each in self.model.before(known)]
        return self._which("release", before or self.model.releases, number)

    @call(6, number=numbers, other=numbers, asked=limits, also=sampled_from(["", "next", "date"]))
    def changes_a_release(self, number: int, other: int, asked: dict[str, Any], also: str) -> None:
        more: dict[str, Any] = {
            "": {},
            "next": {"next": None if other == 6 else self._release(other)},
            "date": {"schedule_date": self._at(60 if other > 2 else -60)},
        }
        self.both.patch_release(self._release(number), {**asked, **more[also]})

    @call(4, cohort=cohorts, value=sampled_from(_VALUES))
    def moves_a_phase(self, cohort: int, value: Decimal | None) -> None:
        latest = self.model.latest(self.model.cohorts[cohort])
        if latest is not None:
            self.both.patch_release(latest.prn, {"phase_value": value})

    @call(2, number=numbers)
    def archives(self, number: int) -> None:
        self.both.archive(self._release(number))

    @call(2, cohort=cohorts)
    def archives_where_ways_meet(self, cohort: int) -> None:
        channel = self.model.channel(self.model.cohorts[cohort]).values()
        inner = [each for each in channel if each.next is not None]
        if inner:
            most = max(inner, key=lambda each: len(self.model.before(each)))
            self.both.archive(most.prn)

    @call(2, number=numbers)
    def rolls_back(self, number: int) -> None:
        self.both.roll_back(self._release(number))

    # --- bundles and binaries --------------------------------------------------------------------

    @call(2, first=numbers, count=integers(1, 3))
    def creates_a_bundle(self, first: int, count: int) -> None:
        """Of binaries of which some may be destroyed, and one may be there twice."""
        members = [
            self._which("binary", self.model.binaries, first + each) for each in range(count)
        ]
        self.both.create_bundle(members if count < 3 else list(dict.fromkeys(members)))

    @call(1, number=numbers)
    def deletes_a_bundle(self, number: int) -> None:
        self.both.delete_bundle(self._bundle(number))

    @call(1, number=numbers)
    def destroys_a_binary(self, number: int) -> None:
        """And brings another, so that there is something to distribute."""
        self.both.destroy(self._which("binary", self.model.binaries, number))
        self.both.traces_agree()
        self.both.sign_another()
        self.creates_a_bundle(0, 1)

    # --- overrides -------------------------------------------------------------------------------

    @call(
        2,
        bundle=numbers,
        starts=sampled_from([-90, -60, -60, 60]),
        lasts=none() | sampled_from([90, 0]),
        devices=integers(0, 2),
    )
    def creates_an_override(
        self, bundle: int, starts: int, lasts: int | None, devices: int
    ) -> None:
        begins = self._at(starts)
        ends = None if lasts is None else begins + timedelta(minutes=lasts)
        made = self.both.create_override(self._bundle(bundle), begins, ends)
        for number in range(devices if made else 0):
            self.both.list_device(made or "", self._device(number + devices).prn)

    @call(2, number=numbers, bundle=numbers, starts=sampled_from([-90, -60, 60, None]))
    def changes_an_override(self, number: int, bundle: int, starts: int | None) -> None:
        asked = {} if starts is None else {"starts_at": self._at(starts), "ends_at": None}
        self.both.patch_override(self._override(number), {**asked, "bundle": self._bundle(bundle)})

    @call(1, number=numbers)
    def deletes_an_override(self, number: int) -> None:
        self.both.delete_override(self._override(number))

    @call(2, number=numbers, device=numbers, is_added=booleans())
    def changes_who_is_listed(self, number: int, device: int, *, is_added: bool) -> None:
        way = self.both.list_device if is_added else self.both.unlist_device
        way(self._override(number), self._device(device).prn)

    # --- devices ---------------------------------------------------------------------------------

    @call(1, cohort=none() | cohorts, tags=sampled_from([None, ["early"], []]))
    def creates_a_device(self, cohort: int | None, tags: list[str] | None) -> None:
        self.both.create_device(None if cohort is None else self.model.cohorts[cohort], tags)

    @call(
        3,
        number=numbers,
        cohort=none() | cohorts,
        asked=fixed_dictionaries(
            {},
            optional={
                "quarantined": sampled_from([False, False, False, True]),
                "archived": sampled_from([False, True]),
                "tags": sampled_from([None, ["early"], ["late"]]),
            },
        ),
    )
    def changes_a_device(self, number: int, cohort: int | None, asked: dict[str, Any]) -> None:
        if cohort is not None:
            asked = {**asked, "cohort": self.model.cohorts[cohort]}
        self.both.patch_device(self._device(number).prn, asked)

    @call(1, number=numbers)
    def deletes_a_device(self, number: int) -> None:
        device = self._device(number)
        if len(self.model.devices) > 3:
            self.gone[device.prn] = device
            self.both.delete_device(device.prn)

    # --- checks and reports ----------------------------------------------------------------------

    @call(6, number=numbers, how=statements, which=numbers, version=sampled_from(_VERSIONS))
    def is_asked_for(self, number: int, how: str, which: int, version: str | None) -> None:
        """By an administrator, once to see and once as if the device itself had asked."""
        device = self._device(number)
        said = self._said(device, how, which, version)
        if device.prn in self.model.devices:
            self.both.ask_for(device, said, write=False)
            self.both.traces_agree()
            self.both.ask_for(device, said, write=True)

    @call(6, number=numbers, how=statements, which=numbers, version=sampled_from(_VERSIONS))
    def asks(self, number: int, how: str, which: int, version: str | None) -> None:
        device = self._device(number)
        if device.prn in self.model.devices:
            self.both.ask(device, self._said(device, how, which, version))

    @call(8, number=numbers, outcome=sampled_from(["installed", "failed", "failed"]))
    def updates(self, number: int, outcome: str) -> None:
        """As devices do: take what is given, say what became of it, and ask once more."""
        device = self._device(number)
        if device.prn not in self.model.devices:
            return
        self.both.ask(device, self._said(device, "as before", 0, None))
        if device.told is not None:
            self._reports(device, outcome, device.told[1], device.told[0])
        is_new = outcome == "installed"
        self.both.ask(device, self._said(device, "as told" if is_new else "as before", 0, None))

    @call(1, number=numbers)
    def asks_though_it_was_deleted(self, number: int) -> None:
        if self.gone:
            device = self.gone[self._which("device", self.gone, number)]
            self.both.ask(device, device.said)

    def _said(self, device: Device, how: str, which: int, version: str | None) -> Said:
        told = device.told
        given = self.model.releases.get(told[0]) if told else None
        match how:
            case "as told" if told is not None:
                return Said(given and given.prn, told[1], given and given.version)
            case "any":
                release = None if which > 4 else self._release(which)
                bundle = None if which % 2 else self._bundle(which)
                return Said(release, bundle, version)
            case "nothing":
                return Said(version=version if which > 1 else None)
            case "theirs":
                theirs = self.stranger.cohort.rpartition(":cohort:")[0]
                release = self._release(which).replace(self.model.ours, theirs)
                return Said(release, None, "1.0" if which % 2 else version)
            case _:
                return device.said or Said(version="0.9.0")

    @call(
        7,
        number=numbers,
        about=sampled_from(["told", "told", "told", "any", "bundle"]),
        which=numbers,
        outcome=sampled_from(["installed", "failed", "failed", "rolled_back"]),
        again=sampled_from([0, 0, 1]),
    )
    def reports_an_update(
        self, number: int, about: str, which: int, outcome: str, again: int
    ) -> None:
        device = self._device(number)
        if device.prn not in self.model.devices:
            return
        known: Release | None = self.model.releases.get(self._release(which))
        if about == "told" and device.told is not None:
            known = self.model.releases.get(device.told[0])
        bundle = known.bundle if known and which != 5 else self._bundle(which)
        self.reports -= again  # with the id of the one before
        self._reports(device, outcome, bundle, known.prn if known and about != "bundle" else "")

    def _reports(self, device: Device, outcome: str, bundle: str, source: str) -> None:
        self.reports += 1
        own = str(UUID(int=self.reports, version=4))
        release = source if source in self.model.releases else None
        self.both.report(device, own, outcome, bundle, release)

    @call(1, number=numbers, device=numbers)
    def tries_again(self, number: int, device: int) -> None:
        self.both.retry(self._release(number), self._device(device).prn)

    # --- time and strangers ----------------------------------------------------------------------

    @call(2, minutes=sampled_from([45, 65, 25 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.yard.clock.pass_time(timedelta(minutes=minutes))

    @call(2, number=numbers, which=integers(0, 30))
    def a_stranger_calls(self, number: int, which: int) -> None:
        ours = {
            "bundle": self._bundle(number),
            "release": self._release(number),
            "bundle_override": self._override(number),
            "device": self._device(number).prn,
            "cohort": self.model.cohorts[0],
        }
        self.stranger.is_refused(ours, which)

    # --- one step, and what always holds ----------------------------------------------------------

    @rule(step=_calls.steps)
    def happens(self, step: Step) -> None:
        name, arguments = step
        getattr(self, name)(**arguments)

    @invariant()
    def everything_agrees(self) -> None:
        self.both.traces_agree()
        channels_agree(self.yard, self.model)
        counts_agree(self.yard, self.model)
        said = [each for each in self.model.devices.values() if each.said]
        self.turn += 1
        if said:
            self.both.explained(said[self.turn % len(said)])
