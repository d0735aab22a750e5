"""Options that several commands share, and the checks that need no server."""

import json
from pathlib import Path
from typing import Annotated, Final, TypeAlias, cast

import typer

from sealift.cli.config import Json
from sealift.cli.failures import BadData, Misused
from sealift.domain.names import Kind, parse

Description: TypeAlias = Annotated[
    str | None,
    typer.Option("--description", metavar="TEXT", help="What it is, in at most 256 characters."),
]
NewDescription: TypeAlias = Annotated[
    str | None,
    typer.Option("--description", metavar="TEXT", help="What it is; an empty text clears it."),
]
Metadata: TypeAlias = Annotated[
    str | None,
    typer.Option("--custom-metadata", metavar="JSON", help="A JSON object for the device agent."),
]
NewMetadata: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--custom-metadata",
        metavar="JSON",
        help="A JSON object for the device agent; null clears it.",
    ),
]
MetadataPath: TypeAlias = Annotated[
    Path | None,
    typer.Option("--custom-metadata-path", metavar="FILE", help="The same, read from a file."),
]
CustomId: TypeAlias = Annotated[
    str | None,
    typer.Option("--id", metavar="UUID", help="A UUID of your own in place of a generated one."),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

_WORDS: Final = {kind: kind.replace("_", " ") for kind in Kind}


def checked_prn(text: str, kind: Kind) -> str:
    """`text` if it names a resource of this kind. The server is not asked about a typing slip."""
    word = _WORDS[kind]
    name = parse(text)
    if name is None:
        raise BadData(f"{text!r} is no PRN; expected one like prn:1:<organization>:{kind}:<uuid>")
    if name.kind is not kind:
        raise BadData(f"{text} names a resource of type {_WORDS[name.kind]}, expected {word}")
    return text


def metadata(text: str | None, file: Path | None) -> Json | None:
    """The object that one of the two options gives; None where there is none, or null."""
    if text is not None and file is not None:
        raise Misused("give --custom-metadata or --custom-metadata-path, not both")
    if file is not None:
        source, text = str(file), read_text(file)
    else:
        source = "--custom-metadata"
    if text is None:
        return None
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise BadData(f"{source} is no JSON: {error}") from error
    if found is not None and not isinstance(found, dict):
        raise BadData(f"{source} must be a JSON object, such as {{}}")
    return cast("Json | None", found)


def read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadData(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadData(f"{file} is not UTF-8 text") from error


def given(**fields: object) -> Json:
    """What was asked for, to be sent when something is created."""
    return {name: value for name, value in fields.items() if value is not None}


def changes(
    *, description: str | None, text: str | None, file: Path | None, **fields: object
) -> Json:
    """What is to be changed; here null means to clear."""
    body = given(**fields)
    if description is not None:
        body["description"] = description or None
    if text is not None or file is not None:
        body["custom_metadata"] = metadata(text, file)
    if not body:
        raise Misused("nothing to change; name at least one field")
    return body
