"""Resource names: `prn:1:<organization>:<type>:<id>`, parsed and printed in one place.

An organization is `prn:1:<id>`, a user `prn:1:user:<id>`; everything else lives in
an organization. Identifiers are lowercase RFC 4122 text; nothing else parses.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    API_KEY = "api_key"
    ARTIFACT = "artifact"
    ARTIFACT_VERSION = "artifact_version"
    BINARY = "binary"
    BINARY_PART = "binary_part"
    BINARY_SIGNATURE = "binary_signature"
    BUNDLE = "bundle"
    BUNDLE_OVERRIDE = "bundle_override"
    BUNDLE_SIGNATURE = "bundle_signature"
    CA_CERTIFICATE = "ca_certificate"
    COHORT = "cohort"
    DEVICE = "device"
    DEVICE_CERTIFICATE = "device_certificate"
    EVENT = "event"
    ORGANIZATION = "organization"
    PRODUCT = "product"
    RELEASE = "release"
    SIGNING_KEY = "signing_key"
    USER = "user"


_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_INSIDE: Final = re.compile(rf"prn:1:({_ID}):([a-z_]+):({_ID})")
_ORGANIZATION: Final = re.compile(rf"prn:1:({_ID})")
_USER: Final = re.compile(rf"prn:1:user:({_ID})")
_PLAIN_ID: Final = re.compile(_ID)
_KINDS_INSIDE: Final = {
    str(kind): kind for kind in Kind if kind not in {Kind.ORGANIZATION, Kind.USER}
}


@dataclass(frozen=True, slots=True)
class Name:
    """`organization_id` is empty for users only; an organization names itself in both."""

    organization_id: str
    kind: Kind
    id: str

    def __str__(self) -> str:
        if self.kind is Kind.ORGANIZATION:
            return f"prn:1:{self.id}"
        if self.kind is Kind.USER:
            return f"prn:1:user:{self.id}"
        return f"prn:1:{self.organization_id}:{self.kind}:{self.id}"


def parse(text: str) -> Name | None:
    """The name that `text` spells, or nothing: callers differ in how they refuse."""
    if found := _INSIDE.fullmatch(text):
        organization_id, word, resource_id = found.groups()
        kind = _KINDS_INSIDE.get(word)
        return Name(organization_id, kind, resource_id) if kind else None
    if found := _ORGANIZATION.fullmatch(text):
        return Name(found[1], Kind.ORGANIZATION, found[1])
    if found := _USER.fullmatch(text):
        return Name("", Kind.USER, found[1])
    return None


def is_id(text: str) -> bool:
    return _PLAIN_ID.fullmatch(text) is not None
