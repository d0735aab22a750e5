"""What the shapes of all nouns share."""

from typing import Annotated, Final, TypeAlias, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from sealift.domain.names import is_id
from sealift.wire.text import Prn, Time

_TOLD: Final = {"title", "description", "default", "examples"}  # of a field, beside its type


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
    """Null is as good as absent, and the document says so of every field that may be absent."""

    @model_validator(mode="before")
    @classmethod
    def null_means_absent(cls, body: object) -> object:
        if not isinstance(body, dict):
            return body
        fields = cast("dict[str, object]", body)
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        shape = handler(schema)
        own = handler.resolve_ref_schema(shape)
        for name in own["properties"].keys() - own.get("required", []):
            own["properties"][name] = _or_null(own["properties"][name])
        return shape


def _or_null(field: JsonSchemaValue) -> JsonSchemaValue:
    if "anyOf" in field:  # which only has what is null beside the type
        return field
    told = {name: it for name, it in field.items() if name in _TOLD}
    typed = {name: it for name, it in field.items() if name not in _TOLD}
    return {"anyOf": [typed, {"type": "null"}], **told}


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
