"""Digests: SHA-256 as 64 lowercase hex characters, and the comparison that decides.

`Checker` is fed the stored bytes in order and digests them. `verdict` is the three-way check:
what the record declares, what we computed, what the store reports having received.

What a store reports names its algorithm, "sha256:…" or "md5:…", because not every store
knows SHA-256. Only our own SHA-256 of the whole decides what is accepted.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part as the records have it: `hash` was declared, `reported` is its store's word."""

    size: int
    hash: str
    reported: str | None = None

    @property
    def algorithm(self) -> Algorithm:
        return algorithm_of(self.reported) if self.reported else Algorithm.SHA256

    @property
    def expected(self) -> str:
        return self.reported or tagged(self.hash)


class PartDigests:
    """Digests of the parts of a stream, each in an algorithm of its own; None is passed over."""

    def __init__(self, wanted: Iterable[tuple[int, Algorithm | None]]) -> None:
        self._found: dict[int, str] = {}
        self._wanted = enumerate(wanted, start=1)
        self._begin_part()

    def _begin_part(self) -> None:
        self._index, (self._room, algorithm) = next(self._wanted, (0, (0, None)))
        self._part = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None

    def feed(self, chunk: bytes | memoryview) -> None:
        view = memoryview(chunk)
        while view and self._index:
            piece, view = view[: self._room], view[self._room :]
            if self._part is not None:
                self._part.update(piece)
            self._room -= len(piece)
            if self._room == 0:
                self._end_part()

    def _end_part(self) -> None:
        if self._part is not None:
            self._found[self._index] = self._part.hexdigest()
        self._begin_part()

    def found(self) -> dict[int, str]:
        """By index, of the parts that were read to their end."""
        return self._found


class Checker:
    """Reads content once and digests the whole, and those parts that have to be.

    The whole decides, so it is digested always. A part that its store reports in SHA-256 was
    compared with its declaration when it arrived, and is digested again only by a `thorough`
    reading, which finds out where content went wrong. A report in another algorithm can be
    compared with nothing but the bytes.
    """

    def __init__(self, pieces: Sequence[Piece], *, thorough: bool = False) -> None:
        self.size = 0
        self.pieces = pieces
        self._whole = hashlib.sha256()
        # One part is the whole: digesting it twice would only cost time.
        self._is_whole = [piece.algorithm for piece in pieces] == [Algorithm.SHA256]
        self._is_thorough = thorough and not self._is_whole
        wanted = [(piece.size, self._wanted(piece)) for piece in pieces]
        # Of none of them as a rule, and then no byte is even looked at twice.
        self._parts = PartDigests(wanted if any(each for _, each in wanted) else ())

    def _wanted(self, piece: Piece) -> Algorithm | None:
        is_needed = self._is_thorough or piece.algorithm is not Algorithm.SHA256
        return piece.algorithm if is_needed else None

    def feed(self, chunk: bytes | memoryview) -> None:
        self.size += len(chunk)
        self._whole.update(chunk)
        self._parts.feed(chunk)

    def whole(self) -> str:
        return self._whole.hexdigest()

    def bad_parts(self) -> tuple[int, ...]:
        """Indexes of the parts that are not what they should be, as far as this reading tells."""
        found = {1: self.whole()} if self._is_whole else self._parts.found()
        return tuple(
            index
            for index, piece in enumerate(self.pieces, start=1)
            if self._digest(found, index, piece) != piece.expected
        )

    def _digest(self, found: Mapping[int, str], index: int, piece: Piece) -> str | None:
        is_believed = not self._is_whole and self._wanted(piece) is None
        digest = piece.hash if is_believed else found.get(index)
        return digest and tagged(digest, piece.algorithm)


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
    bad = checker.bad_parts()
    if checker.size != size:
        fault = Fault.SIZE_MISMATCH
    elif checker.whole() != declared:
        fault = Fault.HASH_MISMATCH
    else:
        fault = Fault.STORAGE_HASH_MISMATCH if bad else None
    return Verdict(fault, checker.whole(), bad)
