"""Tells the story: what is done, how long it took, what came of it.

A line is begun before the work and finished after it, so a slow step can be seen waiting.
Nothing is wider than 80 columns and nothing moves the cursor; colors appear only on a
terminal that wants them.
"""

import os
import sys
import textwrap
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

_WIDTH: Final = 80
_FOR_THE_TIME: Final = 10  # columns kept free at the right edge
_BOLD: Final = "1"
_DIM: Final = "2"
_RED: Final = "31"

Say: TypeAlias = Callable[[str], None]


class Unexpected(Exception):
    """A step did not hold."""

    def __init__(self, what: str, *, expected: object, came: object) -> None:
        super().__init__(f"{what}: expected {expected}, came {came}")
        self.what = what
        self.expected = expected
        self.came = came


def expect(what: str, came: object, expected: object) -> None:
    if came != expected:
        raise Unexpected(what, expected=expected, came=came)


class Teller:
    def __init__(self) -> None:
        self.steps = 0
        self._begun = time.monotonic()
        self._is_colorful = (
            sys.stdout.isatty()
            and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
            and not os.environ.get("NO_COLOR")
        )

    def line(self, text: str = "") -> None:
        print(text, flush=True)

    def title(self, text: str) -> None:
        self.line(self._painted(_BOLD, text))

    def chapter(self, text: str) -> None:
        self.line()
        self.title(text)

    @contextmanager
    def step(self, what: str) -> Generator[Say]:
        """Time the block. What it says is told below; `Unexpected` is explained there."""
        lines = _wrapped(what, "  ", _WIDTH - _FOR_THE_TIME)
        print("\n".join(lines), end="", flush=True)
        notes: list[str] = []
        begun = time.monotonic()
        try:
            yield notes.append
        except Unexpected as fault:
            self._failed(fault)
            raise
        except Exception as error:
            came = f"{type(error).__name__}: {error}"
            fault = Unexpected("it could not be carried out", expected="an answer", came=came)
            self._failed(fault)
            raise fault from error
        took = f"{time.monotonic() - begun:.2f} s"
        self.line(self._painted(_DIM, took.rjust(_WIDTH - len(lines[-1]))))
        for note in notes:
            for each in _wrapped(note, "      ", _WIDTH):
                self.line(self._painted(_DIM, each))
        self.steps += 1

    def elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _failed(self, fault: Unexpected) -> None:
        self.line()
        self.line(self._painted(_RED, f"  this step did not hold: {fault.what}"))
        for label, value in (("expected", fault.expected), ("came", fault.came)):
            for each in _wrapped(f"{label.ljust(8)}  {value}", "      ", _WIDTH):
                self.line(each)

    def _painted(self, color: str, text: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._is_colorful else text


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    is_command = text.startswith("$ ")
    lines = textwrap.wrap(
        text,
        width=width - 2 if is_command else width,
        initial_indent=indent,
        subsequent_indent=indent + ("    " if is_command else ""),
        break_on_hyphens=False,
    )
    if is_command:  # as a shell would take it
        return [f"{each} \\" for each in lines[:-1]] + lines[-1:]
    return lines
