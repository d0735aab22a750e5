"""The Device API's shapes: what a device is answered, and what it reports.

`/device/me` and `/update` answer little by themselves; `expand[]` adds what is asked for. What
is added as a whole has the shapes below; with a path to a single field (`release.version`,
`manifest.url`) there is nothing but that field. Bundles, cohorts and releases are those of the
Admin API. Of an answer without an update everything that was added is null, but the cohort.
"""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from sealift.wire.admin import Artifact, ArtifactVersion
from sealift.wire.admin.base import CustomId, Digest, New
from sealift.wire.admin.binaries import BinarySize
from sealift.wire.text import Json, Prn, Time, storable

# What a device says of itself with every request, all at once or nothing.
RELEASE_PRN: Final = "peridio-release-prn"
BUNDLE_PRN: Final = "peridio-bundle-prn"
RELEASE_VERSION: Final = "peridio-release-version"


class UpdateStatus(StrEnum):
    UPDATE = "update"
    NO_UPDATE = "no_update"
    DEVICE_QUARANTINE = "device_quarantine"


class SourceType(StrEnum):
    """Where an update comes from."""

    RELEASE = "release"
    BUNDLE_OVERRIDE = "bundle_override"


class ManifestSignature(BaseModel):
    signature: str = Field(description="Ed25519 over the hash, as hex.")
    signing_key_prn: Prn
    public_value: str = Field(description="The public key as PEM. A device trusts only its own.")


class ManifestBinary(BaseModel):
    """One binary of a bundle; entries have the bundle's order."""

    artifact: Artifact
    artifact_version: ArtifactVersion
    binary_prn: Prn
    custom_metadata: Json | None = Field(description="As frozen in the bundle.")
    hash: Digest
    size: BinarySize
    target: str | None
    signatures: list[ManifestSignature] | None


class ManifestEntry(ManifestBinary):
    url: str = Field(description="Serves the content for 24 hours, in ranges too.")


class CurrentEntry(ManifestBinary):
    """Of what a device runs; its content may be gone by now."""

    url: str | None = Field(description="Serves the content for 24 hours; null if it is gone.")


class OverrideWindow(BaseModel):
    """What a device is shown of the override that it follows."""

    prn: Prn
    starts_at: Time
    ends_at: Time | None
    inserted_at: Time
    updated_at: Time


class Outcome(StrEnum):
    """How an update ended on a device."""

    INSTALLED = "installed"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


ReportMessage: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=1000), AfterValidator(storable)
]


class NewReport(New):
    outcome: Outcome = Field(strict=False)
    bundle_prn: Prn
    release_prn: Prn | None = Field(
        default=None, description="The release that served the bundle; absent for an override."
    )
    binary_prn: Prn | None = Field(
        default=None, description="The binary that is to blame, where it is one."
    )
    message: ReportMessage | None = Field(default=None, description="For people.")
    id: CustomId | None = Field(
        default=None,
        description="A UUID of the device's own. A report that is sent once more with it, because"
        " its answer got lost, is the same report and counts once.",
    )


class Report(BaseModel):
    device_prn: Prn
    outcome: Outcome
    bundle_prn: Prn
    release_prn: Prn | None
    binary_prn: Prn | None
    message: str | None
    inserted_at: Time


class OneReport(BaseModel):
    report: Report
