"""What was seen of a server after it was killed and started again: plain values to judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealift.domain.binary import State


@dataclass(frozen=True, slots=True)
class Link:
    """A presigned link that was given out; `index` is that of its part, 0 of a download."""

    attempt: int
    index: int
    url: str


@dataclass(frozen=True, slots=True)
class SeenPart:
    index: int
    is_valid: bool  # as its record says
    is_stored: bool  # its declared bytes are in the store


@dataclass(frozen=True, slots=True)
class SeenBinary:
    """One record. `stored` is the digest of what the store has as its content."""

    id: str
    state: State
    attempt: int
    key: str  # of the content of the current attempt
    has_store: bool
    stored: str | None
    parts: tuple[SeenPart, ...] = ()
    signatures: Mapping[str, str] = field(default_factory=dict[str, str])  # → signing key


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit about a binary; of a move, `source` and `target` are set."""

    action: str
    source: State | None = None
    target: State | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A link of a binary that was tried, and the status that came."""

    binary_id: str
    link: Link
    status: int


@dataclass(frozen=True, slots=True)
class Observed:
    """All of it. Nobody but the server itself was at work while it was looked at.

    The records are one snapshot, and whatever else is seen was looked at after it.
    """

    binaries: Mapping[str, SeenBinary]
    lines: Mapping[str, Sequence[Line]]  # by binary, in order
    to_erase: frozenset[str]  # keys with a note that they must be erased
    kept: frozenset[str]  # keys of which the store has anything
    shown: Mapping[str, State]  # by the API
    served: Mapping[str, str]  # the digest of what a download gave, or why it gave nothing
    tried: Sequence[Tried] = ()
    is_settled: bool = False  # long enough after the last kill for all work to be done
