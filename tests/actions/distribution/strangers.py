"""What is distributed here is nothing to another organization, which has a cohort of its own."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.actions.compared import agree
from tests.actions.expected import FORBIDDEN, UNKNOWN, Due
from tests.yard import Yard, a_cohort, a_product

_LISTS: Final = ("bundles", "releases", "bundle_overrides", "devices")


@dataclass
class Stranger:
    yard: Yard
    cohort: str = field(init=False)

    def __post_init__(self) -> None:
        self.cohort = a_cohort(self.yard.other, a_product(self.yard.other, "theirs"), "theirs")

    def sees_nothing(self) -> None:
        for noun in _LISTS:
            assert self.yard.other.get(f"/{noun}").json()[noun] == []
        told = self.yard.other.get("/events").json()["events"]
        assert {each["type"] for each in told} == {"api_key"}, told  # it was given one

    def is_refused(self, ours: dict[str, str], which: int) -> None:
        """`ours` are names by kind; each is of something that is there, or was."""
        release = {
            "cohort_prn": self.cohort,
            "bundle_prn": ours["bundle"],
            "name": "theirs",
            "required": False,
            "schedule_date": "2025-01-01T00:00:00Z",
        }
        override = {
            "bundle_prn": ours["bundle"],
            "name": "theirs",
            "starts_at": "2025-01-01T00:00:00Z",
        }
        device = f"/devices/{ours['device']}"
        paths = [f"/{kind}s/{prn}" for kind, prn in ours.items()]
        calls: list[tuple[str, str, Any, Due]] = [
            *(("GET", path, None, UNKNOWN) for path in paths),
            *(("DELETE", path, None, UNKNOWN) for path in paths if not path.startswith("/cohorts")),
            ("PATCH", f"/releases/{ours['release']}", {"disabled": True}, UNKNOWN),
            ("PATCH", device, {"quarantined": True}, UNKNOWN),
            ("POST", f"/releases/{ours['release']}/rollback", {}, UNKNOWN),
            ("POST", f"{device}/update", {"release_version": "1.0.0", "write": True}, UNKNOWN),
            ("GET", f"{device}/explain", None, UNKNOWN),
            ("GET", f"/releases/{ours['release']}/progress", None, UNKNOWN),
            ("POST", "/releases", release, Due(422, "bundle_prn")),
            ("POST", "/releases", {**release, "cohort_prn": ours["cohort"]}, Due(422)),
            ("POST", "/bundle_overrides", override, Due(422, "bundle_prn")),
        ]
        method, path, sent, refusal = calls[which % len(calls)]
        agree(self.yard.other.request(method, path, json=sent), refusal)
        agree(self.yard.anybody.request(method, path, json=sent), FORBIDDEN)
