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

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

Fact: TypeAlias = str | int | bool | Sequence[str] | Sequence[int] | None


class Refusal(Exception):
    """An answer, not a fault. `field` names what in the request is to blame, if anything is."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str | None = None, **facts: Fact) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.facts: Mapping[str, Fact] = facts

    @property
    def errors(self) -> dict[str, list[str]]:
        """Texts by field; empty where no field is to blame."""
        return {self.field: [self.message]} if self.field else {}


# --- kinds ---------------------------------------------------------------------------------


class Malformed(Refusal):
    """The request cannot be read: broken JSON, a header that is missing."""

    code = "request.malformed"


class Invalid(Refusal):
    """The request was understood and cannot be done; texts stand by field."""

    code = "request.invalid"


class Unauthenticated(Refusal):
    """No API key was given, or one that is not known."""

    code = "key.unknown"


class Forbidden(Refusal):
    """The role of the API key does not include this."""

    code = "rights.missing"


class NotFound(Refusal):
    """Nothing of that name is here, or it belongs to somebody else."""

    code = "not_found"


class Conflict(Refusal):
    """What was asked is at odds with what somebody else does."""

    code = "conflict"


class TooLarge(Refusal):
    """The body is larger than any request needs to be."""

    code = "request.too_large"


class TooMany(Refusal):
    """More requests than the operator allows one API key."""

    code = "request.too_many"


class Unavailable(Refusal):
    """Something that is needed does not answer."""

    code = "unavailable"


# --- the request itself ----------------------------------------------------------------------


class RequestInvalid(Invalid):
    """The same for several fields at once, as a form is answered."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{name} {', '.join(texts)}" for name, texts in errors.items()))
        self._errors = {name: list(texts) for name, texts in errors.items()}

    @property
    def errors(self) -> dict[str, list[str]]:
        return self._errors


class SenderSilent(Malformed):
    """The body stopped coming before its end."""

    code = "request.silent"


class BodyIncomplete(Malformed):
    """The connection ended before the body did, or the body's chunks cannot be read."""

    code = "request.incomplete"


class ApiVersionUnsupported(Malformed):
    """`x-api-version` asks for another version than 2."""

    code = "api_version.unsupported"


class SearchMalformed(Invalid):
    """The search cannot be understood; the text says from where on."""

    code = "search.malformed"


class PageMalformed(Invalid):
    """`page` is no cursor of this list, or is continued in another order."""

    code = "page.malformed"


# --- records ---------------------------------------------------------------------------------


class Taken(Invalid):
    """Something that must be unique is not."""

    code = "taken"


class ReferenceUnknown(Invalid):
    """A named resource does not exist here, or belongs to somebody else."""

    code = "reference.unknown"


class Frozen(Invalid):
    """The field could be changed once, and no longer can."""

    code = "field.frozen"


class InUse(Conflict):
    """Deletion is blocked; the field names the relation that blocks it."""

    code = "in_use"


class Changed(Conflict):
    """Somebody else was faster."""

    code = "changed"


class RecordsUnavailable(Unavailable):
    """The database is away or too busy."""

    code = "records.unavailable"


# --- the life of a binary ----------------------------------------------------------------------


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


# --- parts and content -------------------------------------------------------------------------


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


# --- signing -----------------------------------------------------------------------------------


class KeyMalformed(Invalid):
    """The value is no Ed25519 public key."""

    code = "signing_key.malformed"


class SignatureWrong(Invalid):
    """The signature is not by this key over this hash."""

    code = "signature.wrong"
