"""What is fit for a terminal and what for a pipe.

Results go to standard output, everything said to a person goes to standard error. Nothing
that a server or a file put into a text can act on the terminal. Bars, the only thing that
moves the cursor, appear on a real terminal alone; NO_COLOR and TERM=dumb switch them off.
"""

import os
import re
import sys
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")
_STEP: Final = 1000


def plain(text: str) -> str:
    """Control characters, which could move the cursor or worse, as escapes."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def say(text: str) -> None:
    print(plain(text), file=sys.stderr, flush=True)  # noqa: T201  this is what it is for


def complain(first: str, *more: str) -> None:
    say(f"error: {first}")
    for line in more:
        say(f"  {line}")


def can_draw() -> bool:
    """Whether standard error is a terminal on which a bar may be drawn."""
    return (
        sys.stderr.isatty()
        and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
        and not os.environ.get("NO_COLOR")
    )


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def size(count: float) -> str:
    for unit in _UNITS[:-1]:
        if abs(count) < _STEP:
            return f"{count:.1f} {unit}" if unit != "bytes" else f"{count:.0f} {unit}"
        count /= _STEP
    return f"{count:.1f} {_UNITS[-1]}"
