"""Distribution as it is promised, in plain Python.

Each method is one request: it says which answer is due, changes what should change, and notes
which lines of the audit and which events that has to leave. A refusal leaves none.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sealift.domain import checks
from tests.actions.distribution.records import FAILURES, Device, Override, Release, Said, due
from tests.actions.expected import DONE, FORBIDDEN, MADE, REMOVED, UNKNOWN, Due
from tests.domain.plain_resolution import Told, plain_resolve

_TOLD_AGAIN: Final = timedelta(days=1)
_REFUSED_AGAIN: Final = timedelta(hours=1)
_EVENTFUL: Final = {"binary", "bundle", "release"}
_PAST: Final = {"binary.destroy": "binary.destroyed"}


@dataclass(slots=True)
class Model:
    """One organization. `ours` is what its names begin with."""

    ours: str
    now: datetime
    cohorts: list[str] = field(default_factory=list[str])
    binaries: dict[str, bool] = field(default_factory=dict[str, bool])  # → whether it is signed
    bundles: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    releases: dict[str, Release] = field(default_factory=dict[str, Release])
    overrides: dict[str, Override] = field(default_factory=dict[str, Override])
    devices: dict[str, Device] = field(default_factory=dict[str, Device])
    reports: dict[str, tuple[str, str | None, str]] = field(
        default_factory=dict[str, tuple[str, str | None, str]]
    )
    lines: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    events: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    met: Counter[str] = field(default_factory=Counter[str])

    def _note(self, action: str, prn: str) -> None:
        """A line in the audit, and an event as well if it is about what is given to devices."""
        self.lines[action, prn] += 1
        kind = action.partition(".")[0]
        if kind in _EVENTFUL:
            self.events[_PAST.get(action, action), prn] += 1

    # --- channels --------------------------------------------------------------------------------

    def channel(self, cohort: str | None) -> dict[str, Release]:
        return {
            prn: each
            for prn, each in self.releases.items()
            if each.cohort == cohort and not each.is_archived
        }

    def latest(self, cohort: str) -> Release | None:
        return next((each for each in self.channel(cohort).values() if each.next is None), None)

    def before(self, release: Release) -> list[Release]:
        return [each for each in self.channel(release.cohort).values() if each.next == release.prn]

    def _live(self, prn: str) -> Release | None:
        found = self.releases.get(prn)
        return None if found is None or found.is_archived else found

    def create_release(self, new: Release, previous: str | None) -> Due:
        if new.phase_value is None and new.phase_mode == "numeric":
            new.phase_value = Decimal(1)
        faults = [] if new.bundle in self.bundles else ["bundle_prn"]
        faults += new.faults() + self._misplaced(new, previous)
        return due(faults, MADE)

    def _misplaced(self, new: Release, previous: str | None) -> list[str]:
        channel, latest = self.channel(new.cohort), self.latest(new.cohort)
        one_before = channel.get(previous or "")
        is_before = one_before is not None and one_before.next == new.next is not None
        faults = [] if previous is None or is_before else ["previous_release_prn"]
        if new.next is not None:
            faults += [] if new.next in channel else ["next_release_prn"]
            return faults + new.limits(self.now)
        is_held = latest is not None and latest.limits(self.now)
        return [*faults, "cohort_prn"] if is_held else faults

    def created_release(self, new: Release, previous: str | None) -> None:
        latest = self.latest(new.cohort)
        one_before = self.releases[previous] if previous else None if new.next else latest
        if one_before is not None:
            one_before.next = new.prn
            self._note("release.changed", one_before.prn)
        self.releases[new.prn] = new
        self._note("release.created", new.prn)

    def patch_release(self, prn: str, asked: Mapping[str, Any]) -> Due:
        before = self._live(prn)
        if before is None:
            return UNKNOWN
        if not asked:
            return DONE
        after = replace(before, **asked)
        faults = after.faults()
        if before.is_complete and not after.is_complete:
            faults.append("phase_value" if after.phase_mode == "numeric" else "phase_mode")
        if after.next != before.next and not self._leads_on(after):
            faults.append("next_release_prn")
        if after.next is not None:
            faults += after.limits(self.now)
        if faults:
            return due(faults)
        for name, value in asked.items():
            setattr(before, name, value)
        self._note("release.changed", prn)
        return DONE

    def _leads_on(self, after: Release) -> bool:
        """Whether its next one is of the same channel, and does not lead back to it."""
        channel = self.channel(after.cohort)
        following = channel.get(after.next or "")
        if following is None:
            return False
        while following is not None and following.prn != after.prn:
            following = channel.get(following.next or "")
        return following is None

    def archive(self, prn: str) -> Due:
        release = self._live(prn)
        if release is None:
            return UNKNOWN
        before = self.before(release)
        if release.next is None and len(before) > 1:
            return Due(409, "releases")
        for each in before:
            each.next = release.next
            self._note("release.changed", each.prn)
        release.is_archived = True
        self._note("release.archived", prn)
        return REMOVED

    def roll_back(self, prn: str) -> Due:
        earlier = self._live(prn)
        if earlier is None:
            return UNKNOWN
        faults = ["bundle_prn"] if earlier.bundle in self.unservable() else []
        faults += [] if earlier.next else ["release_prn"]
        return due(faults, MADE)

    def rolled_back(self, prn: str, made: str) -> None:
        earlier = self.releases[prn]
        following = earlier.next
        while following is not None:
            release = self.releases[following]
            asked: dict[str, Any] = {"disabled": True, "required": False}
            if release.next is None:
                date = min(release.schedule_date, self.now)
                asked |= {"phase_mode": "numeric", "phase_value": Decimal(1), "schedule_date": date}
            changes = {name for name, value in asked.items() if getattr(release, name) != value}
            for name in changes:
                setattr(release, name, asked[name])
            if changes:
                self._note("release.changed", following)
            following = release.next
        new = Release(made, earlier.cohort, earlier.bundle, None, self.now, self.now)
        new.phase_value, new.version = Decimal(1), earlier.version
        self.created_release(new, None)
        self._note("release.rolled_back", made)

    # --- bundles and binaries --------------------------------------------------------------------

    def unservable(self) -> frozenset[str]:
        return frozenset(
            prn
            for prn, members in self.bundles.items()
            if not all(self.binaries[each] for each in members)
        )

    def create_bundle(self, members: list[str]) -> Due:
        is_ready = all(self.binaries.get(each, False) for each in members)
        return MADE if is_ready and len(set(members)) == len(members) else Due(422, "binaries")

    def created_bundle(self, prn: str, members: list[str]) -> None:
        self.bundles[prn] = members
        self._note("bundle.created", prn)

    def delete_bundle(self, prn: str) -> Due:
        if prn not in self.bundles:
            return UNKNOWN
        users = {
            "releases": any(
                each.bundle == prn for each in self.releases.values() if not each.is_archived
            ),
            "bundle_overrides": any(each.bundle == prn for each in self.overrides.values()),
        }
        blamed = [name for name, is_using in users.items() if is_using]
        if blamed:
            return Due(409, blamed[0] if len(blamed) == 1 else None)
        del self.bundles[prn]
        self._note("bundle.deleted", prn)
        return REMOVED

    def destroy(self, prn: str) -> Due:
        if self.binaries[prn]:
            self.binaries[prn] = False
            self._note("binary.destroy", prn)
            self._note("binary.content_erased", prn)
        return DONE

    # --- overrides -------------------------------------------------------------------------------

    def create_override(self, bundle: str, starts: datetime, ends: datetime | None) -> Due:
        if bundle not in self.bundles:
            return Due(422, "bundle_prn")
        return MADE if ends is None or ends > starts else Due(422, "ends_at")

    def created_override(self, new: Override) -> None:
        self.overrides[new.prn] = new
        self._note("bundle_override.created", new.prn)

    def patch_override(self, prn: str, asked: Mapping[str, Any]) -> Due:
        before = self.overrides.get(prn)
        if before is None:
            return UNKNOWN
        after = replace(before, **asked)
        answer = self.create_override(after.bundle, after.starts_at, after.ends_at)
        if answer != MADE:
            return answer
        if asked:
            self.overrides[prn] = after
            self._note("bundle_override.changed", prn)
        return DONE

    def delete_override(self, prn: str) -> Due:
        if self.overrides.pop(prn, None) is None:
            return UNKNOWN
        self._note("bundle_override.deleted", prn)
        return REMOVED

    def list_device(self, prn: str, device: str) -> Due:
        override = self.overrides.get(prn)
        if override is None:
            return UNKNOWN
        if device not in self.devices or device in override.devices:
            return Due(422, "device_prn")
        override.devices.append(device)
        self._note("bundle_override.device_added", prn)
        return MADE

    def unlist_device(self, prn: str, device: str) -> Due:
        override = self.overrides.get(prn)
        if override is None or device not in override.devices:
            return UNKNOWN
        override.devices.remove(device)
        self._note("bundle_override.device_removed", prn)
        return REMOVED

    # --- devices ---------------------------------------------------------------------------------

    def created_device(self, new: Device) -> None:
        self.devices[new.prn] = new
        self._note("device.created", new.prn)

    def patch_device(self, prn: str, asked: Mapping[str, Any]) -> Due:
        device = self.devices.get(prn)
        if device is None:
            return UNKNOWN
        changes = {name: value for name, value in asked.items() if getattr(device, name) != value}
        for name, value in changes.items():
            setattr(device, name, value)
        if changes:
            self._note("device.changed", prn)
            self.events["device.updated", prn] += 1
        return DONE

    def delete_device(self, prn: str) -> Due:
        """What it claimed still counts, and so does what it reported."""
        if self.devices.pop(prn, None) is None:
            return UNKNOWN
        for override in self.overrides.values():
            override.devices = [each for each in override.devices if each != prn]
        self._note("device.deleted", prn)
        return REMOVED

    def devices_in(self, cohort: str | None) -> int:
        return sum(each.cohort == cohort and not each.archived for each in self.devices.values())

    # --- what devices are given and say ----------------------------------------------------------

    def lets_in(self, device: Device) -> bool:
        """Whether its door does; that an archived one came is told once in a while."""
        is_known = device.prn in self.devices
        is_told = device.refused_at is not None and device.refused_at > self.now - _REFUSED_AGAIN
        if is_known and device.archived and not is_told:
            device.refused_at = self.now
            self.events["device.authentication_failed", device.prn] += 1
        return is_known and not device.archived

    def resolve(self, device: Device, said: Said) -> Told:
        channel = self.channel(device.cohort).values()
        asking = checks.Device(
            id=device.prn,
            cohort_id=device.cohort,
            quarantined=device.quarantined,
            tags=frozenset(device.tags or ()),
            claims=frozenset(each.prn for each in channel if device.prn in each.claims),
            failures={each.prn: each.failures.get(device.prn, 0) for each in channel},
        )
        overrides = [each for each in self.overrides.values() if device.prn in each.devices]
        return plain_resolve(
            asking,
            [each.as_asked() for each in overrides],
            said.as_asked(self.ours),
            checks.Channel(
                [each.as_asked() for each in channel],
                self.devices_in(device.cohort),
                {each.prn: len(each.claims) for each in channel},
            ),
            self.unservable(),
            self.now,
            self.met,
        )

    def check(self, device: Device, said: Said) -> Told:
        """One that may leave traces: what the device said, a claim, and what it was told."""
        told = self.resolve(device, said)
        if said and said.kept(self.ours) != device.said:
            device.said = said.kept(self.ours)
            self.events["device.release_changed", device.prn] += 1
        if told.claims:
            release = self.releases[told.source_id or ""]
            assert device.prn not in release.claims
            assert release.has_room(self.devices_in(device.cohort)), "more than its phase allows"
            release.claims.append(device.prn)
            self.events["device.claimed_release", device.prn] += 1
        if told.source_id is not None and told.bundle_id is not None:
            offer = told.source_id, told.bundle_id
            device.told = offer
            told_at = device.offers.get(offer)
            if told_at is None or told_at < self.now - _TOLD_AGAIN:
                device.offers[offer] = self.now
                self.events["device.checked_for_release", device.prn] += 1
        return told

    def report(
        self, device: Device, own: str, outcome: str, bundle: str, release: str | None
    ) -> Due:
        if not self.lets_in(device):
            return FORBIDDEN
        if own in self.reports:
            return MADE if self.reports[own][0] == device.prn else Due(422, "id")
        about = self.releases.get(release or "")
        if bundle not in self.bundles:
            return Due(422, "bundle_prn")
        if release is not None and about is None:
            return Due(422, "release_prn")
        if about is not None and about.bundle != bundle:
            return Due(422, "bundle_prn")
        self.reports[own] = device.prn, release, outcome
        if about is not None and about.prn in self.channel(device.cohort):
            self._count(about, device, outcome)
        return MADE

    def _count(self, release: Release, device: Device, outcome: str) -> None:
        has_failed = outcome in FAILURES
        release.outcomes[device.prn] = outcome
        release.failures[device.prn] = release.failures.get(device.prn, 0) + has_failed
        is_enough = release.has_failed_enough(self.devices_in(release.cohort))
        if has_failed and is_enough and not release.disabled:
            release.disabled = True
            self._note("release.disabled_by_failures", release.prn)

    def retry(self, prn: str, device: str) -> Due:
        release = self._live(prn)
        if release is None:
            return UNKNOWN
        if device not in self.devices:
            return Due(422, "device_prn")
        if release.failures.get(device):
            release.failures[device] = 0
            self._note("release.retried", prn)
        return MADE
