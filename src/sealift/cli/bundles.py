"""`sealift bundles`."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.failures import Misused
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
    checked_prn,
    checked_prns,
    clearing,
    given,
    json_object,
    not_empty,
    read_text,
)
from sealift.cli.output import emit
from sealift.cli.signers import KeyPrn, Pairs, PrivatePath, RawDigest, required
from sealift.domain.names import Kind

BUNDLE = Noun(
    Kind.BUNDLE,
    "bundles",
    columns=("name", "hash", "inserted_at", "prn"),
    search="name~'gateway'",
)
_METADATA: Final = "--metadata"
_FROM_A_FILE: Final = "@"
app = group("Sets of binaries that are given to devices together.")

BinaryPrns: TypeAlias = Annotated[
    list[str],
    typer.Option(
        "--binary-prn", metavar="PRN", help="A signed binary; may be repeated, order is kept."
    ),
]
MetadataOfBinary: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        _METADATA,
        metavar="PRN=JSON",
        help="Metadata of one of the binaries in this bundle, or PRN=@FILE; may be repeated."
        " Without it a binary has its own, its version's or its artifact's.",
    ),
]


@app.command(
    epilog=examples(
        "sealift bundles create --name gateway-1.2.0 \\",
        "  --binary-prn KERNEL_PRN --binary-prn ROOTFS_PRN \\",
        '  --metadata \'ROOTFS_PRN={"slot": "b"}\'',
    )
)
def create(
    context: typer.Context,
    binary_prn: BinaryPrns,
    metadata: MetadataOfBinary = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="For people.")] = None,
    id: CustomId = None,
) -> None:
    """Create a bundle. Its binaries, their order and their metadata are final."""
    own = dict(_metadata(text) for text in metadata or ())
    prns = checked_prns(Kind.BINARY, binary_prn)
    if strangers := own.keys() - set(prns):
        raise Misused(f"{_METADATA} names {min(strangers)}, which no --binary-prn does")
    members = [_member(prn, own) for prn in prns]
    create_record(context, BUNDLE, given(binaries=members, name=name, id=id))


def _metadata(text: str) -> tuple[str, Json | None]:
    prn, equals, value = text.partition("=")
    if not equals:
        raise Misused(f"{_METADATA} {text!r} should be PRN=JSON or PRN=@FILE")
    checked_prn(prn, Kind.BINARY)
    if value.startswith(_FROM_A_FILE):
        file = Path(value.removeprefix(_FROM_A_FILE))
        return prn, json_object(read_text(file), str(file))
    return prn, json_object(value, _METADATA)


def _member(prn: str, own: dict[str, Json | None]) -> Json:
    return {"prn": prn, "custom_metadata": own[prn]} if prn in own else {"prn": prn}


add_list(app, BUNDLE)
add_get(app, BUNDLE)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Another; an empty text clears it.")
    ] = None,
) -> None:
    """Change a bundle's name; everything else of it is final."""
    change_record(context, BUNDLE, prn, not_empty(clearing(name=name)))


add_delete(app, BUNDLE, "Delete a bundle that no release and no override refers to.")


@app.command(epilog=examples("sealift bundles sign PRN -s release"))
def sign(
    context: typer.Context,
    prn: PrnArgument,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    raw_digest: RawDigest = False,
) -> None:
    """Sign a bundle's hash with one or several keys.

    Devices judge the signatures of binaries; those of a bundle are for people and their tools.
    """
    from sealift.client.distribution import sign_bundle

    checked_prn(prn, Kind.BUNDLE)
    current = session.of(context)
    key = (signing_key_pair, signing_key_private, signing_key_prn)
    signers = required(current, *key, raw_digest=raw_digest)
    with current.client() as client:
        sign_bundle(client, client.bundles.get(prn), signers, current.progress())
        emit(current, client.call("GET", f"{BUNDLE.path(prn)}/signatures"))
