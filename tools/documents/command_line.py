"""docs/command-line.md: the help of every command, as a terminal of 80 columns shows it."""

import io
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any, Final

from typer.main import get_command

from documents.markdown import document
from sealift.main import app

_ABOUT: Final = """\
# The command line

Results go to standard output: JSON, or a table for people with `--output table`. Everything
else that is said goes to standard error, so a pipe gets nothing but the result.

| Status | Meaning |
| --- | --- |
| 0 | it is done |
| 1 | the server refused, or cannot be reached |
| 2 | the command was used wrongly |
| 65 | something on this side is not as it should be: a file, JSON, a PRN |
| 130 | interrupted; the same command goes on where it was |

What is not given as an option is taken from the environment, then from the profile.
"""


def text() -> str:
    root: Any = get_command(app)
    os.environ["COLUMNS"] = "80"
    helps = [_help(root, words) for words in _commands(root, ())]
    return document(_ABOUT, *helps)


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    yield words
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from _commands(below, (*words, name))


def _help(root: Any, words: tuple[str, ...]) -> str:  # noqa: ANN401
    shown = io.StringIO()
    with redirect_stdout(shown):
        root.main([*words, "--help"], standalone_mode=False)
    title = " ".join(["sealift", *words])
    return f"{'#' * min(len(words) + 2, 4)} {title}\n\n```text\n{shown.getvalue().rstrip()}\n```"
