"""Devices of a test, and the door at which they ask, all in this process."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from httpx2 import Response

from sealift.device_api.app import DeviceApi
from sealift.device_api.pace import Pace
from tests import certificates
from tests.admin_api.distributing import Channel, a_binary_for_bundles, a_channel
from tests.caller import Caller
from tests.certificates import Issued
from tests.yard import BASE_URL, Yard, a_bundle, register_certificate

_NUMBERS = count()
PACE = Pace(timedelta(seconds=1000), jitter=0)


@dataclass
class Device:
    """One that is registered, with its certificate."""

    client: Caller
    issued: Issued
    prn: str

    def ask(self, *expand: str, **stated: str | None) -> Response:
        """Ask for an update; stated are release, bundle and version."""
        return self.client.get(
            "/update", params={"expand[]": list(expand)}, headers=headers(**stated)
        )

    def status(self, **stated: str | None) -> str:
        answer = self.ask(**stated)
        assert answer.status_code == 200, answer.text
        return answer.json()["status"]

    def given(self, **stated: str | None) -> str | None:
        """The PRN of the release or the override that it is given."""
        answer = self.ask("release.prn", "bundle_override.prn", **stated)
        assert answer.status_code == 200, answer.text
        source = answer.json()["release"] or answer.json()["bundle_override"]
        return source and source["prn"]


def headers(
    release: str | None = None, bundle: str | None = None, version: str | None = None
) -> dict[str, str]:
    said = {
        "peridio-release-prn": release,
        "peridio-bundle-prn": bundle,
        "peridio-release-version": version,
    }
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Fleet:
    yard: Yard
    api: DeviceApi
    channel: Channel

    def client(self, issued: Issued | None) -> Caller:
        made = Caller(self.api, BASE_URL, {})
        if issued is not None:
            made.app_state["client_certificate"] = issued.der
        return made

    def device(self, **fields: object) -> Device:
        """A new one in the cohort, unless the fields say otherwise."""
        record = self.channel.a_device(**fields)
        issued = certificates.a_device(record["identifier"])
        register_certificate(self.yard.api, record, issued)
        return Device(self.client(issued), issued, record["prn"])

    def see(self, device: Device) -> dict[str, Any]:
        return self.yard.api.get(f"/devices/{device.prn}").json()["device"]

    def change(self, device: Device, **changes: object) -> None:
        answer = self.yard.api.patch(f"/devices/{device.prn}", json=changes)
        assert answer.status_code == 200, answer.text

    def events(self, device: Device, subtype: str) -> list[dict[str, Any]]:
        """What is told of it, the newest first."""
        asked = {"resource_prn": device.prn, "subtype": subtype, "limit": 100}
        answer = self.yard.api.get("/events", params=asked)
        assert answer.status_code == 200, answer.text
        return [each["data"]["data"] for each in answer.json()["events"]]

    def bundle(self, *binaries: dict[str, Any]) -> dict[str, Any]:
        """A new one, of a new binary if none is named."""
        return a_bundle(self.yard.api, *(binaries or [a_binary_for_bundles(self.yard)]))

    def look(self) -> None:
        """What the door does twice a second."""
        self.api.door.generations.look()

    def flush(self) -> None:
        self.api.door.contacts.flush()


@contextmanager
def a_fleet(yard: Yard) -> Generator[Fleet]:
    yield Fleet(yard, DeviceApi(yard.system, PACE), a_channel(yard))


def stated_by(release: Mapping[str, Any]) -> dict[str, str]:
    """What a device says that runs the release."""
    return {
        "release": release["prn"],
        "bundle": release["bundle_prn"],
        "version": release["version"] or "0.0.0",
    }
