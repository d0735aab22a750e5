"""Those who distribute, and devices that ask: what each does next is chosen at random.

One client leads all channels. Devices are shared out among a few more, which compete for the
places of a release that counts them.
"""

import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from threading import Event
from typing import Any, Final
from uuid import UUID

import httpx

from kill.distribution import courses
from kill.distribution.grounds import Grounds
from kill.distribution.ledger import EVERYBODY, Check, Course, Device, Place, Plan, State, Told, now
from kill.ledger import Answer, Entry, Ledger, Step
from kill.stage import Clients
from kill.steps import RACES, Gone, answered

_NAP: Final = 0.01  # seconds between two requests: those for binaries need the server, too
_MOST: Final = 8  # releases of one channel
_LONG_AGO: Final = "2025-01-01T00:00:00Z"
_PHASES: Final = [Decimal(2), Decimal(2), Decimal("0.5"), EVERYBODY]
_RAISED: Final = {Decimal(2): Decimal(4), Decimal("0.5"): Decimal(4)}
_STALE: Final = RACES | {422}  # what a device was told of may be archived by now
_OUTCOMES: Final = ("installed", "failed", "rolled_back")
_CHANNEL: Final = (Step.RELEASE, Step.PHASE, Step.ARCHIVE, Step.ROLL_BACK)
_AIMED: Final = 0.7  # share of steps that serve the kill's aim


@dataclass(slots=True)
class Distributor:
    random: Random
    ledger: Ledger
    grounds: Grounds
    names: int = 0

    def work(self, clients: Clients, stop: Event) -> None:
        """Until the server is gone or `stop` is set."""
        try:
            while not stop.wait(_NAP):
                self._step(clients.api)
        except Gone:
            pass

    def _step(self, client: httpx.Client) -> None:
        course = self.random.choice(self.grounds.distributed.courses)
        wanted = self.ledger.wanted
        step = self.random.choices([Step.BUNDLE, *_CHANNEL], [1, 8, 6, 4, 1])[0]
        if wanted in _CHANNEL and self.random.random() < _AIMED:
            step = wanted
        match step:
            case Step.BUNDLE:
                self._bundle(client)
            case Step.ARCHIVE:
                self._archive(client, course)
            case Step.ROLL_BACK:
                self._roll_back(client, course)
            case Step.PHASE if _is_phased(course.state):
                self._raise(client, course)
            case _:
                self._release(client, course)

    def _bundle(self, client: httpx.Client) -> None:
        own = str(UUID(int=self.random.getrandbits(128), version=4))
        binaries = self.random.sample(
            self.grounds.binaries, self.random.randint(1, len(self.grounds.binaries))
        )
        body = {"id": own, "binaries": [{"prn": each} for each in binaries]}
        entry = Entry(Step.BUNDLE, index=len(binaries))
        self.grounds.distributed.bundles[own] = entry
        with self.ledger.under_way(Step.BUNDLE):
            answered(self.ledger, entry, lambda: client.post("/bundles", json=body))

    def _release(self, client: httpx.Client, course: Course) -> None:
        state, name = course.state, self._name()
        phase, limit = self.random.choice(_PHASES), self.random.choice([None, 2])
        inner = [each for each in state if courses.before(state, each)]
        if len(state) >= _MOST:
            self._archive(client, course)
        elif _is_phased(state) or (inner and self.random.random() < 0.4):
            self._insert(client, course, name)
        else:
            place = Place(None, phase, None if limit else False)
            body = {"phase_value": float(phase), "disable_after_failures": limit}
            self._create(client, course, name, courses.released(state, name, place), body)

    def _insert(self, client: httpx.Client, course: Course, name: str) -> None:
        """Ahead of a release, or between it and one before it."""
        state = course.state
        following = self.random.choice([each for each in state if each in course.ids])
        known = [each for each in courses.before(state, following) if each in course.ids]
        previous = self.random.choice([None, *known, *known])
        wanted = courses.inserted(state, name, following, previous)
        names = {"next_release_prn": following, "previous_release_prn": previous}
        body = {
            key: each and self.grounds.prn("release", course.ids[each])
            for key, each in names.items()
        }
        self._create(client, course, name, wanted, body)

    def _create(
        self, client: httpx.Client, course: Course, name: str, wanted: State, fields: dict[str, Any]
    ) -> None:
        bundle = self.random.choice(self.grounds.bundles)
        plan = Plan(wanted[name].phase, bundle, most_failures=fields.get("disable_after_failures"))
        plan.ask_for(wanted[name].phase, self.grounds.devices_each)
        course.plans[name] = plan
        body = {
            "cohort_prn": self.grounds.prn("cohort", course.cohort),
            "bundle_prn": self.grounds.prn("bundle", bundle),
            "name": name,
            "required": False,
            "schedule_date": _LONG_AGO,
            **fields,
        }
        self._change(
            course, Step.RELEASE, wanted, lambda: client.post("/releases", json=body), name
        )

    def _raise(self, client: httpx.Client, course: Course) -> None:
        name = courses.latest(course.state)
        if name is None or name not in course.ids:
            return
        phase = _RAISED.get(course.state[name].phase, EVERYBODY)
        course.plans[name].ask_for(phase, self.grounds.devices_each)
        self._change(
            course,
            Step.PHASE,
            courses.phased(course.state, name, phase),
            lambda: client.patch(self._path(course, name), json={"phase_value": float(phase)}),
        )

    def _archive(self, client: httpx.Client, course: Course) -> None:
        """Any but the latest, where more than one leads to that."""
        state = course.state
        is_free = len(courses.before(state, courses.latest(state))) < 2
        known = [each for each in state if each in course.ids]
        known = [each for each in known if is_free or state[each].next is not None]
        if len(known) > 1:
            name = self.random.choice(known)
            self._change(
                course,
                Step.ARCHIVE,
                courses.archived(state, name),
                lambda: client.delete(self._path(course, name)),
            )

    def _roll_back(self, client: httpx.Client, course: Course) -> None:
        state, name = course.state, self._name()
        known = [each for each, place in state.items() if place.next and each in course.ids]
        if not known or len(state) >= _MOST:
            self._archive(client, course)
            return
        earlier = self.random.choice(known)
        for each in courses.after(state, earlier)[-1:]:
            course.plans[each].ask_for(EVERYBODY, self.grounds.devices_each)
        course.plans[name] = Plan(EVERYBODY, course.plans[earlier].bundle)
        self._change(
            course,
            Step.ROLL_BACK,
            courses.rolled_back(state, earlier, name),
            lambda: client.post(f"{self._path(course, earlier)}/rollback", json={"name": name}),
            name,
        )

    def _change(
        self,
        course: Course,
        step: Step,
        wanted: State,
        request: Callable[[], httpx.Response],
        made: str | None = None,
    ) -> None:
        """`made` is the name of the release that the answer shows."""
        entry = Entry(step)
        course.entries.append(entry)
        try:
            with self.ledger.under_way(step):
                answer = answered(self.ledger, entry, request)
        finally:
            course.settle(entry, wanted)
        if made is not None and entry.answer is Answer.YES:
            course.ids = {**course.ids, made: answer.json()["release"]["prn"].rpartition(":")[2]}

    def _path(self, course: Course, name: str) -> str:
        return f"/releases/{self.grounds.prn('release', course.ids[name])}"

    def _name(self) -> str:
        self.names += 1
        return f"release {self.names}"


def _is_phased(state: State) -> bool:
    name = courses.latest(state)
    return name is not None and state[name].phase != EVERYBODY


# --- devices -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Devices:
    """Some of them, one after the other. They come to their own door if it is open."""

    random: Random
    ledger: Ledger
    grounds: Grounds
    own: list[Device]
    authority: str  # the path of it
    clients: dict[str, httpx.Client] = field(default_factory=dict[str, httpx.Client])

    def work(self, clients: Clients, stop: Event) -> None:
        with ExitStack() as opened:
            self.clients.clear()
            if clients.devices is not None:
                for device in self.own:
                    context = ssl.create_default_context(cafile=self.authority)
                    context.load_cert_chain(*self.grounds.certificates[device.id])
                    client = httpx.Client(base_url=clients.devices, verify=context, timeout=30)
                    self.clients[device.id] = opened.enter_context(client)
            try:
                while not stop.wait(_NAP):
                    self._step(clients.api)
            except Gone:
                pass

    def _step(self, client: httpx.Client) -> None:
        device = self.random.choice(self.own)
        course = next(
            each for each in self.grounds.distributed.courses if each.cohort == device.cohort
        )
        names = {own: name for name, own in course.ids.items()}
        if device.id in self.clients and device.given in names and self.random.random() < 0.5:
            self._report(device, device.given, course.plans[names[device.given]].bundle)
        else:
            self._check(client, device, self.random.choice([*names, None]))

    def _check(self, client: httpx.Client, device: Device, said: str | None) -> None:
        check = Check(Step.CHECK, said=said)
        device.checks.append(check)
        release = None if said is None else self.grounds.prn("release", said)
        at_its_door = self.clients.get(device.id)
        with self.ledger.under_way(Step.CHECK):
            if at_its_door is not None:
                headers = {"peridio-release-prn": release or "", "peridio-release-version": "0.0.1"}
                answer = answered(
                    self.ledger,
                    check,
                    lambda: at_its_door.get(
                        "/update", params={"expand[]": "release.prn"}, headers=headers
                    ),
                )
            else:
                body = {"release_prn": release, "release_version": "0.0.1", "write": True}
                path = f"/devices/{device.prn}/update"
                answer = answered(self.ledger, check, lambda: client.post(path, json=body))
        check.answered = now()
        if check.answer is Answer.YES:
            check.given = device.given = _given(answer.json())

    def _report(self, device: Device, release: str, bundle: str) -> None:
        own = str(UUID(int=self.random.getrandbits(128), version=4))
        outcome = self.random.choice(_OUTCOMES)
        told = Told(Step.REPORT, id=own, release=release, outcome=outcome)
        device.reports.append(told)
        body = {
            "id": own,
            "outcome": outcome,
            "release_prn": self.grounds.prn("release", release),
            "bundle_prn": self.grounds.prn("bundle", bundle),
        }
        with self.ledger.under_way(Step.REPORT):
            answered(
                self.ledger,
                told,
                lambda: self.clients[device.id].post("/device/reports", json=body),
                _STALE,
            )


def _given(answer: dict[str, Any]) -> str | None:
    """The id of a release, as either door tells it."""
    release: dict[str, Any] = answer.get("release") or {"prn": answer.get("source_prn")}
    prn: str | None = release["prn"]
    return prn and prn.rpartition(":")[2]
