"""Refusals on the way of a binary: its life, its parts, its content, its signatures."""

from sealift.domain.errors.kinds import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    Unavailable,
)

# --- the life of a binary ------------------------------------------------------------------------


class WrongState(Invalid):
    """The binary is in a state in which this cannot be done."""

    code = "binary.wrong_state"


class NotYours(Invalid):
    """A move that only the server makes."""

    code = "binary.not_yours"


class ClosingAlready(Conflict):
    """The closing step of this upload is running."""

    code = "binary.closing"


class NotDownloadable(Invalid):
    """The binary has no verified content."""

    code = "binary.not_downloadable"


# --- parts and content ---------------------------------------------------------------------------


class PartInvalid(Invalid):
    """The declared part cannot be one of this binary's."""

    code = "part.invalid"


class PartsIncomplete(Invalid):
    """The upload cannot be finished: parts are missing, not valid or of the wrong size."""

    code = "parts.incomplete"


class PartBusy(Conflict):
    """Another writer is sending this very part."""

    code = "part.busy"


class PartHeadersMissing(Malformed):
    """The bytes of a part came without a header that they need, or with a wrong one."""

    code = "part.headers"


class PartSizeWrong(Malformed):
    """More or fewer bytes came than the part was declared with."""

    code = "part.size"


class PartChecksumWrong(Malformed):
    """Other bytes came than the part was declared with."""

    code = "part.checksum"


class LinkForbidden(Forbidden):
    """A link that was never ours, was altered, or has expired."""

    code = "link.forbidden"


class LinkDead(NotFound):
    """A link whose content is gone or was replaced."""

    code = "link.dead"


class RangeUnsatisfiable(Refusal):
    """None of the ranges asked for is within the content."""

    code = "range.unsatisfiable"


class ContentMissing(NotFound):
    """The store does not have what should be there."""

    code = "content.missing"


class ContentUnavailable(Unavailable):
    """The store does not answer as it should."""

    code = "content.unavailable"


class ContentFull(Unavailable):
    """The store has no room left."""

    code = "content.full"


# --- signing -------------------------------------------------------------------------------------


class KeyMalformed(Invalid):
    """The value is no Ed25519 public key."""

    code = "signing_key.malformed"


class SignatureWrong(Invalid):
    """The signature is not by this key over this hash."""

    code = "signature.wrong"
