"""Tables for people, JSON for machines."""

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
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(*(getattr(each, column) for column in columns))
    Console().print(table)
