"""What the model of a binary's life is made of: answers, records, uploads, links.

It shares no code with Sealift, so that no mistake is made twice, and knows neither
attempts nor leases nor tokens: an upload is itself as long as it is the same `Upload`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

WORDS: Final = ("uploadable", "hashable", "hashing", "signable", "signed", "destroyed")
SMALLEST_PART: Final = 5 * 1024 * 1024  # bytes; the last part may be smaller
LINKS_LIVE: Final = timedelta(hours=24)
ABANDONED_AFTER: Final = timedelta(days=7)

# What a client may ask for, besides the state that a binary is in.
MOVES: Final = {
    ("uploadable", "hashable"),
    ("hashable", "hashing"),
    ("signed", "destroyed"),
    ("hashable", "uploadable"),
    ("hashing", "uploadable"),
    ("signable", "uploadable"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """The answer that is due; a refusal `blames` a field, or none in particular."""

    status: int
    blames: str | None = None


DONE: Final = Due(200)
MADE: Final = Due(201)
REMOVED: Final = Due(204)
REFUSED_BYTES: Final = Due(400, "detail")
FORBIDDEN: Final = Due(403)
UNKNOWN: Final = Due(404, "detail")
AWAY: Final = Due(503, "detail")


@dataclass(eq=False, slots=True)
class Upload:
    """What the store keeps of one upload; `content` once it is finished."""

    owner: str
    content: bytes | None = None


@dataclass(eq=False, slots=True)
class Part:
    """One declaration of a part: declared anew, it is another."""

    size: int
    hash: str
    state: str = "uploadable"
    received: bytes = b""


@dataclass(eq=False, slots=True)
class Binary:
    version: str
    target: str
    hash: str
    size: int
    touched: datetime
    description: str | None = None
    state: str = "uploadable"
    revision: int = 0
    error: str | None = None
    upload: Upload | None = None
    may_be_joined: bool = False  # a store was asked to, and nobody knows what came of it
    parts: dict[int, Part] = field(default_factory=dict[int, Part])

    @property
    def bytes_uploaded(self) -> int:
        if self.state == "uploadable":
            return sum(part.size for part in self.parts.values() if part.state == "valid")
        return 0 if self.state == "destroyed" else self.size

    def takes(self, part: Part, index: int) -> bool:
        return self.state == "uploadable" and self.parts.get(index) is part

    @property
    def is_complete(self) -> bool:
        parts = [self.parts[index] for index in sorted(self.parts)]
        return (
            sorted(self.parts) == list(range(1, len(parts) + 1))
            and all(part.state == "valid" for part in parts)
            and all(part.size >= SMALLEST_PART for part in parts[:-1])
            and sum(part.size for part in parts) == self.size
        )


@dataclass(frozen=True, eq=False, slots=True)
class PartLink:
    owner: str
    index: int
    part: Part
    until: datetime


@dataclass(frozen=True, eq=False, slots=True)
class DownloadLink:
    upload: Upload
    until: datetime


def malformed_field(asked: dict[str, object]) -> str | None:
    """The field that no record could have, whatever its state."""
    state, digest, size = (asked.get(name, ok) for name, ok in _WELL_FORMED.items())
    if state not in WORDS:
        return "state"
    if not isinstance(digest, str) or len(digest) != 64 or digest.lower() != digest:
        return "hash"
    if not isinstance(size, int) or size < 0:
        return "size"
    return "description" if asked.get("description") == "" else None


_WELL_FORMED: Final[dict[str, object]] = {"state": "uploadable", "hash": "0" * 64, "size": 0}
