"""`sealift binaries upload | sign | download | wait`: content of binaries that exist."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sealift.cli import session
from sealift.cli.nouns import PrnArgument, examples
from sealift.cli.options import checked_prn
from sealift.cli.output import emit
from sealift.cli.sending import Awaited, Concurrency, PartSize, answer, way
from sealift.cli.signers import KeyPrn, Pairs, PrivatePath, RawDigest, required
from sealift.domain.binary import State
from sealift.domain.names import Kind


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


def upload(
    context: typer.Context,
    prn: PrnArgument,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What its record describes.")],
    wait: Awaited = True,
    binary_part_size: PartSize = None,
    concurrency: Concurrency = None,
) -> None:
    """Send the content of a binary that exists, and have it verified.

    Run again after an interruption, it sends only what is missing.
    """
    from sealift.client import create as flow

    checked_prn(prn, Kind.BINARY)
    current = session.of(context)
    how = way(binary_part_size, concurrency, [], is_awaited=wait)
    with current.client() as client:
        flow.upload(client, prn, path, current.progress(), how)
        emit(current, answer(client, prn))


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
    signers = required(current, *key, raw_digest=raw_digest)
    progress = current.progress()
    with current.client() as client:
        binary = client.binaries.get(prn)
        if content_path is not None:
            flow.check_content(binary, content_path, progress)
        flow.sign(client, binary, signers, progress)
        emit(current, answer(client, prn))


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
        emit(current, answer(client, prn))
