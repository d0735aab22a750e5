"""What the shapes of all nouns share."""

from typing import Annotated, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sealift.domain.names import is_id
from sealift.wire.text import Prn, Time


def _lowercase_uuid(text: str) -> str:
    if not is_id(text.lower()):
        raise PydanticCustomError("uuid", "is invalid")
    return text.lower()


Digest: TypeAlias = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 as lowercase hex.",
        examples=["403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"],
    ),
]
CustomId: TypeAlias = Annotated[
    str,
    AfterValidator(_lowercase_uuid),
    Field(
        json_schema_extra={"format": "uuid"},
        description="A UUID of your own in place of a generated one: it becomes the last part of"
        " the PRN. Meant for moving resources between organizations; use with care.",
    ),
]


class Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class New(Request):
    @model_validator(mode="before")
    @classmethod
    def null_means_absent(cls, body: object) -> object:
        if not isinstance(body, dict):
            return body
        fields = cast("dict[str, object]", body)
        return {name: value for name, value in fields.items() if value is not None}


class Changes(Request):
    """Fields that may not be empty have a `default_factory`: absent is fine, null is not."""

    def sent(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class Answer(BaseModel):
    prn: Prn
    organization_prn: Prn
    inserted_at: Time
    updated_at: Time


NextPage: TypeAlias = Annotated[
    str | None,
    Field(description="Pass it as `page` to continue; null when this was the last page."),
]
