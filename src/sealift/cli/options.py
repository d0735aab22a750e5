"""Options that several commands share, and the checks that need no server."""

import base64
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
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
Tags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--tags", metavar="TAG,TAG", help="Separated by commas; may be repeated."),
]
NewTags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--tags", metavar="TAG,TAG", help="All of them; an empty text clears them."),
]
PollInterval: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--poll-interval",
        min=1,
        metavar="SECONDS",
        help="How long devices are asked to wait between two checks.",
    ),
]
NewPollInterval: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--poll-interval",
        metavar="SECONDS",
        help="Time between two checks; an empty text clears it.",
    ),
]

NOW: Final = "now"
_LARGEST_CERTIFICATE: Final = 64 * 1024  # bytes; one has a few thousand
_A_TIME: Final = "one like 2026-01-31T12:00:00Z"


def in_words(noun: str) -> str:
    """The wire's word for a noun as people write it."""
    return noun.replace("_", " ").replace("ca certificate", "CA certificate")


def checked_prn(text: str, kind: Kind) -> str:
    """`text` if it names a resource of this kind. The server is not asked about a typing slip."""
    name = parse(text)
    if name is None:
        raise BadData(f"{text!r} is no PRN; expected one like prn:1:<organization>:{kind}:<uuid>")
    if name.kind is not kind:
        raise BadData(
            f"{text} names a resource of type {in_words(name.kind)}, expected {in_words(kind)}"
        )
    return text


def checked_prns(kind: Kind, texts: Sequence[str] | None) -> list[str]:
    return [checked_prn(text, kind) for text in texts or ()]


def optional_prn(text: str | None, kind: Kind) -> str | None:
    """An empty text, which clears a field, is passed on."""
    return checked_prn(text, kind) if text else text


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
    return json_object(text, source)


def json_object(text: str, source: str) -> Json | None:
    """The object that `text` spells, or None for null; `source` names it where it is refused."""
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


def encoded(file: Path) -> str:
    """A certificate as the API takes it: base64 of its file. A private key is never sent."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_CERTIFICATE + 1)
    except OSError as error:
        raise BadData(f"cannot read {file}: {error.strerror}") from error
    if b"PRIVATE KEY" in content:
        raise BadData(f"{file} has a private key, which stays here; give the certificate alone")
    if len(content) > _LARGEST_CERTIFICATE:
        raise BadData(f"{file} is too large for a certificate")
    return base64.b64encode(content).decode()


def tags(texts: Sequence[str] | None) -> list[str] | None:
    """None where the option is not there; an empty list where it clears."""
    if texts is None:
        return None
    return [tag for text in texts for each in text.split(",") if (tag := each.strip())]


def moment(text: str | None, option: str) -> str | None:
    """A time as the API takes it. An empty text, which clears a field, is passed on."""
    if not text:
        return text
    try:
        found = datetime.now(UTC) if text == NOW else datetime.fromisoformat(text)
        in_utc = found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadData(f"{option} {text!r} is no time; expected {_A_TIME} or {NOW}") from error
    if found.tzinfo is None:
        raise BadData(f"{option} {text!r} has no time zone; expected {_A_TIME}, where Z is UTC")
    return in_utc.isoformat().replace("+00:00", "Z")


def number(text: str | None, option: str) -> int | float | None:
    """An empty text, which clears a field, is None; so is an option that is not there."""
    if not text:
        return None
    try:
        found = float(text)
        if math.isfinite(found):
            return int(found) if found.is_integer() else found
    except ValueError:
        pass
    raise BadData(f"{option} {text!r} is no number; expected one like 10 or 0.25")


def changed_interval(text: str | None) -> Json:
    if text is None:
        return {}
    return {"poll_interval": number(text, "--poll-interval")}


def given(**fields: object) -> Json:
    """What was asked for, to be sent when something is created."""
    return {name: value for name, value in fields.items() if value is not None}


def clearing(**texts: str | None) -> Json:
    """What is to be changed among fields that an empty text clears."""
    return {name: text or None for name, text in texts.items() if text is not None}


def not_empty(body: Json) -> Json:
    if not body:
        raise Misused("nothing to change; name at least one field")
    return body


def changes(
    *, description: str | None, text: str | None, file: Path | None, **fields: object
) -> Json:
    """What is to be changed; here null means to clear."""
    body = given(**fields) | clearing(description=description)
    if text is not None or file is not None:
        body["custom_metadata"] = metadata(text, file)
    return not_empty(body)
