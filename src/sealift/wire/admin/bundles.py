"""Bundles, their signatures, and bundle overrides on the wire."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from sealift.domain.bundle import MOST_BINARIES
from sealift.wire.admin.base import Answer, Changes, CustomId, New, NextPage
from sealift.wire.admin.keys import SignatureText
from sealift.wire.text import Description, GivenTime, Json, Label, Metadata, Prn, Time, storable

BundleName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=256), AfterValidator(storable)
]


class NewBundleBinary(New):
    prn: Prn
    custom_metadata: Metadata | None = Field(
        default=None,
        description="Without it the binary's own is taken, else its version's, else its"
        " artifact's, whole and once: later changes of those do not get here. `{}` is none at all.",
    )


class NewBundle(New):
    binaries: list[NewBundleBinary] = Field(
        min_length=1,
        max_length=MOST_BINARIES,
        description="In the order in which devices are told of them; each once, and signed.",
    )
    name: BundleName | None = None
    id: CustomId | None = None


class BundleChanges(Changes):
    name: BundleName | None = Field(
        default=None, description="All else of a bundle stays as it was made."
    )


class BundleBinary(BaseModel):
    prn: Prn
    custom_metadata: Json | None


class Bundle(Answer):
    name: str | None
    hash: str = Field(
        description="SHA-256 of the hashes of the binaries, written one after the other."
    )
    binaries: list[BundleBinary]


class OneBundle(BaseModel):
    bundle: Bundle


class BundlePage(BaseModel):
    bundles: list[Bundle]
    next_page: NextPage


class NewBundleSignature(New):
    bundle_prn: Prn
    signing_key_prn: Prn | None = Field(
        default=None, description="Either this or `signing_key_keyid`."
    )
    signing_key_keyid: Annotated[str, AfterValidator(storable)] | None = Field(
        default=None, max_length=256, description="Either this or `signing_key_prn`."
    )
    signature: SignatureText


class BundleSignature(Answer):
    bundle_prn: Prn
    signing_key_prn: Prn
    keyid: str
    signature: str


class OneBundleSignature(BaseModel):
    bundle_signature: BundleSignature


class BundleSignaturePage(BaseModel):
    bundle_signatures: list[BundleSignature]
    next_page: NextPage


class SignatureOfBundle(BaseModel):
    signature: str
    signing_key_prn: Prn
    keyid: str


class SignaturesOfBundle(BaseModel):
    """The same list twice: clients differ in the name that they look for."""

    bundle_signatures: list[SignatureOfBundle]
    signatures: list[SignatureOfBundle]


class NewBundleOverride(New):
    name: Label
    bundle_prn: Prn
    starts_at: GivenTime = Field(description="From then on it beats all releases.")
    ends_at: GivenTime | None = Field(
        default=None, description="Its first moment of no effect, after `starts_at`; null: never."
    )
    description: Description | None = None


class BundleOverrideChanges(Changes):
    name: Label = Field(default_factory=str)
    bundle_prn: Prn = Field(default_factory=str)
    starts_at: GivenTime = Field(default_factory=lambda: datetime.now(UTC))
    ends_at: GivenTime | None = None
    description: Description | None = None


class BundleOverride(Answer):
    name: str
    bundle_prn: Prn
    starts_at: Time
    ends_at: Time | None
    description: str | None


class OneBundleOverride(BaseModel):
    bundle_override: BundleOverride


class BundleOverridePage(BaseModel):
    bundle_overrides: list[BundleOverride]
    next_page: NextPage


class NewOverrideDevice(New):
    device_prn: Prn = Field(description="Of any product and cohort.")


class OverrideDevice(BaseModel):
    device_prn: Prn
    inserted_at: Time
    updated_at: Time


class OneOverrideDevice(BaseModel):
    device: OverrideDevice


class OverrideDevicePage(BaseModel):
    devices: list[OverrideDevice]
    next_page: NextPage
