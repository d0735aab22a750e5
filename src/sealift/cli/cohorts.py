"""`sealift cohorts`."""

from typing import Annotated

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
    Description,
    NewDescription,
    NewPollInterval,
    PollInterval,
    changed_interval,
    checked_prn,
    clearing,
    given,
    not_empty,
)
from sealift.domain.names import Kind

COHORT = Noun(
    Kind.COHORT,
    "cohorts",
    columns=("name", "description", "inserted_at", "prn"),
    search="product_prn:'PRN'",
)
app = group("Groups of a product's devices; a release goes to one cohort.")


@app.command(epilog=examples("sealift cohorts create --product-prn PRN --name production"))
def create(
    context: typer.Context,
    product_prn: Annotated[
        str, typer.Option(metavar="PRN", help="The product whose devices may be in it.")
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="Unique in the product.")],
    description: Description = None,
    poll_interval: PollInterval = None,
) -> None:
    """Create a cohort."""
    body = given(
        product_prn=checked_prn(product_prn, Kind.PRODUCT),
        name=name,
        description=description,
        poll_interval=poll_interval,
    )
    create_record(context, COHORT, body)


add_list(app, COHORT)
add_get(app, COHORT)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    description: NewDescription = None,
    poll_interval: NewPollInterval = None,
) -> None:
    """Change a cohort; its product is final."""
    body = given(name=name) | clearing(description=description) | changed_interval(poll_interval)
    change_record(context, COHORT, prn, not_empty(body))
