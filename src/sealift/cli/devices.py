"""`sealift devices`: the records. What they are answered is in `device_updates.py`."""

from typing import Annotated, TypeAlias

import typer

from sealift.cli import device_import, device_updates
from sealift.cli.nouns import (
    Noun,
    PrnArgument,
    add_delete,
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
    NewTags,
    Tags,
    checked_prn,
    clearing,
    given,
    not_empty,
    optional_prn,
    tags,
)
from sealift.domain.names import Kind

DEVICE = Noun(
    Kind.DEVICE,
    "devices",
    columns=("identifier", "quarantined", "last_connected_at", "prn"),
    search="identifier~'gw-' and archived:false",
)
app = group("What receives updates; 'device' is the agent that runs on one.")

Quarantined: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--quarantined/--not-quarantined", help="A quarantined device is given no update at all."
    ),
]
Archived: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--archived/--not-archived",
        help="An archived device is not let in, and left out of lists.",
    ),
]


@app.command(
    epilog=examples(
        "sealift devices create --product-prn PRN --cohort-prn PRN \\",
        "  --identifier gw-0001 --tags beta,indoor",
    )
)
def create(
    context: typer.Context,
    product_prn: Annotated[str, typer.Option(metavar="PRN", help="Its product, for good.")],
    identifier: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Unique in the organization; the CN of its certificates."
        ),
    ],
    cohort_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="Without a cohort it gets no releases.")
    ] = None,
    description: Description = None,
    tags_: Tags = None,
    target: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What binaries for it are built for.")
    ] = None,
    quarantined: Quarantined = None,
) -> None:
    """Create a device. 'devices import' creates many."""
    body = given(
        product_prn=checked_prn(product_prn, Kind.PRODUCT),
        identifier=identifier,
        cohort_prn=cohort_prn and checked_prn(cohort_prn, Kind.COHORT),
        description=description,
        tags=tags(tags_),
        target=target,
        quarantined=quarantined,
    )
    create_record(context, DEVICE, body)


add_list(app, DEVICE)
add_get(app, DEVICE)


@app.command(
    epilog=examples(
        "sealift devices update PRN --quarantined",
        "sealift devices update PRN --cohort-prn COHORT_PRN --tags beta,indoor",
        'sealift devices update PRN --cohort-prn "" --archived',
    )
)
def update(
    context: typer.Context,
    prn: PrnArgument,
    cohort_prn: Annotated[
        str | None,
        typer.Option(metavar="PRN", help="Another cohort; an empty text takes it out of any."),
    ] = None,
    description: NewDescription = None,
    tags_: NewTags = None,
    target: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Another; an empty text clears it.")
    ] = None,
    quarantined: Quarantined = None,
    archived: Archived = None,
) -> None:
    """Change a device; its identifier and its product are final."""
    body = given(quarantined=quarantined, archived=archived)
    body |= clearing(
        cohort_prn=optional_prn(cohort_prn, Kind.COHORT), description=description, target=target
    )
    if tags_ is not None:
        body["tags"] = tags(tags_) or None
    change_record(context, DEVICE, prn, not_empty(body))


add_delete(
    app,
    DEVICE,
    "Delete a device with its certificates. What it claimed still counts.",
)
device_updates.add_update_commands(app)
device_import.add_import(app)
