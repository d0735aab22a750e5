"""Refusals that any noun's records can bring."""

from sealift.domain.errors.kinds import Conflict, Invalid, Unavailable


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
