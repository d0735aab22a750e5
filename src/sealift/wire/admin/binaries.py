"""Binaries and their parts on the wire."""

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field

from sealift.domain.binary import State
from sealift.domain.parts import LARGEST, LARGEST_BINARY, PartState
from sealift.wire.admin.base import Answer, Changes, CustomId, Digest, New, NextPage
from sealift.wire.text import Description, Json, Label, Metadata, Prn, Time

BinarySize: TypeAlias = Annotated[
    int, Field(ge=0, le=LARGEST_BINARY, description="Length of the whole content in bytes.")
]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class NewBinary(New):
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


class BinaryChanges(Changes):
    state: State = Field(
        default=State.UPLOADABLE,
        strict=False,
        description="The state to go to: `hashable` finishes the upload, `hashing` starts"
        " verification, `uploadable` resets (parts and content are discarded), `destroyed`"
        " erases the content for good.",
        json_schema_extra=_without_default,
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


class Binary(Answer):
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


class BinaryPage(BaseModel):
    binaries: list[Binary]
    next_page: NextPage


class DownloadUrl(BaseModel):
    download_url: str = Field(description="Works for 24 hours, or until the content is gone.")


class NewBinaryPart(New):
    expected_binary_size: BinarySize = Field(description="Must equal the binary's size.")
    hash: Digest
    size: int = Field(
        ge=1,
        le=LARGEST,
        description="Bytes. At least 5,242,880, which is enforced when the upload is finished:"
        " only the last part may be smaller.",
    )


class BinaryPart(Answer):
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


class BinaryPartPage(BaseModel):
    binary_parts: list[BinaryPart]
    next_page: NextPage
