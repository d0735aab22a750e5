"""Signing keys and signatures on the wire, and the user behind a request."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from sealift.wire.admin.base import Answer, Changes, New, NextPage
from sealift.wire.text import Label, Prn, storable

SignatureText: TypeAlias = Annotated[
    str,
    Field(
        pattern="^[0-9a-fA-F]{128}$",
        description="Ed25519 signature over the 64 characters of the hash, as hex in any case.",
    ),
]


KeyValue: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="An Ed25519 public key: base64 of its 32 bytes, or PEM.",
        examples=["DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="],
    ),
]


class NewSigningKey(New):
    name: Label = Field(description="Unique within the organization.")
    value: KeyValue


class SigningKeyChanges(Changes):
    name: Label = Field(default_factory=str)
    value: KeyValue = Field(
        default_factory=str, description="Only while no signature refers to the key."
    )


class SigningKey(Answer):
    name: str
    value: str = Field(description="Base64 of the 32 raw bytes.")
    keyid: str = Field(description="SHA-256 of the 32 raw bytes, lowercase hex.")


class OneSigningKey(BaseModel):
    signing_key: SigningKey


class SigningKeyPage(BaseModel):
    signing_keys: list[SigningKey]
    next_page: NextPage


class NewBinarySignature(New):
    binary_prn: Prn
    signing_key_prn: Prn | None = Field(
        default=None, description="Either this or `signing_key_keyid`."
    )
    signing_key_keyid: Annotated[str, AfterValidator(storable)] | None = Field(
        default=None, max_length=256, description="Either this or `signing_key_prn`."
    )
    signature: SignatureText


class BinarySignature(Answer):
    binary_prn: Prn
    signing_key_prn: Prn
    keyid: str
    signature: str


class OneBinarySignature(BaseModel):
    binary_signature: BinarySignature


class BinarySignaturePage(BaseModel):
    binary_signatures: list[BinarySignature]
    next_page: NextPage


class User(BaseModel):
    email: str
    username: str
    organization_prn: Prn


class Me(BaseModel):
    data: User
