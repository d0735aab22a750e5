"""The Admin API's shapes: what may be asked, and what is answered.

`New…` and `…Changes` are requests, plain nouns are answers, `One…` and `…Page` their
envelopes. When something is created an explicit null means the same as leaving the field
out; when it is changed, null clears what may be empty and is refused elsewhere. Unknown
fields are ignored.
"""

from sealift.wire.admin.artifacts import (
    Artifact,
    ArtifactChanges,
    ArtifactPage,
    ArtifactVersion,
    ArtifactVersionChanges,
    ArtifactVersionPage,
    NewArtifact,
    NewArtifactVersion,
    OneArtifact,
    OneArtifactVersion,
)
from sealift.wire.admin.binaries import (
    AttachedSignature,
    Binary,
    BinaryChanges,
    BinaryPage,
    BinaryPart,
    BinaryPartPage,
    BinaryPartToSend,
    DownloadUrl,
    NewBinary,
    NewBinaryPart,
    OneBinary,
    OneBinaryPart,
    VerificationError,
)
from sealift.wire.admin.events import Event, EventPage
from sealift.wire.admin.keys import (
    BinarySignature,
    BinarySignaturePage,
    Me,
    NewBinarySignature,
    NewSigningKey,
    OneBinarySignature,
    OneSigningKey,
    SigningKey,
    SigningKeyChanges,
    SigningKeyPage,
    User,
)

__all__ = [
    "Artifact",
    "ArtifactChanges",
    "ArtifactPage",
    "ArtifactVersion",
    "ArtifactVersionChanges",
    "ArtifactVersionPage",
    "AttachedSignature",
    "Binary",
    "BinaryChanges",
    "BinaryPage",
    "BinaryPart",
    "BinaryPartPage",
    "BinaryPartToSend",
    "BinarySignature",
    "BinarySignaturePage",
    "DownloadUrl",
    "Event",
    "EventPage",
    "Me",
    "NewArtifact",
    "NewArtifactVersion",
    "NewBinary",
    "NewBinaryPart",
    "NewBinarySignature",
    "NewSigningKey",
    "OneArtifact",
    "OneArtifactVersion",
    "OneBinary",
    "OneBinaryPart",
    "OneBinarySignature",
    "OneSigningKey",
    "SigningKey",
    "SigningKeyChanges",
    "SigningKeyPage",
    "User",
    "VerificationError",
]
