"""`sealift artifacts`."""

from typing import Annotated

import typer

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
    CustomId,
    Description,
    Metadata,
    MetadataPath,
    NewDescription,
    NewMetadata,
    changes,
    given,
    metadata,
)
from sealift.domain.names import Kind

ARTIFACT = Noun(
    Kind.ARTIFACT,
    "artifacts",
    columns=("name", "description", "inserted_at", "prn"),
    search="name~'kernel'",
)
app = group("Kinds of content, such as a kernel or a model.")


@app.command(epilog=examples("sealift artifacts create --name kernel"))
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Unique in the organization.")],
    description: Description = None,
    custom_metadata: Metadata = None,
    custom_metadata_path: MetadataPath = None,
    id: CustomId = None,
) -> None:
    """Create an artifact."""
    body = given(
        name=name,
        description=description,
        custom_metadata=metadata(custom_metadata, custom_metadata_path),
        id=id,
    )
    create_record(context, ARTIFACT, body)


add_list(app, ARTIFACT)
add_get(app, ARTIFACT)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    description: NewDescription = None,
    custom_metadata: NewMetadata = None,
    custom_metadata_path: MetadataPath = None,
) -> None:
    """Change an artifact's name, description or metadata."""
    body = changes(
        description=description, text=custom_metadata, file=custom_metadata_path, name=name
    )
    change_record(context, ARTIFACT, prn, body)


add_delete(app, ARTIFACT, "Delete an artifact that has no versions.")
