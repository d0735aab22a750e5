"""Disks that tests may fill up and take away: real file systems in memory, mounted by root.

Permissions stop nobody who is root, and a disk that is full or read-only does.
"""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Disk:
    folder: Path

    def fill(self) -> None:
        """Leave not a byte."""
        ballast = os.open(self.folder / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (65536, 4096, 1):
                with suppress(OSError):
                    while os.write(ballast, bytes(size)):
                        pass
        finally:
            os.close(ballast)

    def use_up_names(self) -> None:
        """Leave room for bytes and for no further file."""
        for number in range(os.statvfs(self.folder).f_favail):
            (self.folder / f"ballast-{number}").touch()

    def make_room(self) -> None:
        for ballast in self.folder.glob("ballast*"):
            ballast.unlink()

    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def set(self, options: str) -> None:
        """Mount it anew with the options, such as `ro`; refused while files are written."""
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


@contextmanager
def a_disk(folder: Path, options: str) -> Generator[Disk]:
    """`options` are those of tmpfs, such as `size=8m`."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk: run this test as root")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sealift-test", folder], check=True)
    try:
        yield Disk(folder)
    finally:
        # Lazily: whoever still has a file open must not keep the mount for ever.
        subprocess.run(["umount", "--lazy", folder], check=True)
