"""`sealift admin doctor`: is everything there that a server needs, and does it work?

A line for each thing, and below it what to do next where it is not well. The status is 1 if
anything is wrong, else 0.
"""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:  # the server's parts take a second to import; help must not
    from sealift.operate.examinations import Examined
    from sealift.operate.said import Said

EXAMINE: Final = "sealift.examine"  # where the context of a command has what opens the parts

_WIDTH: Final = 79
_INDENT: Final = " " * 23
_COLOURS: Final = {"ok": "green", "warning": "yellow", "wrong": "red"}


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Look at database, stores, public link, clocks, certificate and room, and try them.

    A small content of nobody's is written to each store, read, and erased.
    """
    examine: Callable[[], Examined] = context.meta[EXAMINE]
    found: list[Said] = []
    for said in _all(examine()):
        found.append(said)
        if not as_json:
            _print(said)  # at once: a store that hangs takes its time
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
    raise typer.Exit(any(each.mark == "wrong" for each in found))


def _all(of: "Examined") -> "Iterator[Said]":
    from sealift.operate import examinations, probing

    try:
        yield from examinations.here(of)
        yield from probing.stores(of)
    finally:
        of.system.records.close()


def _print(said: "Said") -> None:
    typer.secho(f"{said.mark:<8}", fg=_COLOURS[said.mark], nl=False)
    typer.echo(_folded(f"{said.about:<14} {said.text}", first=8))
    if said.advice:
        typer.echo(_folded(f"{_INDENT}next: {said.advice}", first=0))
    sys.stdout.flush()


def _folded(text: str, first: int) -> str:
    """Lines that an 80 column terminal shows whole; `first` columns are taken already."""
    filled = textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * first,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
    )
    return filled[first:]
