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
    code = "request.malformed"


class Invalid(Refusal):
    code = "request.invalid"


class Unauthenticated(Refusal):
    code = "key.unknown"


class Forbidden(Refusal):
    code = "rights.missing"


class NotFound(Refusal):
    code = "not_found"


class Conflict(Refusal):
    code = "conflict"


class TooLarge(Refusal):
    code = "request.too_large"


class TooMany(Refusal):
    code = "request.too_many"


class Unavailable(Refusal):
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


class ApiVersionUnsupported(Malformed):
    code = "api_version.unsupported"


class SearchMalformed(Invalid):
    code = "search.malformed"


class PageMalformed(Invalid):
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
    code = "records.unavailable"


# --- the life of a binary ----------------------------------------------------------------------


class WrongState(Invalid):
    code = "binary.wrong_state"


class NotYours(Invalid):
    """A move that only the server makes."""

    code = "binary.not_yours"


class ClosingAlready(Conflict):
    """The closing step of this upload is running."""

    code = "binary.closing"


class DigestMalformed(Invalid):
    code = "digest.malformed"


class NotDownloadable(Invalid):
    code = "binary.not_downloadable"


# --- parts and content -------------------------------------------------------------------------


class PartInvalid(Invalid):
    code = "part.invalid"


class PartsIncomplete(Invalid):
    code = "parts.incomplete"


class PartBusy(Conflict):
    """Another writer is sending this very part."""

    code = "part.busy"


class PartHeadersMissing(Malformed):
    code = "part.headers"


class PartSizeWrong(Malformed):
    code = "part.size"


class PartChecksumWrong(Malformed):
    code = "part.checksum"


class LinkForbidden(Forbidden):
    """A link that was never ours, was altered, or has expired."""

    code = "link.forbidden"


class LinkDead(NotFound):
    """A link whose content is gone or was replaced."""

    code = "link.dead"


class RangeUnsatisfiable(Refusal):
    code = "range.unsatisfiable"


class ContentMissing(NotFound):
    code = "content.missing"


class ContentUnavailable(Unavailable):
    code = "content.unavailable"


class ContentFull(Unavailable):
    """The store has no room left."""

    code = "content.full"


# --- signing -----------------------------------------------------------------------------------


class KeyMalformed(Invalid):
    code = "signing_key.malformed"


class SignatureWrong(Invalid):
    code = "signature.wrong"
