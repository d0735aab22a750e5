"""Certificates of devices, and of the CAs that vouch for them, on the wire.

Certificates come in and are never given out.
"""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from sealift.wire.admin.base import Answer, Changes, New, NextPage
from sealift.wire.admin.fleet import Tags
from sealift.wire.text import Description, Label, Prn, Time, storable

GivenCertificate: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=131_072,
        description="Base64 of a PEM file with one certificate; the PEM itself and base64 of DER"
        " are understood, too.",
    ),
    AfterValidator(storable),
]
_FINGERPRINT = "Own: SHA-256 of the certificate's DER, uppercase hex."


# --- of CAs --------------------------------------------------------------------------------------


class VerificationCode(BaseModel):
    verification_code: str


class NewJitp(New):
    """What an unknown device becomes that comes with a certificate of the CA."""

    product_prn: Prn | None = Field(default=None, description="Either this or `product_name`.")
    product_name: Label | None = Field(default=None, description="Either this or `product_prn`.")
    cohort_prn: Prn | None = Field(default=None, description="A cohort of that product.")
    description: Description | None = None
    tags: Tags | None = None
    target: Label | None = None


class Jitp(BaseModel):
    product_prn: Prn
    cohort_prn: Prn | None
    description: str | None
    tags: list[str] | None
    target: str | None


class NewCaCertificate(New):
    certificate: GivenCertificate
    verification_certificate: GivenCertificate = Field(
        description="Signed by the CA's key; its common name is a verification code."
    )
    description: Description | None = None
    jitp: NewJitp | None = Field(default=None, description="Left out: unknown devices are refused.")


class CaCertificateChanges(Changes):
    description: Description | None = None
    jitp: NewJitp | None = Field(
        default=None, description="Replaces the whole; null: unknown devices are refused."
    )


class CaCertificate(Answer):
    description: str | None
    serial: str = Field(description="In decimal.")
    not_before: Time
    not_after: Time
    fingerprint: str = Field(description=_FINGERPRINT)
    jitp: Jitp | None


class OneCaCertificate(BaseModel):
    ca_certificate: CaCertificate


class CaCertificatePage(BaseModel):
    ca_certificates: list[CaCertificate]
    next_page: NextPage


# --- of devices ----------------------------------------------------------------------------------


class NewDeviceCertificate(New):
    device_prn: Prn = Field(description="The device that has the certificate's key.")
    certificate: GivenCertificate


class DeviceCertificate(Answer):
    device_prn: Prn
    ca_certificate_prn: Prn | None = Field(
        description="Own: the CA of the organization that issued it; null: it stands alone."
    )
    serial: str = Field(description="In decimal.")
    not_before: Time
    not_after: Time
    fingerprint: str = Field(description=_FINGERPRINT)


class OneDeviceCertificate(BaseModel):
    device_certificate: DeviceCertificate


class DeviceCertificatePage(BaseModel):
    device_certificates: list[DeviceCertificate]
    next_page: NextPage
