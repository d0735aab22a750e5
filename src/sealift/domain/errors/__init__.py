"""Every refusal Sealift can answer with, in one list.

A refusal is an answer we chose. Its kind says what to do next, its code says
what happened and never changes, its facts are for machines. Anything else that
is raised is a bug. Nothing here knows of HTTP.

    Refusal
    ├── Malformed        the request cannot be read
    ├── Invalid          change the request
    ├── Unauthenticated  say who you are
    ├── Forbidden        ask someone else
    ├── NotFound         not there, or not yours
    ├── Conflict         look again, then decide
    ├── TooLarge         send less
    ├── TooMany          send more slowly
    └── Unavailable      wait and repeat
"""

from sealift.domain.errors.binaries import (
    ClosingAlready,
    ContentFull,
    ContentMissing,
    ContentUnavailable,
    KeyMalformed,
    LinkDead,
    LinkForbidden,
    NotDownloadable,
    NotYours,
    PartBusy,
    PartChecksumWrong,
    PartHeadersMissing,
    PartInvalid,
    PartsIncomplete,
    PartSizeWrong,
    RangeUnsatisfiable,
    SignatureWrong,
    WrongState,
)
from sealift.domain.errors.distribution import (
    BundleUnservable,
    ChannelBroken,
    ChannelHeld,
    NotReady,
    PhaseWrong,
    VersionMalformed,
)
from sealift.domain.errors.fleet import (
    CertificateUnknown,
    CertificateWrong,
    DeviceArchived,
    ProductArchived,
    ProductOther,
)
from sealift.domain.errors.kinds import (
    Conflict,
    Fact,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from sealift.domain.errors.records import (
    Changed,
    Frozen,
    InUse,
    RecordsUnavailable,
    ReferenceUnknown,
    Taken,
)
from sealift.domain.errors.request import (
    ApiVersionUnsupported,
    BodyIncomplete,
    PageMalformed,
    RequestInvalid,
    SearchMalformed,
    SenderSilent,
)

__all__ = [
    "ApiVersionUnsupported",
    "BodyIncomplete",
    "BundleUnservable",
    "CertificateUnknown",
    "CertificateWrong",
    "Changed",
    "ChannelBroken",
    "ChannelHeld",
    "ClosingAlready",
    "Conflict",
    "ContentFull",
    "ContentMissing",
    "ContentUnavailable",
    "DeviceArchived",
    "Fact",
    "Forbidden",
    "Frozen",
    "InUse",
    "Invalid",
    "KeyMalformed",
    "LinkDead",
    "LinkForbidden",
    "Malformed",
    "NotDownloadable",
    "NotFound",
    "NotReady",
    "NotYours",
    "PageMalformed",
    "PartBusy",
    "PartChecksumWrong",
    "PartHeadersMissing",
    "PartInvalid",
    "PartSizeWrong",
    "PartsIncomplete",
    "PhaseWrong",
    "ProductArchived",
    "ProductOther",
    "RangeUnsatisfiable",
    "RecordsUnavailable",
    "ReferenceUnknown",
    "Refusal",
    "RequestInvalid",
    "SearchMalformed",
    "SenderSilent",
    "SignatureWrong",
    "Taken",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "VersionMalformed",
    "WrongState",
]
