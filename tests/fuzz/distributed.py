"""The part of the stock that is about devices, and about what they are given."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from starlette.testclient import TestClient

from tests.certificates import a_ca
from tests.certificates import a_device as a_certificate_of
from tests.fuzz.signer import Signer
from tests.yard import (
    a_bundle,
    a_cohort,
    a_device,
    a_product,
    a_release,
    an_override,
    proof_for,
    register_ca,
    register_certificate,
)

_NUMBERS: Final = count(1)
_LONG_AGO: Final = "2025-01-01T00:00:00Z"


class Distributed:
    """`binary` is signed, and stays; what may be said in bodies is put into `values`."""

    def __init__(self, api: TestClient, binary: dict[str, Any], values: dict[str, object]) -> None:
        self._api = api
        self._binary = binary
        self._values = values
        self._product = a_product(api, f"product {next(_NUMBERS)}")
        self._bundle = self._a_bundle()
        # Every device is in every override, so that it can be taken out.
        self.prns = {"bundle_override": [an_override(api, self._bundle)["prn"]]}
        self.prns["device"] = [self._a_listed_device() for _ in range(2)]
        self.prns |= {
            "bundle": [self._a_bundle()["prn"], self._bundle["prn"]],
            "cohort": [self._a_cohort()],
            "product": [self._an_empty_product(), self._product],
            **{kind: [make()] for kind, make in self.makers.items() if kind not in self.prns},
        }
        values |= {
            "binaries": [{"prn": binary["prn"]}],
            "bundle_prn": self._bundle["prn"],
            "product_prn": self._product,
            "required": False,
            "schedule_date": _LONG_AGO,
            "starts_at": _LONG_AGO,
        }
        self.values_of: dict[str, dict[str, object]] = {}  # that differ on these routes
        for offer in self._offers.values():
            offer()

    @property
    def makers(self) -> Mapping[str, Callable[[], str]]:
        return {
            "bundle": lambda: self._a_bundle()["prn"],
            "bundle_override": self._an_override,
            "bundle_signature": lambda: Signer(self._api).signs(self._bundle),
            "ca_certificate": lambda: register_ca(self._api, a_ca())["prn"],
            "device": self._a_listed_device,
            "device_certificate": self._a_device_certificate,
            "product": self._an_empty_product,
            "release": self._a_release,
        }

    def used(self, path: str) -> None:
        """What was offered to this route has been taken."""
        for ending, offer in self._offers.items():
            if path.endswith(ending):
                offer()

    @property
    def _offers(self) -> Mapping[str, Callable[[], None]]:
        return {
            "/bundle_signatures": self._offer_a_signature,
            "/ca_certificates": self._offer_a_ca,
            "/device_certificates": self._offer_a_certificate,
            "/devices": self._offer_a_device,
            "/releases": self._offer_a_cohort,
        }

    def _a_bundle(self) -> dict[str, Any]:
        return a_bundle(self._api, self._binary)

    def _a_cohort(self) -> str:
        return a_cohort(self._api, self._product, f"cohort {next(_NUMBERS)}")

    def _a_device(self) -> dict[str, Any]:
        return a_device(self._api, self._product, f"device-{next(_NUMBERS)}")

    def _a_listed_device(self) -> str:
        device = self._a_device()["prn"]
        for override in self.prns["bundle_override"]:
            self._api.post(f"/bundle_overrides/{override}/devices", json={"device_prn": device})
        return device

    def _an_override(self) -> str:
        devices = [{"prn": prn} for prn in self.prns["device"]]
        return an_override(self._api, self._bundle, *devices)["prn"]

    def _an_empty_product(self) -> str:
        return a_product(self._api, f"empty {next(_NUMBERS)}")

    def _a_device_certificate(self) -> str:
        device = self._a_device()
        certificate = a_certificate_of(device["identifier"])
        return register_certificate(self._api, device, certificate)["prn"]

    def _a_release(self) -> str:
        """The first of its cohort, which can be gone back to."""
        cohort = self._a_cohort()
        first = a_release(self._api, cohort, self._bundle)
        a_release(self._api, cohort, self._a_bundle(), "second")
        return first["prn"]

    def _offer_a_signature(self) -> None:
        signer = Signer(self._api)
        self.values_of["/bundle_signatures"] = {
            "bundle_prn": self._bundle["prn"],
            "signature": signer.signature(self._bundle),
            "signing_key_prn": signer.prn,
        }

    def _offer_a_ca(self) -> None:
        ca = a_ca()
        self.values_of["/ca_certificates"] = {
            "certificate": ca.as_sent,
            "verification_certificate": proof_for(self._api, ca).as_sent,
        }

    def _offer_a_certificate(self) -> None:
        device = self._a_device()
        self.values_of["/device_certificates"] = {
            "certificate": a_certificate_of(device["identifier"]).as_sent,
            "device_prn": device["prn"],
        }

    def _offer_a_device(self) -> None:
        self._values["device_prn"] = self._a_device()["prn"]

    def _offer_a_cohort(self) -> None:
        self._values["cohort_prn"] = self._a_cohort()
