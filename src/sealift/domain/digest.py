"""Digests: SHA-256 as 64 lowercase hex characters, and the comparison that decides.

`Checker` is fed the stored bytes once, in order, and then knows the digest of the
whole and of each part. `verdict` is the three-way check: what the record declares,
what we computed, what the store reports having received.

What a store reports names its algorithm, "sha256:…" or "md5:…", because not every store
knows SHA-256. Only our own SHA-256 of the whole decides what is accepted.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_HEX: Final = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


class Algorithm(StrEnum):
    """Of the digests that stores report."""

    SHA256 = "sha256"
    MD5 = "md5"


def tagged(digest: str, algorithm: Algorithm = Algorithm.SHA256) -> str:
    return f"{algorithm}:{digest}"


def algorithm_of(reported: str) -> Algorithm:
    return Algorithm(reported.partition(":")[0])


def shown(reported: str | None) -> str | None:
    """Bare where it is a SHA-256, as all digests are that we show."""
    return reported.removeprefix(f"{Algorithm.SHA256}:") if reported else None


def contradicts(reported: str | None, digest: str) -> bool:
    """Whether a report denies this SHA-256. One in another algorithm says nothing about it."""
    if reported is None or algorithm_of(reported) is not Algorithm.SHA256:
        return False
    return reported != tagged(digest)


class Checker:
    """Reads content once and digests the whole and each part on the way.

    `sizes` are the parts' lengths in order, `reported` what the store says of them; a part is
    digested as its report is, else as the whole is. Bytes beyond the last part count only for
    the whole.
    """

    def __init__(self, sizes: Sequence[int], reported: Sequence[str | None] = ()) -> None:
        self.size = 0
        self.reported = reported or [None] * len(sizes)
        self._whole = hashlib.sha256()
        pairs = zip(sizes, self.reported, strict=True)
        wanted = [(size, algorithm_of(each) if each else Algorithm.SHA256) for size, each in pairs]
        # One part is the whole: hashing it twice would only cost time.
        self._is_whole = [algorithm for _, algorithm in wanted] in ([], [Algorithm.SHA256])
        self._wanted = [] if self._is_whole else wanted
        self._parts: list[str] = []
        self._begin_part()

    def _begin_part(self) -> None:
        self._room, self._algorithm = 0, Algorithm.SHA256
        if len(self._parts) < len(self._wanted):
            self._room, self._algorithm = self._wanted[len(self._parts)]
        self._part = hashlib.new(self._algorithm, usedforsecurity=False)

    def feed(self, chunk: bytes | memoryview) -> None:
        view = memoryview(chunk)
        self.size += len(view)
        self._whole.update(view)
        while view and len(self._parts) < len(self._wanted):
            piece, view = view[: self._room], view[self._room :]
            self._part.update(piece)
            self._room -= len(piece)
            if self._room == 0:
                self._end_part()

    def _end_part(self) -> None:
        self._parts.append(tagged(self._part.hexdigest(), self._algorithm))
        self._begin_part()

    def whole(self) -> str:
        return self._whole.hexdigest()

    def parts(self) -> list[str]:
        """Digests of the parts that were read to their end, each with its algorithm."""
        return [tagged(self.whole())] if self._is_whole else self._parts


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


def verdict(checker: Checker, declared: str, size: int) -> Verdict:
    """Compare the three."""
    computed = dict(enumerate(checker.parts(), start=1))
    bad = tuple(
        index
        for index, digest in enumerate(checker.reported, start=1)
        if digest is not None and computed.get(index) != digest
    )
    if checker.size != size:
        fault = Fault.SIZE_MISMATCH
    elif checker.whole() != declared:
        fault = Fault.HASH_MISMATCH
    else:
        fault = Fault.STORAGE_HASH_MISMATCH if bad else None
    return Verdict(fault, checker.whole(), bad)
