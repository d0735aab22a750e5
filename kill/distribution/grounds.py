"""What there is to distribute, and to whom, before the first kill; and taking it away at last."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import httpx

from kill.distribution.ledger import Course, Device, Distributed
from kill.lead import comes_to_be_signed
from kill.ledger import Account, Answer, Content, Entry, Step
from kill.steps import Hand
from tests.certificates import a_device

_COHORTS: Final = 2
_DEVICES: Final = 6  # of each cohort
_BINARIES: Final = 3


@dataclass(slots=True)
class Grounds:
    """`bundles` are those that are released, by their ids; `certificates` are files."""

    ours: str  # how names of the organization begin
    distributed: Distributed = field(default_factory=Distributed)
    binaries: list[str] = field(default_factory=list[str])
    bundles: list[str] = field(default_factory=list[str])
    certificates: dict[str, tuple[Path, Path]] = field(default_factory=dict[str, tuple[Path, Path]])
    devices_each: int = _DEVICES

    def prn(self, kind: str, own: str) -> str:
        return f"{self.ours}:{kind}:{own}"


def prepared(hand: Hand, random: Random, folder: Path) -> Grounds:
    """The binaries are on the ledger of the others, and judged as all of those are."""
    client = hand.clients.api
    product = _made(client, "/products", "product", name="killed")
    made = Grounds(product.rpartition(":product:")[0])
    for _ in range(_BINARIES):
        own = _id(random)
        account = Account(own, Content(own, (100,)))
        hand.ledger.accounts[own] = account
        comes_to_be_signed(hand, account)
        made.binaries.append(account.prn)
    for number in range(2):
        own, members = _id(random), made.binaries[number:]
        body = [{"prn": each} for each in members]
        _made(client, "/bundles", "bundle", id=own, binaries=body)
        made.bundles.append(own)
        entry = Entry(Step.BUNDLE, index=len(members), answer=Answer.YES)
        made.distributed.bundles[own] = entry
    for number in range(_COHORTS):
        fields = {"product_prn": product, "name": f"cohort {number}"}
        cohort = _made(client, "/cohorts", "cohort", **fields)
        made.distributed.courses.append(Course(cohort.rpartition(":")[2]))
        for _ in range(_DEVICES):
            _add_device(client, made, product, cohort, folder)
    return made


def _add_device(
    client: httpx.Client, made: Grounds, product: str, cohort: str, folder: Path
) -> None:
    identifier = f"device {len(made.distributed.devices)}"
    fields = {"product_prn": product, "cohort_prn": cohort, "identifier": identifier}
    device = Device(_made(client, "/devices", "device", **fields), cohort.rpartition(":")[2])
    issued = a_device(identifier)
    fields = {"device_prn": device.prn, "certificate": issued.as_sent}
    _made(client, "/device_certificates", "device_certificate", **fields)
    made.distributed.devices.append(device)
    made.certificates[device.id] = issued.written(folder, device.id)


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _made(client: httpx.Client, path: str, noun: str, **body: object) -> str:
    answer = client.post(path, json=body)
    answer.raise_for_status()
    return answer.json()[noun]["prn"]


def take_away(client: httpx.Client, grounds: Grounds) -> None:
    """So that the binaries can go. What was claimed and reported stays."""
    distributed = grounds.distributed
    for course in distributed.courses:
        # Those first that lead to others: each leaves one way to the latest at most.
        for own in _outermost_first(course):
            client.delete(f"/releases/{grounds.prn('release', own)}").raise_for_status()
        course.state = {}
    for own, entry in distributed.bundles.items():
        if entry.answer is Answer.YES:
            client.delete(f"/bundles/{grounds.prn('bundle', own)}").raise_for_status()
    for device in distributed.devices:
        client.delete(f"/devices/{device.prn}").raise_for_status()
    distributed.is_over = True


def _outermost_first(course: Course) -> list[str]:
    left, found = dict(course.state), list[str]()
    while left:
        name = next(each for each in left if all(place.next != each for place in left.values()))
        found.append(course.ids[name])
        del left[name]
    return found
