"""`sealift binaries create`: a file becomes a binary."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli import distributing, session
from sealift.cli.config import Json
from sealift.cli.distributing import CohortPrn, DevicePrn, OverridePrn
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
    from sealift.client.client import Client
    from sealift.client.create import Wanted, Way
    from sealift.client.distribution import Audience
    from sealift.client.progress import Progress
    from sealift.wire.admin import Binary

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
Source: TypeAlias = Path | tuple[str, int]  # a file, or hash and size of content elsewhere
SkipUpload: TypeAlias = Annotated[
    bool, typer.Option("--skip-upload", help="Create the record for the file, and stop.")
]


def add_create(app: typer.Typer) -> None:
    app.command(
        "create",
        epilog=examples(
            "sealift binaries create --artifact-version-prn PRN \\",
            "  --target arm-linux-gnueabihf --content-path firmware.bin -s release",
            "sealift binaries create ... -s release --cohort-prn PRN",
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
    bundle_override_prn: OverridePrn = None,
    device_prn: DevicePrn = None,
    cohort_prn: CohortPrn = None,
) -> None:
    """Turn a file into a binary: hash, create, upload, verify, sign, distribute.

    The record is found or created, only missing parts are sent, and every step is skipped
    that was done before. Without a key the binary ends signable, with one it ends signed.
    A signed one can be distributed as well, as a bundle of its own.
    """
    source = _source(content_path, hash, size)
    to = distributing.audience(bundle_override_prn, device_prn, cohort_prn)
    fields = metadata(custom_metadata, custom_metadata_path)
    wanted = _wanted(artifact_version_prn, target, description, fields, id)
    current = session.of(context)
    key = (signing_key_pair, signing_key_private, signing_key_prn)
    signers = chosen(current, *key, raw_digest=raw_digest)
    if to is not None and (skip_upload or content_path is None or not signers):
        raise Misused(distributing.NEEDS_A_SIGNED_BINARY)
    how = None if skip_upload else way(binary_part_size, concurrency, signers, is_awaited=wait)
    _create(current, wanted, source, how, to)


def _source(content: Path | None, content_hash: str | None, size: int | None) -> Source:
    is_known = content_hash is not None and size is not None
    if (content is None) != is_known:
        raise Misused("give --content-path, or --hash and --size for a record without content")
    return content or (content_hash or "", size or 0)


def _wanted(
    version_prn: str, target: str, description: str | None, fields: Json | None, own_id: str | None
) -> "Wanted":
    from sealift.client.create import Wanted

    checked_prn(version_prn, Kind.ARTIFACT_VERSION)
    return Wanted(version_prn, target, description, fields, own_id)


def _create(
    current: Session,
    wanted: "Wanted",
    source: Source,
    way: "Way | None",
    to: "Audience | None",
) -> None:
    from sealift.client import distribution

    progress = current.progress()
    with current.client() as client:
        if to is not None:
            distribution.check_audience(client, to)
        binary = _made(client, wanted, source, progress, way)
        result = answer(client, binary.prn)
        if to is not None:
            result |= distributing.shown(distribution.distribute(client, binary, to, progress))
        emit(current, result)


def _made(
    client: "Client",
    wanted: "Wanted",
    source: Source,
    progress: "Progress",
    way: "Way | None",
) -> "Binary":
    """Without a way no content is sent."""
    from sealift.client import create as flow

    if isinstance(source, tuple):
        return flow.record(client, wanted, *source, progress)
    if way is None:
        return flow.record_for(client, wanted, source, progress)
    return flow.create(client, wanted, source, progress, way)
