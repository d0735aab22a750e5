"""Releases on the wire."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    WithJsonSchema,
)

from sealift.domain.channel import MOST_DEVICES
from sealift.domain.release import PhaseMode, PhaseType
from sealift.wire.admin.base import Answer, Changes, New, NextPage
from sealift.wire.text import (
    AS_NUMBER,
    Description,
    GivenTime,
    Label,
    Number,
    Prn,
    Time,
    exact,
    storable,
)

_MOST_TAGS: Final = 100
# Requests of the published documents spell it with a hyphen, everything else with an underscore.
_REQUIREMENT: Final = AliasChoices("version_requirement", "version-requirement")

PhaseValue: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(exact),
    AS_NUMBER,
    Field(
        ge=0,
        le=MOST_DEVICES,
        description="Below 1 a share of the cohort's devices, 1 all of them and for good, a whole"
        " number from 2 on so many devices.",
    ),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST_DEVICES}),
]
PhaseTags: TypeAlias = Annotated[
    list[Label],
    Field(
        max_length=_MOST_TAGS,
        description="Needed if the mode is `tags`: for devices that carry one of them.",
    ),
]
Requirement: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="Comparisons joined by `and` and `or`, such as `~> 1.2` or"
        " `>= 1.0.0 and < 1.4.0`; as `version-requirement` it is understood, too.",
    ),
    AfterValidator(storable),
]
Count: TypeAlias = Annotated[int, Field(ge=1, le=MOST_DEVICES)]
Share: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(exact),
    AS_NUMBER,
    Field(gt=0, le=1),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]

_RETRIES: Final = "Own: a device that failed so often on it is not offered it again."
_FAILURES: Final = "Own: when so many devices failed on it, it is disabled."
_SHARE: Final = "Own: when that share of the devices that reported failed on it, it is disabled."


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class NewRelease(New):
    bundle_prn: Prn
    cohort_prn: Prn
    name: Label
    required: bool = Field(description="Whether devices may not skip it.")
    schedule_date: GivenTime = Field(description="No device gets it before.")
    description: Description | None = None
    disabled: bool = Field(default=False, description="No device gets it.")
    phase_mode: PhaseMode = Field(default=PhaseMode.NUMERIC, strict=False)
    phase_value: PhaseValue | None = Field(
        default=None, description="Left out in mode `numeric`: 1."
    )
    phase_tags: PhaseTags | None = None
    version: Label | None = Field(default=None, description="SemVer, such as 1.2.3.")
    version_requirement: Requirement | None = Field(default=None, validation_alias=_REQUIREMENT)
    next_release_prn: Prn | None = Field(
        default=None,
        description="It comes before that one. Left out: it is the latest, after all others.",
    )
    previous_release_prn: Prn | None = Field(
        default=None, description="With `next_release_prn`: it comes between the two."
    )
    retry_limit: Count | None = Field(default=None, description=_RETRIES)
    disable_after_failures: Count | None = Field(default=None, description=_FAILURES)
    disable_after_failure_share: Share | None = Field(default=None, description=_SHARE)


class ReleaseChanges(Changes):
    name: Label = Field(default_factory=str)
    required: bool = Field(default_factory=bool)
    schedule_date: GivenTime = Field(default_factory=lambda: datetime.now(UTC))
    description: Description | None = None
    disabled: bool = Field(default_factory=bool)
    phase_mode: PhaseMode = Field(
        default=PhaseMode.NUMERIC, strict=False, json_schema_extra=_without_default
    )
    phase_value: PhaseValue | None = None
    phase_tags: PhaseTags | None = None
    version: Label | None = None
    version_requirement: Requirement | None = Field(default=None, validation_alias=_REQUIREMENT)
    next_release_prn: Prn | None = None
    retry_limit: Count | None = Field(default=None, description=_RETRIES)
    disable_after_failures: Count | None = Field(default=None, description=_FAILURES)
    disable_after_failure_share: Share | None = Field(default=None, description=_SHARE)


class Release(Answer):
    bundle_prn: Prn
    cohort_prn: Prn
    next_release_prn: Prn | None = Field(description="Null: it is the latest of its cohort.")
    name: str
    description: str | None
    required: bool
    disabled: bool
    schedule_date: Time
    schedule_complete: bool = Field(description="Whether `schedule_date` has passed.")
    phase_mode: PhaseMode
    phase_type: PhaseType | None = Field(
        description="How `phase_value` is read; null in mode `tags`."
    )
    phase_value: Number | None
    phase_tags: list[str] | None
    version: str | None
    version_requirement: str | None
    retry_limit: int | None = Field(description=_RETRIES)
    disable_after_failures: int | None = Field(description=_FAILURES)
    disable_after_failure_share: Number | None = Field(description=_SHARE)
    deleted_at: Time | None = Field(description="Own: when it was archived.")


class OneRelease(BaseModel):
    release: Release


class ReleasePage(BaseModel):
    releases: list[Release]
    next_page: NextPage


class NewRollback(New):
    """The new release is for every device of the cohort, at once, whatever its version."""

    name: Label | None = Field(default=None, description="Left out: made of the earlier one's.")
    description: Description | None = None
    version: Label | None = Field(default=None, description="Left out: that of the earlier one.")
    version_requirement: Requirement | None = Field(default=None, validation_alias=_REQUIREMENT)
    required: bool = Field(default=False, description="Whether devices may not skip it.")


class Rollback(BaseModel):
    """What a rollback would do."""

    release_prn: Prn = Field(description="The earlier release, whose bundle would come again.")
    cohort_prn: Prn
    bundle_prn: Prn
    affected: bool = Field(description="A binary of the bundle is not signed: it is refused.")
    withdrawn_release_prns: list[Prn] = Field(
        description="Those after it. They would be disabled and not required, and the last of them"
        " would lose its date and its phase."
    )
    devices_given: int = Field(description="Devices of the cohort that would be given the bundle.")
    devices_left: int = Field(
        description="The others: in quarantine, with a bundle override, or without a report from"
        " which the new release can be reached."
    )


class OneRollback(BaseModel):
    rollback: Rollback


class GivenRelease(Release):
    affected: bool = Field(
        description="Its bundle has a binary that is not signed, so no device is given it."
    )


class GivenReleasePage(BaseModel):
    releases: list[GivenRelease]
    next_page: NextPage


class ReleaseAtStake(BaseModel):
    prn: Prn
    name: str
    cohort_prn: Prn
    next_release_prn: Prn | None
    required: bool
    disabled: bool
    affected: bool = Field(description="Already now no device is given it.")
    devices: int = Field(description="Devices that said last that they run it.")


class BundleAtStake(BaseModel):
    prn: Prn
    name: str | None


class OverrideAtStake(BaseModel):
    prn: Prn
    name: str
    starts_at: Time
    ends_at: Time | None
    devices: int = Field(description="Devices that it lists.")


class Impact(BaseModel):
    """What would happen if the binary was destroyed, or what happened when it was."""

    binary_prn: Prn
    bundles: list[BundleAtStake]
    releases: list[ReleaseAtStake]
    bundle_overrides: list[OverrideAtStake]
    devices_interrupted: int = Field(
        description="Devices that would be given an update now, and none without the content."
        " Of a phase, those that there is room for."
    )


class OneImpact(BaseModel):
    impact: Impact
