"""What a refusal is, and the kinds of them: each says what to do next."""

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
