"""A bundle: binaries in an order that does not change, each with the metadata it got on entry."""

import hashlib
from collections.abc import Sequence
from typing import Final, TypeVar

from sealift.domain.binary import State

MOST_BINARIES: Final = 1_000
LARGEST: Final = 10_000_000  # bytes of the metadata of all its binaries, as compact JSON

# A binary is ready when it is signed. Who is allowed more still waits for that with devices.
READY: Final = frozenset({State.SIGNED})
NOT_DESTROYED: Final = frozenset(State) - {State.DESTROYED}

_T = TypeVar("_T")


def bundle_hash(hashes: Sequence[str]) -> str:
    """The digest of the bundle: SHA-256 of its binaries' digests as one text, in their order.

    What is signed is this, so that a signature covers which binaries there are and their order.
    Their metadata it does not cover.
    """
    return hashlib.sha256("".join(hashes).encode("ascii")).hexdigest()


def inherited(
    element: _T | None, binary: _T | None, artifact_version: _T | None, artifact: _T | None
) -> _T | None:
    """The custom metadata of a binary in a bundle: the nearest that is there, whole.

    None is not there; metadata that is empty is. Taken once, when the bundle is made.
    """
    levels = (element, binary, artifact_version, artifact)
    return next((level for level in levels if level is not None), None)
