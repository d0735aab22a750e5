"""Progress on standard error: bars where they can be drawn, a few plain lines elsewhere."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sealift.cli.terminal import can_draw, say, size
from sealift.client.progress import Advance, Progress, Unwatched

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Display

_BETWEEN_LINES: Final = 10.0  # seconds


def watch(*, quiet: bool, bars: bool) -> Progress:
    if quiet:
        return Unwatched()
    return Bars() if bars and can_draw() else Lines(is_brief=not bars)


class Lines:
    """`is_brief` says only what happened, not how far it has got."""

    def __init__(self, *, is_brief: bool) -> None:
        self._is_brief = is_brief

    def note(self, text: str) -> None:
        say(text)

    @contextmanager
    def bar(self, label: str, total: int | None) -> Generator[Advance]:
        if self._is_brief:
            yield lambda _: None
            return
        say(f"{label} ({size(total)})" if total is not None else label)
        yield _Spoken(label, total).advance


class _Spoken:
    """A line now and then, for work that takes long."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label = label
        self._total = total
        self._done = 0
        self._spoke_at = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        with self._lock:
            self._done += count
            now = time.monotonic()
            if self._total and now - self._spoke_at >= _BETWEEN_LINES:
                self._spoke_at = now
                percent = 100 * self._done // self._total
                say(f"{self._label}: {percent} % of {size(self._total)}")


class Bars:
    def note(self, text: str) -> None:
        say(text)

    @contextmanager
    def bar(self, label: str, total: int | None) -> Generator[Advance]:
        display = _bytes_display() if total is not None else _waiting_display()
        with display:
            task = display.add_task(label, total=total)
            yield lambda count: display.advance(task, count)


def _bytes_display() -> "Display":
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=None),
        progress.TaskProgressColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
        console=_console(),
        expand=True,
    )


def _waiting_display() -> "Display":
    from rich import progress

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.TimeElapsedColumn(),
        console=_console(),
        transient=True,
    )


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)
