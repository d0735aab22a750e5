"""`sealift users`."""

import typer

from sealift.cli import session
from sealift.cli.nouns import group
from sealift.cli.output import emit

app = group("Who the API key speaks for.")


@app.callback()
def users() -> None:
    """A group even with a single command."""


@app.command()
def me(context: typer.Context) -> None:
    """Show who the API key speaks for, and in which organization."""
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("GET", "/users/me"))
