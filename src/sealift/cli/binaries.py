"""`sealift binaries`: the records. What moves their content is in `binary_content.py`."""

from typing import Annotated

import typer

from sealift.cli import binary_content, binary_create, session, stakes
from sealift.cli.config import as_object
from sealift.cli.failures import Misused
from sealift.cli.nouns import Noun, PrnArgument, add_get, add_list, change_record, examples, group
from sealift.cli.options import (
    MetadataPath,
    NewDescription,
    NewMetadata,
    Yes,
    changes,
    checked_prn,
)
from sealift.cli.output import emit
from sealift.cli.session import Output
from sealift.cli.terminal import is_interactive
from sealift.domain.binary import State
from sealift.domain.names import Kind

BINARY = Noun(
    Kind.BINARY,
    "binaries",
    columns=("target", "state", "size", "inserted_at", "prn"),
    search="state:'signed' and target~'arm'",
)
app = group("Builds of a version for a target: record and content.")

binary_create.add_create(app)
add_list(app, BINARY)
add_get(app, BINARY)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    description: NewDescription = None,
    custom_metadata: NewMetadata = None,
    custom_metadata_path: MetadataPath = None,
    state: Annotated[
        State | None, typer.Option(help="The state to go to.", metavar="STATE")
    ] = None,
    hash: Annotated[
        str | None, typer.Option(metavar="HEX", help="Only while uploadable; drops the parts.")
    ] = None,
    size: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="As for --hash.")] = None,
) -> None:
    """Change a binary's record, or ask for another state.

    States that can be asked for: uploadable (reset), hashable (the upload is finished),
    hashing (verify), signed, destroyed (erase the content for good).
    """
    body = changes(
        description=description,
        text=custom_metadata,
        file=custom_metadata_path,
        state=state,
        hash=hash,
        size=size,
    )
    change_record(context, BINARY, prn, body)


binary_content.add_content_commands(app)


@app.command()
def reset(context: typer.Context, prn: PrnArgument) -> None:
    """Discard what was uploaded, so that other content can be sent.

    Possible while the binary is hashable, hashing or signable; signed content is final.
    """
    change_record(context, BINARY, prn, {"state": "uploadable"})


@app.command()
def impact(context: typer.Context, prn: PrnArgument) -> None:
    """Show what depends on a binary's content.

    Bundles, releases and overrides that have it, and how many devices would get no update
    without it that have one now.
    """
    current = session.of(context)
    with current.connection() as connection:
        answer = connection.call("GET", f"{BINARY.path(prn)}/impact")
    if current.output is Output.TABLE:
        stakes.show(stakes.of_binary(answer))
    else:
        emit(current, answer)


@app.command(epilog=examples("sealift binaries destroy PRN --yes"))
def destroy(context: typer.Context, prn: PrnArgument, yes: Yes = False) -> None:
    """Erase a signed binary's content for good; the record stays.

    Nobody can download it afterwards, and its target becomes free for another binary. What
    that does to releases and devices is shown first. On a terminal you are then asked to type
    the target; elsewhere --yes is needed.
    """
    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    with current.connection() as connection:
        found = connection.call("GET", f"{BINARY.path(prn)}/impact")
        stakes.tell(current, stakes.of_binary(found))
        if not yes:
            answer = connection.call("GET", BINARY.path(prn))
            _ask_for(answer.get("binary"), "erases its content for good")
        emit(current, connection.call("PATCH", BINARY.path(prn), body={"state": "destroyed"}))


@app.command()
def delete(context: typer.Context, prn: PrnArgument, yes: Yes = False) -> None:
    """Delete a binary: its record, parts, signatures and content."""
    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    with current.connection() as connection:
        if not yes:
            answer = connection.call("GET", BINARY.path(prn))
            _ask_for(answer.get("binary"), "deletes it, record and content")
        connection.call("DELETE", BINARY.path(prn))
    current.note(f"deleted {prn}")


def _ask_for(binary: object, what: str) -> None:
    """Nothing is lost by a slip of the finger: the target has to be typed."""
    if not is_interactive():
        raise Misused(f"this {what}; repeat with --yes to mean it")
    target = as_object(binary).get("target")
    typed = typer.prompt(f"This {what}. Type its target, {target}, to go on", err=True)
    if typed != target:
        raise Misused(f"{typed!r} is not its target; nothing was changed")
