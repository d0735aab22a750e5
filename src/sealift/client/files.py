"""Files with keys and certificates: small, never overwritten, private halves for one's own eyes."""

import os
from pathlib import Path
from typing import Final

from sealift.client.local import LocalTrouble

_LARGEST: Final = 64 * 1024  # bytes; a key or a certificate is far smaller


def read_small(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise LocalTrouble(f"cannot read {path}: {error.strerror}") from error
    if len(text) > _LARGEST:
        raise LocalTrouble(f"{path} is too large for a key or a certificate")
    return text


def write_both(private: Path, secret: bytes, public: Path, content: bytes) -> None:
    """Both or neither."""
    write_new(private, secret, 0o600)
    try:
        write_new(public, content, 0o644)
    except LocalTrouble:
        private.unlink()
        raise


def write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise LocalTrouble(f"cannot make {path}: {error.strerror}; nothing was written") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
