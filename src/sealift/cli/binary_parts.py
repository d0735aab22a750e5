"""`sealift binary-parts`: single parts, for those who send content by their own means."""

from typing import Annotated

import typer

from sealift.cli import session
from sealift.cli.nouns import examples, group
from sealift.cli.options import checked_prn
from sealift.cli.output import emit
from sealift.domain.names import Kind

app = group("Parts of an upload, for those who send it themselves.")
_COLUMNS = ("index", "size", "state", "hash")


@app.command(
    epilog=examples(
        "sealift binary-parts create --binary-prn PRN --index 1 \\",
        "  --hash $(sha256sum part1 | cut -c -64) --size $(stat -c %s part1) \\",
        "  --expected-binary-size $(stat -c %s whole)",
    )
)
def create(
    context: typer.Context,
    binary_prn: Annotated[str, typer.Option(metavar="PRN", help="The binary.")],
    index: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="From 1.")],
    hash: Annotated[str, typer.Option(metavar="HEX", help="SHA-256 of the part.")],
    size: Annotated[
        int, typer.Option(min=1, metavar="BYTES", help="At least 5242880, but for the last part.")
    ],
    expected_binary_size: Annotated[
        int, typer.Option(min=0, metavar="BYTES", help="Size of the whole content.")
    ],
) -> None:
    """Announce a part and get the link to send its bytes to.

    Announcing a part again replaces it and gives a fresh link. PUT the bytes with the headers
    content-length, content-type: application/octet-stream and x-amz-checksum-sha256 (base64
    of the raw SHA-256).
    """
    body = {"hash": hash, "size": size, "expected_binary_size": expected_binary_size}
    current = session.of(context)
    with current.connection() as connection:
        where = _path(binary_prn, index)
        emit(current, connection.call("PUT", where, body=body))


@app.command("list")
def list_parts(
    context: typer.Context,
    binary_prn: Annotated[str, typer.Option(metavar="PRN", help="The binary.")],
) -> None:
    """List all parts of a binary with their states, by index."""
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("GET", _path(binary_prn)), _COLUMNS)


def _path(binary_prn: str, *index: int) -> str:
    from sealift.client.connection import path

    return path("binaries", checked_prn(binary_prn, Kind.BINARY), "parts", *index)
