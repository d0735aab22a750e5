"""Digests: SHA-256 as 64 lowercase hex characters, and the comparison that decides.

`Checker` is fed the stored bytes once, in order, and then knows the digest of the
whole and of each part. `verdict` is the three-way check: what the record declares,
what we computed, what the store reports having received.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealift.domain.errors import DigestMalformed

EMPTY: Final = hashlib.sha256().hexdigest()
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def checked(text: str, field: str = "hash") -> str:
    if not is_digest(text):
        message = "is invalid: must be a SHA-256 as 64 lowercase hex characters"
        raise DigestMalformed(message, field=field)
    return text


class Checker:
    """Reads content once and digests the whole and each part on the way.

    `sizes` are the parts' lengths in order. Bytes beyond the last part count only for the whole.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.size = 0
        self._whole = hashlib.sha256()
        # One part is the whole: hashing it twice would only cost time.
        self._sizes = list(sizes) if len(sizes) > 1 else []
        self._parts: list[str] = []
        self._part = hashlib.sha256()
        self._room = self._sizes[0] if self._sizes else 0

    def feed(self, chunk: bytes | memoryview) -> None:
        view = memoryview(chunk)
        self.size += len(view)
        self._whole.update(view)
        while view and len(self._parts) < len(self._sizes):
            piece, view = view[: self._room], view[self._room :]
            self._part.update(piece)
            self._room -= len(piece)
            if self._room == 0:
                self._next_part()

    def _next_part(self) -> None:
        self._parts.append(self._part.hexdigest())
        self._part = hashlib.sha256()
        if len(self._parts) < len(self._sizes):
            self._room = self._sizes[len(self._parts)]

    def whole(self) -> str:
        return self._whole.hexdigest()

    def parts(self) -> list[str]:
        """Digests of the parts that were read to their end; a single part is the whole."""
        return self._parts if self._sizes else [self.whole()]


class Fault(StrEnum):
    """Why content was not accepted."""

    HASH_MISMATCH = "hash_mismatch"  # the bytes are not those the record declares
    SIZE_MISMATCH = "size_mismatch"  # more or fewer bytes than the record declares
    STORAGE_HASH_MISMATCH = "storage_hash_mismatch"  # the store received other bytes than it has
    CONTENT_MISSING = "content_missing"  # nothing is stored
    INTERNAL = "internal"  # the machinery failed again and again


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault` is None when the content is what the record says; `parts` are indexes from 1."""

    fault: Fault | None
    computed: str
    parts: tuple[int, ...]


def verdict(
    checker: Checker, declared: str, size: int, reported: Mapping[int, str | None]
) -> Verdict:
    """Compare the three. `reported` is by part index, None where the store says nothing."""
    computed = dict(enumerate(checker.parts(), start=1))
    bad = tuple(
        index
        for index, digest in sorted(reported.items())
        if digest is not None and computed.get(index) != digest
    )
    if checker.size != size:
        fault = Fault.SIZE_MISMATCH
    elif checker.whole() != declared:
        fault = Fault.HASH_MISMATCH
    else:
        fault = Fault.STORAGE_HASH_MISMATCH if bad else None
    return Verdict(fault, checker.whole(), bad)
