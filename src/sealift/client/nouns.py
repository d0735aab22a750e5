"""What some nouns have of their own, beside what all collections have."""

from collections.abc import Iterator
from datetime import datetime

from sealift.client.collections import (
    Changeable,
    Collection,
    Creatable,
    Deletable,
    Fixed,
    New,
    Record,
    listed,
    shaped,
)
from sealift.client.connection import path
from sealift.wire.admin import (
    Binary,
    BinaryChanges,
    BinaryPart,
    BinaryPartToSend,
    Bundle,
    BundleChanges,
    BundleOverride,
    BundleOverrideChanges,
    CaCertificate,
    CaCertificateChanges,
    Device,
    DeviceChanges,
    Impact,
    NewBinary,
    NewBinaryPart,
    NewBundle,
    NewBundleOverride,
    NewCaCertificate,
    NewDevice,
    NewOverrideDevice,
    NewRelease,
    NewRollback,
    OverrideDevice,
    Release,
    ReleaseChanges,
    Rollback,
    SignatureOfBundle,
)
from sealift.wire.device import Report
from sealift.wire.text import time_text
from sealift.wire.updates import (
    DeviceUpdate,
    Explanation,
    NewRetry,
    ReleaseProgress,
    ReleaseRetry,
    UpdateQuestion,
)


class Signatures(Creatable[Record, New], Deletable[Record]):
    """They are read with what they sign."""


class Binaries(Collection[Binary, NewBinary, BinaryChanges]):
    def parts(self, prn: str) -> list[BinaryPart]:
        """All of them, by index."""
        answer = self._connection.call("GET", path(self._many, prn, "parts"))
        return [shaped(BinaryPart, each) for each in listed(answer, "binary_parts")]

    def declare_part(self, prn: str, index: int, part: NewBinaryPart) -> BinaryPartToSend:
        """Announce a part, or announce it anew: earlier links to it die."""
        body = part.model_dump(mode="json")
        answer = self._connection.call("PUT", path(self._many, prn, "parts", index), body=body)
        return shaped(BinaryPartToSend, answer.get("binary_part"))

    def download_url(self, prn: str) -> str:
        answer = self._connection.call("GET", path(self._many, prn, "download_url"))
        return str(answer.get("download_url"))

    def impact(self, prn: str) -> Impact:
        """What would happen if it was destroyed, or what happened when it was."""
        answer = self._connection.call("GET", path(self._many, prn, "impact"))
        return shaped(Impact, answer.get("impact"))


class Bundles(Collection[Bundle, NewBundle, BundleChanges]):
    def signatures(self, prn: str) -> list[SignatureOfBundle]:
        answer = self._connection.call("GET", path(self._many, prn, "signatures"))
        return [shaped(SignatureOfBundle, each) for each in listed(answer, "bundle_signatures")]


class BundleOverrides(Collection[BundleOverride, NewBundleOverride, BundleOverrideChanges]):
    def devices(self, prn: str) -> list[OverrideDevice]:
        """All of them, the last added first."""
        pages = self._connection.pages(path(self._many, prn, "devices"), {})
        return [shaped(OverrideDevice, each) for page in pages for each in listed(page, "devices")]

    def add_device(self, prn: str, device_prn: str) -> OverrideDevice:
        body = NewOverrideDevice(device_prn=device_prn).model_dump(mode="json")
        answer = self._connection.call("POST", path(self._many, prn, "devices"), body=body)
        return shaped(OverrideDevice, answer.get("device"))

    def remove_device(self, prn: str, device_prn: str) -> None:
        self._connection.call("DELETE", path(self._many, prn, "devices", device_prn))


class Releases(Collection[Release, NewRelease, ReleaseChanges]):
    def progress(self, prn: str) -> ReleaseProgress:
        answer = self._connection.call("GET", path(self._many, prn, "progress"))
        return shaped(ReleaseProgress, answer.get("progress"))

    def reports(self, prn: str) -> Iterator[Report]:
        """What devices said, newest first, fetched page by page as they are asked for."""
        for page in self._connection.pages(path(self._many, prn, "reports"), {}):
            yield from (shaped(Report, each) for each in listed(page, "reports"))

    def retry(self, prn: str, device_prn: str) -> ReleaseRetry:
        """Forget how often the device failed on it: it is offered the release again."""
        body = NewRetry(device_prn=device_prn).model_dump(mode="json")
        answer = self._connection.call("POST", path(self._many, prn, "retries"), body=body)
        return shaped(ReleaseRetry, answer.get("retry"))

    def rollback_preview(self, prn: str) -> Rollback:
        """What it would do to give the bundle of this release once more."""
        answer = self._connection.call("GET", path(self._many, prn, "rollback"))
        return shaped(Rollback, answer.get("rollback"))

    def roll_back(self, prn: str, rollback: NewRollback | None = None) -> Release:
        """A new latest release with the bundle of this one."""
        body = (rollback or NewRollback()).model_dump(mode="json", exclude_unset=True)
        return self._record(
            self._connection.call("POST", path(self._many, prn, "rollback"), body=body)
        )


class Devices(Collection[Device, NewDevice, DeviceChanges]):
    def check(self, prn: str, question: UpdateQuestion) -> DeviceUpdate:
        """Ask in its place what it should run."""
        body = question.model_dump(mode="json", exclude_unset=True)
        address = path(self._many, prn, "update")
        return shaped(DeviceUpdate, self._connection.call("POST", address, body=body))

    def explain(
        self, prn: str, *, at: datetime | None = None, release_prn: str | None = None
    ) -> Explanation:
        """Why it is answered what it is answered, going by its last report."""
        asked = {"at": at and time_text(at), "release_prn": release_prn}
        params = {name: value for name, value in asked.items() if value is not None}
        address = path(self._many, prn, "explain")
        return shaped(Explanation, self._connection.call("GET", address, params=params))


class CaCertificates(
    Fixed[CaCertificate, NewCaCertificate], Changeable[CaCertificate, CaCertificateChanges]
):
    def verification_code(self) -> str:
        """The CN of a certificate that proves the possession of a CA's key; good for one, once."""
        answer = self._connection.call("POST", path(self._many, "verification_codes"))
        return str(answer.get("verification_code"))
