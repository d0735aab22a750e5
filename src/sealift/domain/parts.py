"""How content is cut into parts, where each part belongs, and when an upload is complete.

Parts are numbered from 1 and joined in that order. Clients cut equal parts, the last
one shorter; then the place of a part is known before any byte arrives (`offset`) and
joining costs nothing. Other cuts are allowed and have to be joined by copying.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealift.domain.errors import PartInvalid, PartsIncomplete

SMALLEST: Final = 5 * 1024**2  # bytes; the last part may be smaller
LARGEST: Final = 5 * 1024**3  # bytes
MOST: Final = 10_000
LARGEST_BINARY: Final = MOST * LARGEST
_NAMED_AT_MOST: Final = 20
_ROUND: Final = 1024**2  # bytes; people give part sizes in whole MiB


class PartState(StrEnum):
    UPLOADABLE = "uploadable"  # declared; no bytes yet, or some are arriving
    INVALID_SIZE = "invalid_size"  # the last try sent more or fewer bytes than declared
    INVALID_HASH = "invalid_hash"  # the last try sent other bytes than declared
    VALID = "valid"  # the declared bytes are stored


@dataclass(frozen=True, slots=True)
class Part:
    index: int
    size: int
    hash: str
    state: PartState = PartState.UPLOADABLE


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece of a file to be sent."""

    index: int
    offset: int
    size: int


def cuts(size: int, part_size: int) -> list[Cut]:
    """Cut `size` bytes into equal parts, the last one shorter; no parts for no bytes."""
    return [
        Cut(index, offset, min(part_size, size - offset))
        for index, offset in enumerate(range(0, size, part_size), start=1)
    ]


def check_declared(index: int, size: int, expected_binary_size: int, binary_size: int) -> None:
    """Refuse a part that could not be one of this binary's. A short one may be the last."""
    if not 1 <= index <= MOST:
        raise PartInvalid(f"must be between 1 and {MOST}", field="index")
    if not 1 <= size <= LARGEST:
        raise PartInvalid(f"must be between 1 and {LARGEST}", field="size")
    if expected_binary_size != binary_size:
        message = f"must be the size of the binary, which is {binary_size}"
        raise PartInvalid(message, field="expected_binary_size")
    if size > binary_size:
        raise PartInvalid(f"must not exceed the binary, which has {binary_size}", field="size")


def stride(index: int, size: int, binary_size: int) -> int | None:
    """The part size that the upload seems to be cut by, guessed from one declared part.

    Clients send parts side by side, so any part may come first. One that can be either of
    the equal ones or the last is taken for the last only if that makes the cut rounder. A
    wrong guess costs a copy in the closing step, nothing more.
    """
    if index == 1:
        return size
    may_be_regular = size >= SMALLEST and index * size <= binary_size
    as_last, rest = divmod(binary_size - size, index - 1)
    may_be_last = rest == 0 and as_last >= size
    if may_be_regular and may_be_last:
        return as_last if size % _ROUND and as_last % _ROUND == 0 else size
    if may_be_regular:
        return size
    return as_last if may_be_last else None


def offset(index: int, size: int, binary_size: int, cut_by: int | None) -> int | None:
    """Where the part begins, or None when only its neighbours' sizes can tell."""
    if cut_by is None:
        return None
    begins = (index - 1) * cut_by
    is_regular = size == cut_by and begins + size <= binary_size
    is_last = size <= cut_by and begins + size == binary_size
    return begins if is_regular or is_last else None


def check_complete(parts: Sequence[Part], binary_size: int) -> None:
    """Refuse unless the valid parts, joined, can be the whole binary. `parts` are by index."""
    indexes = [part.index for part in parts]
    missing = sorted(set(range(1, max(indexes, default=0) + 1)) - set(indexes))
    _none_of("missing", missing)
    _none_of("not valid", [part.index for part in parts if part.state is not PartState.VALID])
    _none_of(
        f"smaller than {SMALLEST} bytes, which only the last may be",
        [part.index for part in parts[:-1] if part.size < SMALLEST],
    )
    total = sum(part.size for part in parts)
    if total != binary_size:
        raise PartsIncomplete(
            f"parts add up to {total} bytes but the binary has {binary_size}"
            f" (parts received: {_listed(indexes) or 'none'})",
            field="state",
            total=total,
            size=binary_size,
            parts=indexes,
        )


def _none_of(fault: str, indexes: list[int]) -> None:
    if indexes:
        word = "part" if len(indexes) == 1 else "parts"
        message = f"upload is not complete: {word} {_listed(indexes)} {fault}"
        raise PartsIncomplete(message, field="state", parts=indexes)


def _listed(indexes: list[int]) -> str:
    shown = ", ".join(map(str, indexes[:_NAMED_AT_MOST]))
    more = len(indexes) - _NAMED_AT_MOST
    return f"{shown} and {more} more" if more > 0 else shown
