"""Who was heard from, gathered in memory and written together every few seconds.

A check that finds nothing new writes nothing by itself: its contact is noted here, and its answer
counted. A process that is killed takes with it what was gathered last, and nothing else.

Not every contact is an event: a device that asks twice an hour is told of once in a while.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sealift.actions import told
from sealift.actions.system import System
from sealift.domain.checks import Status
from sealift.domain.names import Kind, Name
from sealift.domain.x509 import Certificate
from sealift.records import events, reported, rows, tallies
from sealift.records.fleet import COHORTS, DEVICES, Device
from sealift.records.reported import Heard
from sealift.records.transaction import Transaction

_CONNECTED: Final = "connected"
_AT_ONCE: Final = 500  # devices of one transaction
_TOLD: Final = 256  # characters of a header


class Contact(NamedTuple):
    """One request of a device. `headers` are those in which it says what it runs."""

    organization_id: str
    device_id: str
    certificate: Certificate
    ca: Certificate | None
    ip_address: str
    route: str
    headers: Mapping[str, str]
    at: datetime


class Contacts:
    """Of one process. `told_every` is the time between two events of a device."""

    def __init__(self, system: System, told_every: timedelta) -> None:
        self._system = system
        self._told_every = told_every
        self._gathered: dict[str, Contact] = {}
        self._answered = Counter[Status]()
        self._gathering = threading.Lock()
        self._flushing = threading.Lock()

    def note(self, contact: Contact) -> None:
        with self._gathering:
            self._gathered[contact.device_id] = contact

    def count(self, status: Status) -> None:
        with self._gathering:
            self._answered[status] += 1

    def flush(self) -> None:
        """Write what was gathered. What cannot be written now is kept for the next time."""
        with self._flushing:
            self._flush_contacts()
            self._flush_answers()

    def _flush_contacts(self) -> None:
        with self._gathering:
            gathered, self._gathered = self._gathered, {}
        left = sorted(gathered.values(), key=lambda it: (it.organization_id, it.device_id))
        try:
            while left:
                organization_id = left[0].organization_id
                some = [each for each in left[:_AT_ONCE] if each.organization_id == organization_id]
                with self._system.records.write(organization_id) as tx:
                    _write(tx, some, self._told_every)
                del left[: len(some)]
        finally:
            with self._gathering:
                for each in left:
                    self._gathered.setdefault(each.device_id, each)

    def _flush_answers(self) -> None:
        with self._gathering:
            answered, self._answered = self._answered, Counter[Status]()
        if not answered:
            return
        try:
            with self._system.records.write(None) as tx:
                tallies.add_checks(tx, answered)
        except BaseException:
            with self._gathering:
                self._answered.update(answered)
            raise


def _write(tx: Transaction, contacts: Sequence[Contact], told_every: timedelta) -> None:
    reported.keep_heard(tx, [Heard(each.device_id, each.at) for each in contacts])
    newest = max(each.at for each in contacts)
    names = {each.device_id: _name(each) for each in contacts}
    told_of = events.resources_of(tx, names.values(), _CONNECTED, newest - told_every)
    untold = [each for each in contacts if str(names[each.device_id]) not in told_of]
    devices = rows.by_id(tx, DEVICES, (each.device_id for each in untold))
    for each in untold:
        if each.device_id in devices:  # else it was deleted meanwhile
            data = _told(tx, devices[each.device_id], each)
            name = names[each.device_id]
            events.note(tx, str(name), _CONNECTED, name, each.at, data)


def _name(contact: Contact) -> Name:
    return Name(contact.organization_id, Kind.DEVICE, contact.device_id)


def _told(tx: Transaction, device: Device, contact: Contact) -> dict[str, Any]:
    cohort = None if device.cohort_id is None else rows.find(tx, COHORTS, device.cohort_id)
    return {
        "device": told.device(device, cohort),
        "ip_address": contact.ip_address,
        "certificate": told.certificate(contact.certificate),
        "ca_certificate": told.ca_certificate(contact.ca),
        "route": contact.route,
        "headers": {name: value[:_TOLD] for name, value in contact.headers.items()},
    }
