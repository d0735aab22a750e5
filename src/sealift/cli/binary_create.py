"""`sealift binaries create`: a file becomes a binary."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.failures import Misused
from sealift.cli.nouns import examples
from sealift.cli.options import (
    CustomId,
    Description,
    Metadata,
    MetadataPath,
    checked_prn,
    metadata,
)
from sealift.cli.output import emit
from sealift.cli.sending import Awaited, Concurrency, PartSize, answer, way
from sealift.cli.session import Session
from sealift.cli.signers import KeyPrn, Pairs, PrivatePath, RawDigest, chosen
from sealift.domain.names import Kind

if TYPE_CHECKING:
    from sealift.client.create import Wanted, Way

VersionPrn: TypeAlias = Annotated[
    str,
    typer.Option(
        "--artifact-version-prn", metavar="PRN", help="The version that this is a build of."
    ),
]
Target: TypeAlias = Annotated[
    str,
    typer.Option(
        "--target", metavar="TEXT", help="What it is built for, such as a target triplet."
    ),
]
ContentPath: TypeAlias = Annotated[
    Path | None,
    typer.Option("--content-path", metavar="FILE", help="The content; hash and size are computed."),
]
Hash: TypeAlias = Annotated[
    str | None,
    typer.Option("--hash", metavar="HEX", help="With --size: create the record only."),
]
Size: TypeAlias = Annotated[
    int | None, typer.Option("--size", min=0, metavar="BYTES", help="With --hash.")
]
SkipUpload: TypeAlias = Annotated[
    bool, typer.Option("--skip-upload", help="Create the record for the file, and stop.")
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


def create(
    context: typer.Context,
    artifact_version_prn: VersionPrn,
    target: Target,
    content_path: ContentPath = None,
    hash: Hash = None,
    size: Size = None,
    skip_upload: SkipUpload = False,
    wait: Awaited = True,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    raw_digest: RawDigest = False,
    description: Description = None,
    custom_metadata: Metadata = None,
    custom_metadata_path: MetadataPath = None,
    id: CustomId = None,
    binary_part_size: PartSize = None,
    concurrency: Concurrency = None,
) -> None:
    """Turn a file into a binary: hash, create, upload, verify, sign.

    The record is found or created, only missing parts are sent, and every step is skipped
    that was done before. Without a key the binary ends signable, with one it ends signed.
    """
    if (content_path is None) != (hash is not None and size is not None):
        raise Misused("give --content-path, or --hash and --size for a record without content")
    version_prn = checked_prn(artifact_version_prn, Kind.ARTIFACT_VERSION)
    fields = metadata(custom_metadata, custom_metadata_path)
    from sealift.client.create import Wanted

    wanted = Wanted(version_prn, target, description, fields, id)
    current = session.of(context)
    key = (signing_key_pair, signing_key_private, signing_key_prn)
    signers = chosen(current, *key, raw_digest=raw_digest)
    how = way(binary_part_size, concurrency, signers, is_awaited=wait)
    source = content_path or (hash or "", size or 0)
    _create(current, wanted, source, how, is_record_only=skip_upload)


def _create(
    current: Session,
    wanted: "Wanted",
    source: Path | tuple[str, int],
    how: "Way",
    *,
    is_record_only: bool,
) -> None:
    """`source` is a file, or the hash and size of content that is elsewhere."""
    from sealift.client import create as flow

    progress = current.progress()
    with current.client() as client:
        if isinstance(source, tuple):
            binary = flow.record(client, wanted, *source, progress)
        elif is_record_only:
            binary = flow.record_for(client, wanted, source, progress)
        else:
            binary = flow.create(client, wanted, source, progress, how)
        emit(current, answer(client, binary.prn))
