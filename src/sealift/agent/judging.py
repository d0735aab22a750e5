"""What may be installed: content of the right length and digest, signed by keys that are trusted.

The server's word counts for nothing here. Which keys are trusted is up to the device, and so is
how many of them must have signed; a signature is one over the text of the digest or over its
raw bytes.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sealift.agent.wanted import Entry
from sealift.domain.errors import SignatureWrong
from sealift.domain.signature import verify


class UpdateFailed(Exception):
    """An update cannot be installed on this device, and the server should know why."""

    def __init__(self, message: str, binary_prn: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.binary_prn = binary_prn


@dataclass(frozen=True, slots=True)
class Trust:
    keys: frozenset[str]  # raw public keys as base64
    minimum: int  # so many different ones must have signed


def check_signatures(entry: Entry, trust: Trust) -> None:
    """Refuse what too few trusted keys have signed."""
    signatures = [each.signature for each in entry.signatures or ()]
    found = sum(
        any(_is_by(key, signature, entry.hash) for signature in signatures) for key in trust.keys
    )
    if found < trust.minimum:
        message = (
            f"{entry.binary_prn} is signed by {found} trusted keys, not by {trust.minimum};"
            f" it has {len(signatures)} signatures in all"
        )
        raise UpdateFailed(message, entry.binary_prn)


def check_content(path: Path, entry: Entry) -> None:
    """Refuse a file that is not, to the last byte, what was signed."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    if (size, digest) != (entry.size, entry.hash):
        raise wrong(entry, f"are {size} and hash to {digest}")


def wrong(entry: Entry, what: str) -> UpdateFailed:
    """`what` the bytes are or do that arrived."""
    message = (
        f"{entry.binary_prn} should have {entry.size} bytes that hash to {entry.hash};"
        f" those that arrived {what}"
    )
    return UpdateFailed(message, entry.binary_prn)


def _is_by(key: str, signature: str, digest: str) -> bool:
    try:
        verify(key, signature, digest, "binary")
    except SignatureWrong:
        return False
    return True
