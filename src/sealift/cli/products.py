"""`sealift products`."""

from typing import Annotated, TypeAlias

import typer

from sealift.cli.nouns import (
    Noun,
    PrnArgument,
    add_get,
    add_list,
    change_record,
    create_record,
    examples,
    group,
)
from sealift.cli.options import (
    NewPollInterval,
    PollInterval,
    changed_interval,
    given,
    not_empty,
)
from sealift.domain.names import Kind

PRODUCT = Noun(
    Kind.PRODUCT,
    "products",
    columns=("name", "archived", "inserted_at", "prn"),
    search="archived:true",
)
app = group("Types of device, each with its cohorts and devices.")

Archived: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--archived/--not-archived",
        help="An archived product is left out of lists; none of its devices may be in use.",
    ),
]


@app.command(epilog=examples("sealift products create --name gateway --poll-interval 900"))
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Unique in the organization.")],
    poll_interval: PollInterval = None,
) -> None:
    """Create a product."""
    create_record(context, PRODUCT, given(name=name, poll_interval=poll_interval))


add_list(app, PRODUCT)
add_get(app, PRODUCT)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    archived: Archived = None,
    poll_interval: NewPollInterval = None,
) -> None:
    """Change a product, or archive it; products are never deleted."""
    body = given(name=name, archived=archived) | changed_interval(poll_interval)
    change_record(context, PRODUCT, prn, not_empty(body))
