"""The first API key: shown once on a terminal, else left where only its owner can read it."""

import os
import sys
from pathlib import Path

import typer

from sealift.actions import accounts
from sealift.actions.system import System


def make_and_tell(
    system: System, data_dir: Path, api_key: str | None, password: str | None
) -> None:
    """On an empty database only. What the operator chose is not told again."""
    file = data_dir / "admin-api-key"
    made = accounts.first_start(system, api_key, password)
    if made is None or api_key is not None:
        return
    if sys.stdout.isatty():
        typer.echo("An empty database was given the organization `default` and the user `admin`.")
        typer.echo(f"This is the API key, shown this once:\n\n    {made.key}\n")
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)  # it may have been there
    with os.fdopen(descriptor, "w") as opened:
        opened.write(f"{made.key}\n")
    typer.echo(f"The first API key is in {file}; only its owner can read it.", err=True)
