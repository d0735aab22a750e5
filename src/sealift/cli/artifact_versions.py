"""`sealift artifact-versions`."""

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
    checked_prn,
    given,
    metadata,
)
from sealift.domain.names import Kind

VERSION = Noun(
    Kind.ARTIFACT_VERSION,
    "artifact_versions",
    columns=("version", "description", "inserted_at", "prn"),
    search="version:'1.0.0'",
)
app = group("Versions of an artifact, with a binary for each target.")


@app.command(epilog=examples("sealift artifact-versions create --artifact-prn PRN --version 1.0.0"))
def create(
    context: typer.Context,
    artifact_prn: Annotated[
        str, typer.Option(metavar="PRN", help="The artifact that this is a version of.")
    ],
    version: Annotated[
        str, typer.Option(metavar="TEXT", help="Free text, unique for the artifact.")
    ],
    description: Description = None,
    custom_metadata: Metadata = None,
    custom_metadata_path: MetadataPath = None,
    id: CustomId = None,
) -> None:
    """Create a version of an artifact."""
    body = given(
        artifact_prn=checked_prn(artifact_prn, Kind.ARTIFACT),
        version=version,
        description=description,
        custom_metadata=metadata(custom_metadata, custom_metadata_path),
        id=id,
    )
    create_record(context, VERSION, body)


add_list(app, VERSION)
add_get(app, VERSION)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    description: NewDescription = None,
    custom_metadata: NewMetadata = None,
    custom_metadata_path: MetadataPath = None,
) -> None:
    """Change a version's description or metadata; the version itself is final."""
    body = changes(description=description, text=custom_metadata, file=custom_metadata_path)
    change_record(context, VERSION, prn, body)


add_delete(app, VERSION, "Delete a version that has no binaries.")
