"""`sealift releases rollback`: an earlier bundle comes again."""

from typing import Annotated

import typer

from sealift.cli import session, stakes
from sealift.cli.nouns import PrnArgument, examples
from sealift.cli.options import Description, Yes, checked_prn, given
from sealift.cli.output import emit
from sealift.domain.names import Kind


def add_rollback(app: typer.Typer) -> None:
    app.command(
        epilog=examples(
            "sealift releases rollback GOOD_PRN",
            "sealift releases rollback GOOD_PRN --yes --name 1.2.0-again",
        )
    )(rollback)


def rollback(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Of the new release.", show_default="made of the old"),
    ] = None,
    description: Description = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="SEMVER", help="Of the new release.", show_default="the old one's"),
    ] = None,
    version_requirement: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only devices of such versions get it.")
    ] = None,
    required: Annotated[
        bool, typer.Option("--required/--not-required", help="Whether devices have to take it.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Go back to the bundle of an earlier release.

    It is given by a new latest release, to all at once, and the releases between are disabled.
    What that does to devices is shown first; then you are asked, or --yes is needed.
    """
    from sealift.client.connection import path

    address = path("releases", checked_prn(prn, Kind.RELEASE), "rollback")
    body = given(
        name=name,
        description=description,
        version=version,
        version_requirement=version_requirement,
        required=required,
    )
    current = session.of(context)
    with current.connection() as connection:
        stakes.tell(current, stakes.of_rollback(connection.call("GET", address)))
        stakes.must_be_meant("makes a new latest release", yes=yes)
        emit(current, connection.call("POST", address, body=body))
