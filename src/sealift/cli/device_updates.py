"""`sealift devices get-update | explain`: what a device would be answered, and why."""

import sys
from typing import Annotated, TypeAlias, cast

import typer

from sealift.cli import session, story
from sealift.cli.failures import Misused
from sealift.cli.nouns import PrnArgument, examples
from sealift.cli.options import checked_prn, given, moment, optional_prn
from sealift.cli.output import emit
from sealift.cli.session import Output
from sealift.domain.names import Kind

At: TypeAlias = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="As if it asked then.", show_default="now"),
]


def add_update_commands(app: typer.Typer) -> None:
    app.command(
        "get-update",
        epilog=examples(
            "sealift devices get-update PRN --release-prn RELEASE_PRN",
            "sealift devices get-update PRN --release-version 1.2.0 --write",
        ),
    )(get_update)
    app.command(
        epilog=examples(
            "sealift devices explain PRN",
            "sealift devices explain PRN --release RELEASE_PRN --at 2026-01-31T12:00:00Z",
        )
    )(explain)


def get_update(
    context: typer.Context,
    prn: PrnArgument,
    release_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="The release that it runs.")
    ] = None,
    bundle_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="The bundle that it runs.")
    ] = None,
    release_version: Annotated[
        str | None, typer.Option(metavar="SEMVER", help="The version that it is.")
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Keep that as its report, as if the device had asked."),
    ] = False,
) -> None:
    """Ask in a device's place what it should run.

    The answer has links to the content. At least one of the three says what it runs now.
    Nothing changes without --write.
    """
    body = given(
        release_prn=optional_prn(release_prn, Kind.RELEASE),
        bundle_prn=optional_prn(bundle_prn, Kind.BUNDLE),
        release_version=release_version,
    )
    if not body:
        raise Misused("say what it runs: --release-prn, --bundle-prn or --release-version")
    if write:
        body["write"] = True
    from sealift.client.connection import path

    address = path("devices", checked_prn(prn, Kind.DEVICE), "update")
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("POST", address, body=body))


def explain(
    context: typer.Context,
    prn: PrnArgument,
    at: At = None,
    release: Annotated[
        str | None,
        typer.Option(metavar="PRN", help="Why this release is given, or why it is not."),
    ] = None,
) -> None:
    """Tell why a device is answered what it is answered.

    It is decided from what the device reported last. On a terminal, and with --output table,
    it is a story to read; elsewhere it is JSON.
    """
    asked = given(at=moment(at, "--at"), release_prn=release and checked_prn(release, Kind.RELEASE))
    from sealift.client.connection import path

    address = path("devices", checked_prn(prn, Kind.DEVICE), "explain")
    current = session.of(context)
    with current.connection() as connection:
        answer = connection.call("GET", address, params=cast("dict[str, str]", asked))
    if current.output is Output.TABLE or (current.output is None and sys.stdout.isatty()):
        for line in story.told(answer):
            sys.stdout.write(f"{line}\n")
    else:
        emit(current, answer)
