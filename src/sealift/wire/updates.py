"""What devices are given, why, and what became of it, as administrators see it on the wire."""

from typing import TypeAlias

from pydantic import BaseModel, Field

from sealift.domain.checks import Step
from sealift.domain.release import Outcome
from sealift.wire.admin.base import Digest, New, NextPage
from sealift.wire.device import ManifestSignature, Report, SourceType, UpdateStatus
from sealift.wire.text import Json, Prn, Time

_WHATEVER = "What names nothing is as good as nothing."

# --- asking in a device's place ------------------------------------------------------------------


class UpdateQuestion(New):
    """At least one of the first three."""

    release_prn: str | None = Field(
        default=None, description=f"The release that the device runs. {_WHATEVER}"
    )
    bundle_prn: str | None = Field(
        default=None, description=f"The bundle that the device runs. {_WHATEVER}"
    )
    release_version: str | None = Field(
        default=None, description=f"The version that the device is. {_WHATEVER}"
    )
    write: bool | None = Field(
        default=False,
        description="As if the device had asked: the three are kept as its report, and a release"
        " that counts its devices is claimed.",
    )


class UpdateEntry(BaseModel):
    """One binary; two things have two names, as clients differ in which they read."""

    artifact_prn: Prn
    artifact_version: Prn
    artifact_version_prn: Prn
    binary_prn: Prn
    prn: Prn
    custom_metadata: Json | None
    hash: Digest
    signatures: list[ManifestSignature] | None
    size: int
    target: str | None
    url: str = Field(description="Serves the content for 24 hours, in ranges too.")


class DeviceUpdate(BaseModel):
    status: UpdateStatus
    source_type: SourceType | None
    source_prn: Prn | None
    bundle_prn: Prn | None
    manifest: list[UpdateEntry] | None = Field(description="In the order of the bundle.")


# --- why -----------------------------------------------------------------------------------------


class StoryLine(BaseModel):
    """One rule that was tried. With a subject the text is what is said of it."""

    step: Step
    subject_prn: Prn | None
    subject_name: str | None
    passed: bool
    text: str


Story: TypeAlias = list[StoryLine]


class ExplainedDevice(BaseModel):
    prn: Prn
    identifier: str
    cohort_prn: Prn | None
    quarantined: bool
    reported_release_prn: str | None
    reported_bundle_prn: str | None
    reported_release_version: str | None


class Explanation(BaseModel):
    device: ExplainedDevice
    at: Time
    status: UpdateStatus
    source_type: SourceType | None
    source_prn: Prn | None
    source_name: str | None
    bundle_prn: Prn | None
    claims: bool = Field(description="Whether the device would claim the release by asking.")
    story: Story = Field(description="The rules in the order in which they were tried.")
    why_not: Story | None = Field(
        description="With `release_prn`: what is said of that release, and what decided."
    )


# --- what became of a release --------------------------------------------------------------------


class ReportPage(BaseModel):
    reports: list[Report]
    next_page: NextPage


class ReleaseProgress(BaseModel):
    """In devices."""

    release_prn: Prn
    devices: int = Field(description="In the cohort now, archived ones left out.")
    claimed: int = Field(description="That took it while it counted its devices.")
    running: int = Field(description="That say they run it.")
    installed: int = Field(description="Whose last report says so.")
    failed: int = Field(description="Whose last report says so.")
    rolled_back: int = Field(description="Whose last report says so.")
    given_up: int = Field(description="That failed `retry_limit` times and are not offered it.")


class OneReleaseProgress(BaseModel):
    progress: ReleaseProgress


class NewRetry(New):
    device_prn: Prn = Field(description="The device whose failures are forgotten.")


class ReleaseRetry(BaseModel):
    release_prn: Prn
    device_prn: Prn
    outcome: Outcome | None = Field(description="Its last report; null: there is none.")
    failures: int = Field(description="Since somebody said to try again.")


class OneReleaseRetry(BaseModel):
    retry: ReleaseRetry
