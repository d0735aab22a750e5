"""Products, cohorts and devices on the wire."""

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from sealift.wire.admin.base import Answer, Changes, New, NextPage
from sealift.wire.text import Description, Label, Prn, Time, storable

SHORTEST_INTERVAL: Final = 10  # seconds
LONGEST_INTERVAL: Final = 604_800  # a week
_MOST_TAGS: Final = 100

PollInterval: TypeAlias = Annotated[
    int,
    Field(
        ge=SHORTEST_INTERVAL,
        le=LONGEST_INTERVAL,
        description="Own: seconds between two checks of a device; that of the cohort goes before"
        " that of the product.",
    ),
]
Identifier: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="Unique within the organization; the common name of the device's certificates.",
    ),
    AfterValidator(storable),
]
Tags: TypeAlias = Annotated[list[Label], Field(max_length=_MOST_TAGS)]


# --- products ------------------------------------------------------------------------------------


class NewProduct(New):
    name: Label = Field(description="Unique within the organization.")
    archived: bool | None = False
    poll_interval: PollInterval | None = None


class ProductChanges(Changes):
    name: Label = Field(default_factory=str, description="Unique within the organization.")
    archived: bool = Field(
        default_factory=bool, description="Only when all its devices are archived."
    )
    poll_interval: PollInterval | None = None


class Product(Answer):
    name: str
    archived: bool
    poll_interval: int | None


class NewlyMadeProduct(BaseModel):
    product: Product


class OneProduct(BaseModel):
    """Under both keys: clients differ in which of them they read."""

    data: Product
    product: Product


class ProductPage(BaseModel):
    products: list[Product]
    next_page: NextPage


# --- cohorts -------------------------------------------------------------------------------------


class NewCohort(New):
    product_prn: Prn = Field(description="The product whose devices it groups; for good.")
    name: Label = Field(description="Unique within the product.")
    description: Description | None = None
    poll_interval: PollInterval | None = None


class CohortChanges(Changes):
    name: Label = Field(default_factory=str, description="Unique within the product.")
    description: Description | None = None
    poll_interval: PollInterval | None = None


class Cohort(Answer):
    product_prn: Prn
    name: str
    description: str | None
    poll_interval: int | None


class OneCohort(BaseModel):
    cohort: Cohort


class CohortPage(BaseModel):
    cohorts: list[Cohort]
    next_page: NextPage


# --- devices -------------------------------------------------------------------------------------


class NewDevice(New):
    identifier: Identifier
    product_prn: Prn = Field(description="Its product, for good.")
    cohort_prn: Prn | None = Field(
        default=None, description="A cohort of its product; without one it gets no releases."
    )
    description: Description | None = None
    quarantined: bool | None = Field(default=False, description="It gets no updates.")
    tags: Tags | None = None
    target: Label | None = Field(default=None, description="What binaries for it are built for.")


class DeviceChanges(Changes):
    cohort_prn: Prn | None = Field(default=None, description="A cohort of its product.")
    description: Description | None = None
    quarantined: bool = Field(default_factory=bool, description="It gets no updates.")
    tags: Tags | None = None
    target: Label | None = None
    archived: bool = Field(
        default_factory=bool, description="Own: it is let in no more, and left out of lists."
    )


class Device(Answer):
    identifier: str
    product_prn: Prn
    cohort_prn: Prn | None
    description: str | None
    quarantined: bool
    tags: list[str] | None
    target: str | None
    archived: bool
    last_connected_at: Time | None
    reported_bundle_prn: str | None
    reported_release_prn: str | None
    reported_release_version: str | None


class OneDevice(BaseModel):
    device: Device


class DevicePage(BaseModel):
    devices: list[Device]
    next_page: NextPage
