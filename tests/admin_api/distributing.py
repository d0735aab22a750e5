"""A cohort with its channel, and short ways to say what is done to its releases."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from tests.yard import Yard, a_bundle, a_cohort, a_device, a_product, a_version, brought_to

_NUMBERS = count()


@dataclass
class Channel:
    """`bundle` is what its releases have unless they are told another."""

    yard: Yard
    product: str
    cohort: str
    bundle: dict[str, Any]

    @property
    def api(self) -> TestClient:
        return self.yard.api

    def body(self, **fields: object) -> dict[str, object]:
        """Of a release for every device, and at once."""
        return {
            "cohort_prn": self.cohort,
            "bundle_prn": self.bundle["prn"],
            "name": f"release {next(_NUMBERS)}",
            "required": False,
            "schedule_date": "2025-01-01T00:00:00Z",
            **fields,
        }

    def ask(self, **fields: object) -> Response:
        return self.api.post("/releases", json=self.body(**fields))

    def add(self, **fields: object) -> dict[str, Any]:
        answer = self.ask(**fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["release"]

    def change(self, release: dict[str, Any], **changes: object) -> Response:
        return self.api.patch(f"/releases/{release['prn']}", json=changes)

    def archive(self, release: dict[str, Any]) -> Response:
        return self.api.delete(f"/releases/{release['prn']}")

    def see(self, release: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.get(f"/releases/{release['prn']}")
        assert answer.status_code == 200, answer.text
        return answer.json()["release"]

    def links(self) -> dict[str, str | None]:
        """Names of releases, each with that of the next one."""
        search = f"cohort_prn:'{self.cohort}'"
        answer = self.api.get("/releases", params={"search": search, "limit": 100})
        names = {each["prn"]: each["name"] for each in answer.json()["releases"]}
        return {
            each["name"]: each["next_release_prn"] and names[each["next_release_prn"]]
            for each in answer.json()["releases"]
        }

    @property
    def release_that_is_not_there(self) -> str:
        number = next(_NUMBERS)
        return f"{self.bundle['organization_prn']}:release:{number:08}-0000-4000-8000-000000000000"

    def another_cohort(self) -> "Channel":
        cohort = a_cohort(self.api, self.product, f"cohort {next(_NUMBERS)}")
        return Channel(self.yard, self.product, cohort, self.bundle)

    def a_device(self, **fields: object) -> dict[str, Any]:
        """In the cohort, unless the fields say otherwise."""
        identifier = f"device-{next(_NUMBERS)}"
        known = {"cohort_prn": self.cohort, **fields}
        return a_device(self.api, self.product, identifier, **known)

    def given(self, device: dict[str, Any], **report: object) -> str | None:
        """What the device is given if it says that: the PRN of a release or an override."""
        body = {"release_version": "0.0.0", **report}
        answer = self.api.post(f"/devices/{device['prn']}/update", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["source_prn"]


def a_binary_for_bundles(yard: Yard) -> dict[str, Any]:
    """A signed one, of an artifact of its own."""
    return brought_to(yard, "signed", a_version(yard.api, f"artifact {next(_NUMBERS)}"))


def a_channel(yard: Yard) -> Channel:
    """That of a new cohort, without a release."""
    bundle = a_bundle(yard.api, a_binary_for_bundles(yard))
    product = a_product(yard.api, f"product {next(_NUMBERS)}")
    cohort = a_cohort(yard.api, product, f"cohort {next(_NUMBERS)}")
    return Channel(yard, product, cohort, bundle)
