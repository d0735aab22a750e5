"""The installer: a command of the device's, started once for each binary that was verified.

It is told in its environment what to install. Status 0 means that it is installed and will
survive a loss of power. It may be started again with the same binary, after a kill too, so
doing its work twice must be the same as doing it once.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sealift.agent.folder import Folder
from sealift.agent.judging import UpdateFailed
from sealift.agent.state import Statement
from sealift.agent.wanted import Entry
from sealift.domain.metadata import compact

_LONGEST_VALUE: Final = 100_000  # bytes; systems refuse more than 128 KiB in one variable
_LAST_WORDS: Final = 500  # characters of what an installer said before it failed


def install(
    command: Sequence[str], entry: Entry, path: Path, statement: Statement, folder: Folder
) -> None:
    """Start the installer and wait for it."""
    metadata = folder.path / "metadata.json"
    text = compact(entry.custom_metadata)
    try:
        metadata.write_text(text, encoding="utf-8")
        environment = os.environ | told(entry, path, statement, metadata, text)
        status = _run(command, environment, folder)
    except (OSError, ValueError) as error:  # ValueError: a NUL in what the server sent
        message = f"the installer cannot be started: {error}"
        raise UpdateFailed(message, entry.binary_prn) from error
    if status != 0:
        raise UpdateFailed(_explained(status, folder.installer_log), entry.binary_prn)


def told(
    entry: Entry, path: Path, statement: Statement, metadata: Path, text: str
) -> dict[str, str]:
    """The variables that an installer may rely on; an empty text where there is nothing."""
    is_short = len(text.encode()) <= _LONGEST_VALUE
    return {
        "SEALIFT_CONTENT_PATH": str(path),
        "SEALIFT_CUSTOM_METADATA": text if is_short else "",
        "SEALIFT_CUSTOM_METADATA_PATH": str(metadata),
        "SEALIFT_BINARY_PRN": entry.binary_prn,
        "SEALIFT_HASH": entry.hash,
        "SEALIFT_SIZE": str(entry.size),
        "SEALIFT_TARGET": entry.target or "",
        "SEALIFT_ARTIFACT_NAME": entry.artifact.name,
        "SEALIFT_ARTIFACT_VERSION": entry.artifact_version.version,
        "SEALIFT_BUNDLE_PRN": statement.bundle_prn,
        "SEALIFT_RELEASE_PRN": statement.release_prn or "",
        "SEALIFT_RELEASE_VERSION": statement.release_version or "",
    }


def _run(command: Sequence[str], environment: dict[str, str], folder: Folder) -> int:
    """What it says goes to a file, which outlives us: a pipe would take it along when we die."""
    with folder.installer_log.open("wb") as log:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            pass_fds=[folder.installing],
            check=False,
        )
    return done.returncode


def _explained(status: int, log: Path) -> str:
    how = f"ended with status {status}" if status > 0 else f"was killed by signal {-status}"
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - 4 * _LAST_WORDS, 0))
        words = file.read().decode(errors="replace").strip()[-_LAST_WORDS:]
    return f"the installer {how}" + (f": {words}" if words else ", and said nothing")
