"""`sealift events`."""

from typing import Annotated, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.nouns import (
    All,
    Limit,
    Noun,
    PageCursor,
    Search,
    Sort,
    examples,
    group,
    show_list,
)
from sealift.cli.options import given, moment
from sealift.domain.names import Kind

EVENT = Noun(
    Kind.EVENT,
    "events",
    columns=("inserted_at", "type", "event_subtype", "resource_prn"),
    search="inserted_at>='2026-01-01T00:00:00Z'",
)
app = group("What happened to devices, releases, binaries, bundles and keys.")

Since: TypeAlias = Annotated[
    str | None,
    typer.Option("--inserted-at-gte", metavar="TIME", help="At that time or later."),
]
Before: TypeAlias = Annotated[
    str | None, typer.Option("--inserted-at-lt", metavar="TIME", help="Before that time.")
]


@app.command(
    "list",
    epilog=examples(
        "sealift events list --resource-prn DEVICE_PRN --subtype claimed_release",
        "sealift events list --all --type release \\",
        "  --inserted-at-gte 2026-01-31T12:00:00Z",
    ),
)
def list_events(
    context: typer.Context,
    type: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Such as device, release or binary.")
    ] = None,
    subtype: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What happened, such as connected.")
    ] = None,
    resource_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="What it happened to.")
    ] = None,
    actor_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="Who did it: a user, a key, a device.")
    ] = None,
    inserted_at_gte: Since = None,
    inserted_at_lt: Before = None,
    limit: Limit = None,
    order: Sort = None,
    search: Search = None,
    page: PageCursor = None,
    every: All = False,
) -> None:
    """List events, newest first."""
    asked = given(
        type=type,
        subtype=subtype,
        resource_prn=resource_prn,
        actor_prn=actor_prn,
        inserted_at_gte=moment(inserted_at_gte, "--inserted-at-gte"),
        inserted_at_lt=moment(inserted_at_lt, "--inserted-at-lt"),
        limit=limit,
        order=order,
        search=search,
        page=page,
    )
    show_list(session.of(context), EVENT.address, EVENT, asked, is_whole=every)
