"""Every call about distribution is made on the model and on the real doors; answers must agree.

After each, the audit and the events have what the model says was left there, and nothing else.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from httpx2 import Response
from sqlalchemy import select

from sealift.device_api.app import DeviceApi
from sealift.records import tables
from tests.actions.compared import agree
from tests.actions.distribution.model import Model
from tests.actions.distribution.records import Device, Override, Release, Said
from tests.actions.expected import FORBIDDEN, MADE, Due
from tests.caller import Caller
from tests.certificates import a_device as a_certificate
from tests.yard import (
    BASE_URL,
    Yard,
    a_cohort,
    a_device,
    a_product,
    a_version,
    brought_to,
    register_certificate,
)

_FIELDS: Final = {"bundle": "bundle_prn", "next": "next_release_prn", "cohort": "cohort_prn"}

_ARCHIVED: Final = Due(422, "device_prn")  # nobody is answered in its place


def on_the_wire(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the model as a request has them."""
    return {_FIELDS.get(name, name): _value(value) for name, value in asked.items()}


def _value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Decimal():
            return float(value)
        case tuple():
            return list[object](value)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return value


@dataclass
class Compared:
    """Two cohorts of one product with devices, and binaries that are signed."""

    yard: Yard
    model: Model = field(init=False)
    door: DeviceApi = field(init=False)
    product: str = field(init=False)
    clients: dict[str, Caller] = field(default_factory=dict[str, Caller])
    names: int = 0
    seen_line: int = 0
    seen_events: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.product = a_product(self.yard.api)
        ours = self.product.rpartition(":product:")[0]
        self.model = Model(ours, self.yard.clock.moment)
        self.door = DeviceApi(self.yard.system)
        self.model.cohorts = [a_cohort(self.yard.api, self.product, name) for name in "ab"]
        self.forget_traces()

    def name(self, kind: str, number: int = 0) -> str:
        """Of something of ours that is not there."""
        return f"{self.model.ours}:{kind}:{number:08}-0000-4000-8000-000000000000"

    def _next_name(self) -> str:
        self.names += 1
        return f"number {self.names}"

    def _tell_time(self) -> None:
        self.model.now = self.yard.clock.moment

    # --- traces ----------------------------------------------------------------------------------

    def forget_traces(self) -> None:
        self._new_traces()
        self.model.lines.clear()
        self.model.events.clear()

    def traces_agree(self) -> None:
        lines, events = self._new_traces()

        for found, due in ((lines, self.model.lines), (events, self.model.events)):
            assert found == due, {"not due": found - due, "missing": due - found}
        self.model.lines.clear()
        self.model.events.clear()

    def _new_traces(self) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
        audit, events = tables.audit.c, tables.events.c
        with self.yard.system.records.read(None) as tx:
            written = select(audit.id, audit.action, audit.resource)
            lines = tx.connection.execute(written.where(audit.id > self.seen_line)).all()
            told = select(events.id, events.type, events.subtype, events.resource_prn)
            happened = [
                each for each in tx.connection.execute(told) if each.id not in self.seen_events
            ]
        self.seen_line = max([self.seen_line, *(each.id for each in lines)])
        self.seen_events |= {each.id for each in happened}
        return (
            Counter((each.action, each.resource) for each in lines),
            Counter((f"{each.type}.{each.subtype}", each.resource_prn) for each in happened),
        )

    # --- bundles and binaries --------------------------------------------------------------------

    def sign_another(self) -> None:
        """A new binary, of an artifact of its own; what that leaves is not looked at here."""
        version = a_version(self.yard.api, self._next_name())
        self.model.binaries[brought_to(self.yard, "signed", version)["prn"]] = True
        self.forget_traces()

    def destroy(self, prn: str) -> None:
        due = self.model.destroy(prn)

        agree(self.yard.api.patch(f"/binaries/{prn}", json={"state": "destroyed"}), due)

    def create_bundle(self, members: list[str]) -> str | None:
        due = self.model.create_bundle(members)

        answer = self.yard.api.post(
            "/bundles", json={"binaries": [{"prn": each} for each in members]}
        )

        agree(answer, due)
        if due != MADE:
            return None
        prn: str = answer.json()["bundle"]["prn"]
        self.model.created_bundle(prn, members)
        return prn

    def delete_bundle(self, prn: str) -> None:
        due = self.model.delete_bundle(prn)

        agree(self.yard.api.delete(f"/bundles/{prn}"), due)

    # --- releases --------------------------------------------------------------------------------

    def create_release(
        self,
        cohort: str,
        bundle: str,
        asked: Mapping[str, Any],
        next_prn: str | None = None,
        previous: str | None = None,
    ) -> str | None:
        self._tell_time()
        given: dict[str, Any] = {"schedule_date": self.model.now, **asked}
        new = Release("", cohort, bundle, next_prn, self.model.now, **given)
        due = self.model.create_release(new, previous)
        body = on_the_wire({"cohort": cohort, "bundle": bundle, "next": next_prn, **given})
        body |= {"name": self._next_name(), "previous_release_prn": previous}

        answer = self.yard.api.post("/releases", json={"required": False, **body})

        agree(answer, due)
        if due != MADE:
            return None
        new.prn = answer.json()["release"]["prn"]
        self.model.created_release(new, previous)
        return new.prn

    def patch_release(self, prn: str, asked: Mapping[str, Any]) -> None:
        self._tell_time()
        due = self.model.patch_release(prn, asked)

        agree(self.yard.api.patch(f"/releases/{prn}", json=on_the_wire(asked)), due)

    def archive(self, prn: str) -> None:
        due = self.model.archive(prn)

        agree(self.yard.api.delete(f"/releases/{prn}"), due)

    def roll_back(self, prn: str) -> None:
        self._tell_time()
        due = self.model.roll_back(prn)

        answer = self.yard.api.post(f"/releases/{prn}/rollback", json={})

        agree(answer, due)
        if due == MADE:
            made = answer.json()["release"]
            self._tell_time()
            self.model.rolled_back(prn, made["prn"])
            # Its date is the moment of the request, which only the server knows.
            date = datetime.fromisoformat(made["schedule_date"])
            self.model.releases[made["prn"]].schedule_date = date

    # --- overrides -------------------------------------------------------------------------------

    def create_override(self, bundle: str, starts: datetime, ends: datetime | None) -> str | None:
        self._tell_time()
        due = self.model.create_override(bundle, starts, ends)
        asked = {"bundle": bundle, "starts_at": starts, "ends_at": ends}
        body = {"name": self._next_name(), **on_the_wire(asked)}

        answer = self.yard.api.post("/bundle_overrides", json=body)

        agree(answer, due)
        if due != MADE:
            return None
        prn: str = answer.json()["bundle_override"]["prn"]
        self.model.created_override(Override(prn, bundle, starts, ends, self.model.now))
        return prn

    def patch_override(self, prn: str, asked: Mapping[str, Any]) -> None:
        due = self.model.patch_override(prn, asked)

        agree(self.yard.api.patch(f"/bundle_overrides/{prn}", json=on_the_wire(asked)), due)

    def delete_override(self, prn: str) -> None:
        due = self.model.delete_override(prn)

        agree(self.yard.api.delete(f"/bundle_overrides/{prn}"), due)

    def list_device(self, prn: str, device: str) -> None:
        due = self.model.list_device(prn, device)
        address, body = f"/bundle_overrides/{prn}/devices", {"device_prn": device}

        agree(self.yard.api.post(address, json=body), due)

    def unlist_device(self, prn: str, device: str) -> None:
        due = self.model.unlist_device(prn, device)

        agree(self.yard.api.delete(f"/bundle_overrides/{prn}/devices/{device}"), due)

    # --- devices ---------------------------------------------------------------------------------

    def create_device(self, cohort: str | None, tags: list[str] | None) -> None:
        identifier = self._next_name()
        fields = {"cohort_prn": cohort, "tags": tags}
        made = a_device(self.yard.api, self.product, identifier, **fields)
        certificate = a_certificate(identifier)
        registered = register_certificate(self.yard.api, made, certificate)
        client = Caller(self.door, BASE_URL, {})
        client.app_state["client_certificate"] = certificate.der
        self.clients[made["prn"]] = client
        self.model.created_device(Device(made["prn"], cohort, tags))
        self.model.lines["device_certificate.created", registered["prn"]] += 1

    def patch_device(self, prn: str, asked: Mapping[str, Any]) -> None:
        due = self.model.patch_device(prn, asked)

        agree(self.yard.api.patch(f"/devices/{prn}", json=on_the_wire(asked)), due)

    def delete_device(self, prn: str) -> None:
        due = self.model.delete_device(prn)

        agree(self.yard.api.delete(f"/devices/{prn}"), due)

    # --- what devices are given ------------------------------------------------------------------

    def ask_for(self, device: Device, said: Said, *, write: bool) -> None:
        """In the device's place."""
        self._tell_time()
        if not said:
            agree(self._ask_for(device, said, write=write), Due(422, "release_prn"))
            return
        if device.archived:
            agree(self._ask_for(device, said, write=write), _ARCHIVED)
            return
        told = self.model.check(device, said) if write else self.model.resolve(device, said)

        answer = self._ask_for(device, said, write=write)

        shown = answer.json()
        assert answer.status_code == 200, answer.text
        assert _told(shown) == told[:4], (shown, told)
        assert (shown["manifest"] is None) is (told.bundle_id is None)
        if told.bundle_id is not None:
            entries = [each["binary_prn"] for each in shown["manifest"]]
            assert entries == self.model.bundles[told.bundle_id]

    def _ask_for(self, device: Device, said: Said, *, write: bool) -> Response:
        body = {
            "release_prn": said.release,
            "bundle_prn": said.bundle,
            "release_version": said.version,
            "write": write,
        }
        return self.yard.api.post(f"/devices/{device.prn}/update", json=body)

    def ask(self, device: Device, said: Said) -> None:
        """The device asks for itself, at its own door, which remembers what it may."""
        self._tell_time()
        self.door.door.generations.look()
        headers = {
            "peridio-release-prn": said.release,
            "peridio-bundle-prn": said.bundle,
            "peridio-release-version": said.version,
        }
        answer = self.clients[device.prn].get(
            "/update",
            params={
                "expand[]": ["source_type", "release.prn", "bundle_override.prn", "bundle.prn"]
            },
            headers={name: value for name, value in headers.items() if value is not None},
        )
        if not self.model.lets_in(device):
            agree(answer, FORBIDDEN)
            return
        told = self.model.check(device, said)
        shown = answer.json()
        assert answer.status_code == 200, answer.text
        source = shown["release"] or shown["bundle_override"]
        found = (
            shown["status"],
            shown["source_type"],
            *(each and each["prn"] for each in (source, shown["bundle"])),
        )
        assert found == told[:4], (shown, told)

    def report(
        self, device: Device, own: str, outcome: str, bundle: str, release: str | None
    ) -> None:
        self._tell_time()
        self.door.door.generations.look()
        due = self.model.report(device, own, outcome, bundle, release)
        body = {"id": own, "outcome": outcome, "bundle_prn": bundle, "release_prn": release}

        agree(self.clients[device.prn].post("/device/reports", json=body), due)

    def retry(self, release: str, device: str) -> None:
        due = self.model.retry(release, device)
        address, body = f"/releases/{release}/retries", {"device_prn": device}

        agree(self.yard.api.post(address, json=body), due)

    def explained(self, device: Device) -> None:
        """Whoever wants to know is told what the device itself would be, and why."""
        self._tell_time()
        answer = self.yard.api.get(f"/devices/{device.prn}/explain")
        if device.archived:
            agree(answer, _ARCHIVED)
            return
        told = self.model.resolve(device, device.said)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert (*_told(shown), shown["claims"]) == told, (shown, told)
        assert shown["story"]


def _told(shown: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple(shown[name] for name in ("status", "source_type", "source_prn", "bundle_prn"))
