"""The settings as people and as machines read them."""

import json
from collections.abc import Sequence
from typing import Protocol

import typer


class Setting(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def default(self) -> str: ...
    @property
    def description(self) -> str: ...


def print_settings(found: Sequence[Setting], *, as_json: bool) -> None:
    columns = ("name", "value", "source", "default", "description")
    if as_json:
        typer.echo(json.dumps([{c: getattr(each, c) for c in columns} for each in found], indent=2))
        return
    for each in found:
        default = f", instead of {each.default}" if each.source != "default" else ""
        typer.secho(f"{each.name} = {each.value or '(none)'}", bold=True, nl=False)
        typer.echo(f"  ({each.source}{default if each.default else ''})")
        typer.secho(f"    {each.description}", dim=True)
