"""The Admin API's shapes: what may be asked, and what is answered.

`New…` and `…Changes` are requests, plain nouns are answers, `One…` and `…Page` their
envelopes. When something is created an explicit null means the same as leaving the field
out; when it is changed, null clears what may be empty and is refused elsewhere. Unknown
fields are ignored.
"""

from typing import Annotated, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sealift.domain.binary import State
from sealift.domain.names import is_id
from sealift.domain.parts import LARGEST, LARGEST_BINARY, PartState
from sealift.wire.text import Description, Json, Label, Metadata, Prn, Time


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
BinarySize: TypeAlias = Annotated[
    int, Field(ge=0, le=LARGEST_BINARY, description="Length of the whole content in bytes.")
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
SignatureText: TypeAlias = Annotated[
    str,
    Field(
        pattern="^[0-9a-fA-F]{128}$",
        description="Ed25519 signature over the 64 characters of the hash, as hex in any case.",
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _New(_Request):
    @model_validator(mode="before")
    @classmethod
    def null_means_absent(cls, body: object) -> object:
        if not isinstance(body, dict):
            return body
        fields = cast("dict[str, object]", body)
        return {name: value for name, value in fields.items() if value is not None}


class _Changes(_Request):
    """Fields that may not be empty have a `default_factory`: absent is fine, null is not."""

    def sent(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class _Answer(BaseModel):
    prn: Prn
    organization_prn: Prn
    inserted_at: Time
    updated_at: Time


class Page(BaseModel):
    next_page: str | None = Field(
        description="Pass it as `page` to continue; null when this was the last page."
    )


# --- artifacts -----------------------------------------------------------------------------------


class NewArtifact(_New):
    name: Label = Field(description="Unique within the organization.")
    description: Description | None = None
    custom_metadata: Metadata | None = Field(
        default=None, description="For the device agent; at most 1,000,000 bytes of JSON."
    )
    id: CustomId | None = None


class ArtifactChanges(_Changes):
    name: Label = Field(default_factory=str, description="Unique within the organization.")
    description: Description | None = None
    custom_metadata: Metadata | None = None


class Artifact(_Answer):
    name: str
    description: str | None
    custom_metadata: Json | None


class OneArtifact(BaseModel):
    artifact: Artifact


class ArtifactPage(Page):
    artifacts: list[Artifact]


# --- artifact versions ---------------------------------------------------------------------------


class NewArtifactVersion(_New):
    artifact_prn: Prn = Field(description="The artifact that this is a version of.")
    version: Label = Field(description="Free text, unique within the artifact.")
    description: Description | None = None
    custom_metadata: Metadata | None = None
    id: CustomId | None = None


class ArtifactVersionChanges(_Changes):
    description: Description | None = None
    custom_metadata: Metadata | None = None


class ArtifactVersion(_Answer):
    artifact_prn: Prn
    version: str
    description: str | None
    custom_metadata: Json | None


class OneArtifactVersion(BaseModel):
    artifact_version: ArtifactVersion


class ArtifactVersionPage(Page):
    artifact_versions: list[ArtifactVersion]


# --- signing keys --------------------------------------------------------------------------------

KeyValue: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="An Ed25519 public key: base64 of its 32 bytes, or PEM.",
        examples=["DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="],
    ),
]


class NewSigningKey(_New):
    name: Label = Field(description="Unique within the organization.")
    value: KeyValue


class SigningKeyChanges(_Changes):
    name: Label = Field(default_factory=str)
    value: KeyValue = Field(
        default_factory=str, description="Only while no signature refers to the key."
    )


class SigningKey(_Answer):
    name: str
    value: str = Field(description="Base64 of the 32 raw bytes.")
    keyid: str = Field(description="SHA-256 of the 32 raw bytes, lowercase hex.")


class OneSigningKey(BaseModel):
    signing_key: SigningKey


class SigningKeyPage(Page):
    signing_keys: list[SigningKey]


# --- binaries ------------------------------------------------------------------------------------


class NewBinary(_New):
    artifact_version_prn: Prn = Field(description="An existing version of the organization.")
    target: Label = Field(
        description="What the content is built for, such as a target triplet. Free text. Unique"
        " among the version's binaries that are not destroyed.",
        examples=["arm-linux-androideabi"],
    )
    hash: Digest
    size: BinarySize
    description: Description | None = None
    custom_metadata: Metadata | None = None
    id: CustomId | None = None


class BinaryChanges(_Changes):
    state: State = Field(
        default=State.UPLOADABLE,
        strict=False,
        description="The state to go to: `hashable` finishes the upload, `hashing` starts"
        " verification, `uploadable` resets (parts and content are discarded), `destroyed`"
        " erases the content for good.",
        json_schema_extra=lambda schema: schema.pop("default", None),
    )
    hash: Digest = Field(
        default_factory=str,
        description="Only while uploadable; a changed hash or size discards the parts.",
    )
    size: BinarySize = Field(default_factory=int, description="As for `hash`.")
    description: Description | None = None
    custom_metadata: Metadata | None = None


class AttachedSignature(BaseModel):
    signature: str
    signing_key_prn: Prn
    keyid: str
    public_value: str = Field(description="The public key as PEM.")


class VerificationError(BaseModel):
    """Why the last verification did not accept the content."""

    code: str
    expected: str
    computed: str | None
    reported: str | None
    size: int | None = Field(description="Bytes found in the store.")
    parts: list[int] = Field(description="Indexes of parts that are not as they were received.")
    at: Time


class Binary(_Answer):
    artifact_version_prn: Prn
    target: str
    hash: str
    size: int
    state: State
    description: str | None
    custom_metadata: Json | None
    signatures: list[AttachedSignature] | None
    revision: int = Field(description="Counts the changes of the record.")
    destroyed: bool
    bytes_uploaded: int = Field(description="Bytes of valid parts; 0 once destroyed.")
    verification_error: VerificationError | None


class OneBinary(BaseModel):
    binary: Binary


class BinaryPage(Page):
    binaries: list[Binary]


class DownloadUrl(BaseModel):
    download_url: str = Field(description="Works for 24 hours, or until the content is gone.")


# --- binary parts --------------------------------------------------------------------------------


class NewBinaryPart(_New):
    expected_binary_size: BinarySize = Field(description="Must equal the binary's size.")
    hash: Digest
    size: int = Field(
        ge=1,
        le=LARGEST,
        description="Bytes. At least 5,242,880, which is enforced when the upload is finished:"
        " only the last part may be smaller.",
    )


class BinaryPart(_Answer):
    binary_prn: Prn
    index: int
    hash: str
    size: int
    state: PartState


class BinaryPartToSend(BinaryPart):
    presigned_upload_url: str = Field(
        description="PUT the bytes there within 24 hours, with the headers `content-length`,"
        " `content-type: application/octet-stream` and `x-amz-checksum-sha256` (base64 of the"
        " raw SHA-256)."
    )


class OneBinaryPart(BaseModel):
    binary_part: BinaryPartToSend


class BinaryPartPage(Page):
    binary_parts: list[BinaryPart]


# --- binary signatures -----------------------------------------------------------------------------


class NewBinarySignature(_New):
    binary_prn: Prn
    signing_key_prn: Prn | None = Field(
        default=None, description="Either this or `signing_key_keyid`."
    )
    signing_key_keyid: str | None = Field(
        default=None, max_length=256, description="Either this or `signing_key_prn`."
    )
    signature: SignatureText


class BinarySignature(_Answer):
    binary_prn: Prn
    signing_key_prn: Prn
    keyid: str
    signature: str


class OneBinarySignature(BaseModel):
    binary_signature: BinarySignature


class BinarySignaturePage(Page):
    binary_signatures: list[BinarySignature]


# --- users ---------------------------------------------------------------------------------------


class User(BaseModel):
    email: str
    username: str
    organization_prn: Prn


class Me(BaseModel):
    data: User
