"""Content on its way in: a file with gaps, and a note of where the gaps are.

`HASH.part` is the file and `HASH.gaps` the note, which is at most half a second or 4 MiB behind
the file. It may be wrong after a loss of power. That only costs a second download: nothing that
is kept here is believed before the whole file was digested.
"""

import json
import os
import shutil
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from sealift.client.crew import Stopped
from sealift.client.progress import Advance

_NOTE_AFTER: Final = 4 * 1024**2  # bytes
_NOTE_EVERY: Final = 0.5  # seconds
_SMALLEST: Final = 64 * 1024  # bytes; shorter stretches are not worth a request


@dataclass(slots=True)
class Gap:
    """Bytes that are missing, from `start` up to `end`; it closes from its start."""

    start: int
    end: int


class Arrival:
    """May be written to by several threads, each in a gap of its own, until it is closed."""

    def __init__(self, part: Path, size: int, advance: Advance) -> None:
        self.size = size
        self._part = part
        self._note = part.with_suffix(".gaps")
        self._advance = advance
        self._lock = threading.Lock()
        self._is_closed = False
        self._unnoted = 0
        self._noted_at = time.monotonic()
        self.gaps = self._noted()
        self.is_continued = self.missing < size
        self._descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        advance(size - self.missing)

    @property
    def missing(self) -> int:
        return sum(gap.end - gap.start for gap in self.gaps)

    def restart(self) -> None:
        self._advance(self.missing - self.size)
        self.gaps = [Gap(0, self.size)] if self.size else []
        self.is_continued = False
        os.ftruncate(self._descriptor, 0)

    def split(self, count: int) -> list[Gap]:
        """The gaps, cut so that `count` can be filled at once where that is worth it."""
        length = max(-(-self.missing // count), _SMALLEST)
        self.gaps = [
            Gap(start, min(start + length, gap.end))
            for gap in self.gaps
            for start in range(gap.start, gap.end, length)
        ]
        return list(self.gaps)

    def room(self) -> int:
        """Bytes that can still be written where this is kept."""
        return shutil.disk_usage(self._part.parent).free

    def fill(self, gap: Gap, piece: bytes, stop: threading.Event) -> None:
        """The next bytes of a gap."""
        view = memoryview(piece)
        with self._lock:
            if stop.is_set() or self._is_closed:
                raise Stopped
            while view:
                written = os.pwrite(self._descriptor, view, gap.start)
                gap.start += written
                view = view[written:]
            self._unnoted += len(piece)
            is_time = time.monotonic() - self._noted_at > _NOTE_EVERY
            if is_time or self._unnoted > _NOTE_AFTER:
                self._take_note()
        self._advance(len(piece))

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            try:
                self._take_note()
                os.fsync(self._descriptor)
            finally:
                os.close(self._descriptor)

    def _take_note(self) -> None:
        """Without a new note the old one stands, which calls more bytes missing."""
        gaps = [[gap.start, gap.end] for gap in self.gaps if gap.start < gap.end]
        draft = self._note.with_suffix(".gaps-new")
        with suppress(OSError):
            draft.write_text(json.dumps({"size": self.size, "gaps": gaps}))
            draft.replace(self._note)
        self._unnoted, self._noted_at = 0, time.monotonic()

    def _noted(self) -> list[Gap]:
        whole = [Gap(0, self.size)] if self.size else []
        if not self._part.exists():
            return whole
        with suppress(OSError, ValueError, TypeError, LookupError):
            note = cast("dict[str, object]", json.loads(self._note.read_text()))
            gaps = [Gap(start, end) for start, end in cast("list[list[int]]", note["gaps"])]
            if note["size"] == self.size and all(0 <= g.start < g.end <= self.size for g in gaps):
                return gaps
        return whole


@contextmanager
def arriving(part: Path, size: int, advance: Advance) -> Generator[Arrival]:
    """Whatever stops it, what has arrived is kept for the next try."""
    arrival = Arrival(part, size, advance)
    try:
        yield arrival
    finally:
        arrival.close()


def discard(part: Path) -> None:
    for path in (part, part.with_suffix(".gaps"), part.with_suffix(".gaps-new")):
        path.unlink(missing_ok=True)
