"""Events on the wire: the envelope that subscribers will get too."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from sealift.wire.admin.base import NextPage
from sealift.wire.text import Json, Prn, Time

EventType: TypeAlias = Literal["api_key", "binary", "bundle", "device", "release", "signing_key"]


class EventData(BaseModel):
    type: str = Field(description="What happened: the subtype.")
    data: Json


class Event(BaseModel):
    version: Literal[1] = Field(description="Of this envelope.")
    prn: Prn
    organization_prn: Prn
    type: EventType
    event_subtype: str
    actor_prn: Prn | None = Field(description="Who did it; null: the server itself.")
    resource_prn: Prn = Field(description="What it happened to, which may be gone by now.")
    inserted_at: Time
    data: EventData


class EventPage(BaseModel):
    events: Annotated[list[Event], Field(description="By `inserted_at`, the newest first.")]
    next_page: NextPage
