"""`sealift binaries create | upload | sign | download | wait`: what moves content."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.failures import Misused
from sealift.cli.nouns import PrnArgument, examples
from sealift.cli.options import (
    CustomId,
    Description,
    Metadata,
    MetadataPath,
    checked_prn,
    metadata,
)
from sealift.cli.output import emit
from sealift.cli.signers import KeyPrn, Pairs, PrivatePath, RawDigest, chosen
from sealift.domain.binary import State
from sealift.domain.names import Kind
from sealift.domain.parts import LARGEST, SMALLEST

if TYPE_CHECKING:
    from sealift.client.client import Client
    from sealift.client.create import Signer, Way

PartSize: TypeAlias = Annotated[
    int,
    typer.Option(
        "--binary-part-size",
        min=SMALLEST,
        max=LARGEST,
        metavar="BYTES",
        help="An upload that was begun is continued with the size it has.",
    ),
]
Concurrency: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        metavar="N",
        help="Parts sent at a time.",
        show_default="twice the processor's cores, at most 16",
    ),
]
Awaited: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait", help="Whether to wait until the server has verified the content."
    ),
]


def add_create(app: typer.Typer) -> None:
    app.command(
        "create",
        epilog=examples(
            "sealift binaries create --artifact-version-prn PRN \\",
            "  --target arm-linux-gnueabihf --content-path firmware.bin -s release",
        )
        + "\n\nInterrupted? The same command again sends only what is missing.",
    )(create)


def add_content_commands(app: typer.Typer) -> None:
    app.command(epilog=examples("sealift binaries upload PRN firmware.bin"))(upload)
    app.command(
        epilog=examples("sealift binaries sign PRN -s release --content-path firmware.bin")
    )(sign)
    app.command(
        epilog=examples(
            "sealift binaries download PRN --out firmware.bin",
            "sealift binaries download PRN --out - | sha256sum",
        )
    )(download)
    app.command(epilog=examples("sealift binaries wait PRN --state signed --timeout 600"))(wait)


def create(
    context: typer.Context,
    artifact_version_prn: Annotated[
        str, typer.Option(metavar="PRN", help="The version that this is a build of.")
    ],
    target: Annotated[
        str, typer.Option(metavar="TEXT", help="What it is built for, such as a target triplet.")
    ],
    content_path: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The content; hash and size are computed."),
    ] = None,
    hash: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="With --size: create the record only."),
    ] = None,
    size: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="With --hash.")] = None,
    skip_upload: Annotated[
        bool, typer.Option("--skip-upload", help="Create the record for the file, and stop.")
    ] = False,
    wait: Awaited = True,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    raw_digest: RawDigest = False,
    description: Description = None,
    custom_metadata: Metadata = None,
    custom_metadata_path: MetadataPath = None,
    id: CustomId = None,
    binary_part_size: PartSize = SMALLEST,
    concurrency: Concurrency = None,
) -> None:
    """Turn a file into a binary: hash, create, upload, verify, sign.

    The record is found or created, only missing parts are sent, and every step is skipped
    that was done before. Without a key the binary ends signable, with one it ends signed.
    """
    from sealift.client import create as flow

    current = session.of(context)
    wanted = flow.Wanted(
        artifact_version_prn=checked_prn(artifact_version_prn, Kind.ARTIFACT_VERSION),
        target=target,
        description=description,
        custom_metadata=metadata(custom_metadata, custom_metadata_path),
        id=id,
    )
    is_record_given = hash is not None and size is not None
    if (content_path is None) != is_record_given:
        raise Misused("give --content-path, or --hash and --size for a record without content")
    key = (signing_key_pair, signing_key_private, signing_key_prn)
    signers = chosen(current, *key, raw_digest=raw_digest)
    way = _way(binary_part_size, concurrency, signers, is_awaited=wait)
    progress = current.progress()
    with current.client() as client:
        if content_path is None:
            binary = flow.record(client, wanted, str(hash), size or 0, progress)
        elif skip_upload:
            binary = flow.record_for(client, wanted, content_path, progress)
        else:
            binary = flow.create(client, wanted, content_path, progress, way)
        emit(current, _answer(client, binary.prn))


def upload(
    context: typer.Context,
    prn: PrnArgument,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What its record describes.")],
    wait: Awaited = True,
    binary_part_size: PartSize = SMALLEST,
    concurrency: Concurrency = None,
) -> None:
    """Send the content of a binary that exists, and have it verified.

    Run again after an interruption, it sends only what is missing.
    """
    from sealift.client import create as flow

    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    way = _way(binary_part_size, concurrency, [], is_awaited=wait)
    with current.client() as client:
        flow.upload(client, prn, path, current.progress(), way)
        emit(current, _answer(client, prn))


def sign(
    context: typer.Context,
    prn: PrnArgument,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    raw_digest: RawDigest = False,
    content_path: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign only if this file is the binary's content."),
    ] = None,
) -> None:
    """Sign a verified binary with one or several keys.

    Without --content-path the hash in the server's record is signed as it stands.
    """
    from sealift.client import create as flow

    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    key = (signing_key_pair, signing_key_private, signing_key_prn)
    signers = chosen(current, *key, raw_digest=raw_digest)
    if not signers:
        raise Misused(
            "no key to sign with: give --signing-key-pair, or --signing-key-private"
            " and --signing-key-prn"
        )
    progress = current.progress()
    with current.client() as client:
        binary = client.binaries.get(prn)
        if content_path is not None:
            flow.check_content(binary, content_path, progress)
        flow.sign(client, binary, signers, progress)
        emit(current, _answer(client, prn))


def download(
    context: typer.Context,
    prn: PrnArgument,
    out: Annotated[
        str,
        typer.Option(metavar="FILE", help="Where to write the content; - is standard output."),
    ],
) -> None:
    """Download a verified binary and check every byte of it.

    The file appears under its name only once its length and SHA-256 are those of the record.
    Until then it is FILE.part, which the next try continues.
    """
    from sealift.client import download as fetching

    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    with current.client() as client:
        if out == "-":
            fetching.stream(client, prn, sys.stdout.buffer, current.progress())
            return
        path = Path(out)
        binary = fetching.download(client, prn, path, current.progress())
    emit(current, {"path": str(path), "size": binary.size, "hash": binary.hash})


def wait(
    context: typer.Context,
    prn: PrnArgument,
    state: Annotated[
        State,
        typer.Option(metavar="STATE", help="What to wait for; signed is as good as signable."),
    ] = State.SIGNABLE,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="Give up then.", show_default="never"),
    ] = None,
) -> None:
    """Wait until a binary is in a state, by default until its content is verified.

    Ends with an error at once when that cannot happen any more: the content was not accepted,
    or the binary is destroyed.
    """
    from sealift.client.waiting import wait_until

    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    with current.client() as client:
        wait_until(client, prn, state, current.progress(), timeout=timeout)
        emit(current, _answer(client, prn))


def _way(
    part_size: int, concurrency: int | None, signers: "list[Signer]", *, is_awaited: bool
) -> "Way":
    from sealift.client.create import Way
    from sealift.client.upload import default_concurrency

    return Way(
        part_size=part_size,
        concurrency=concurrency or default_concurrency(),
        is_awaited=is_awaited,
        signers=signers,
    )


def _answer(client: "Client", prn: str) -> Json:
    """The record as the server has it now, in its own words."""
    from sealift.client.connection import path

    return client.call("GET", path("binaries", prn))
