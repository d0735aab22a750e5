"""`sealift releases progress | reports | retry`: what became of a release on its devices."""

from typing import Annotated, Final

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.nouns import All, Limit, Noun, PageCursor, PrnArgument, Sort, examples, show_list
from sealift.cli.options import checked_prn, given
from sealift.cli.output import emit
from sealift.domain.names import Kind

_REPORT: Final = Noun(
    Kind.RELEASE,
    "reports",
    columns=("inserted_at", "outcome", "device_prn", "message"),
    search="",
)


def add_progress_commands(app: typer.Typer) -> None:
    app.command(epilog=examples("sealift releases progress PRN --output table"))(progress)
    app.command(epilog=examples("sealift releases reports PRN --limit 50"))(reports)
    app.command(epilog=examples("sealift releases retry PRN --device-prn DEVICE_PRN"))(retry)


def progress(context: typer.Context, prn: PrnArgument) -> None:
    """Count the devices that claimed it, run it, failed on it."""
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("GET", f"{_address(prn)}/progress"))


def reports(
    context: typer.Context,
    prn: PrnArgument,
    limit: Limit = None,
    order: Sort = None,
    page: PageCursor = None,
    every: All = False,
) -> None:
    """List what devices said became of a release."""
    asked = given(limit=limit, order=order, page=page)
    show_list(session.of(context), f"{_address(prn)}/reports", _REPORT, asked, is_whole=every)


def retry(
    context: typer.Context,
    prn: PrnArgument,
    device_prn: Annotated[
        str, typer.Option(metavar="PRN", help="The device whose failures are forgotten.")
    ],
) -> None:
    """Offer a release again to a device that failed on it."""
    body: Json = {"device_prn": checked_prn(device_prn, Kind.DEVICE)}
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("POST", f"{_address(prn)}/retries", body=body))


def _address(prn: str) -> str:
    from sealift.client.connection import path

    return path("releases", checked_prn(prn, Kind.RELEASE))
