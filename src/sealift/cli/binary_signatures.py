"""`sealift binary-signatures`."""

from pathlib import Path
from typing import Annotated

import typer

from sealift.cli import session
from sealift.cli.failures import Misused
from sealift.cli.nouns import Noun, add_delete, add_list, examples
from sealift.cli.options import checked_prn, given
from sealift.cli.output import emit
from sealift.cli.session import Session
from sealift.cli.signers import KeyPrn, Pairs, PrivatePath, RawDigest, chosen
from sealift.domain.names import Kind

SIGNATURE = Noun(
    Kind.BINARY_SIGNATURE,
    "binary_signatures",
    columns=("keyid", "binary_prn", "prn"),
    search="binary_prn:'PRN'",
)
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Ed25519 signatures over the hash of a binary.",
)


@app.command(
    epilog=examples(
        "sealift binary-signatures create --binary-prn PRN -s release-key \\",
        "  --binary-content-path firmware.bin",
        "sealift binary-signatures create --binary-prn PRN \\",
        "  --signing-key-prn KEY_PRN --signature HEX",
    )
)
def create(
    context: typer.Context,
    binary_prn: Annotated[
        str, typer.Option("--binary-prn", "-b", metavar="PRN", help="The binary to sign.")
    ],
    signature: Annotated[
        str | None,
        typer.Option("--signature", "-g", metavar="HEX", help="Made elsewhere: 128 hex digits."),
    ] = None,
    binary_content_path: Annotated[
        Path | None,
        typer.Option(
            "--binary-content-path",
            "-c",
            metavar="FILE",
            help="The content; its hash is computed and signed here.",
        ),
    ] = None,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    signing_key_keyid: Annotated[
        str | None,
        typer.Option(
            "--signing-key-keyid", metavar="HEX", help="In place of the PRN, with --signature."
        ),
    ] = None,
    raw_digest: RawDigest = False,
) -> None:
    """Attach a signature: one made elsewhere, or one made here over a local file.

    The first good signature makes a signable binary signed.
    """
    current = session.of(context)
    checked_prn(binary_prn, Kind.BINARY)
    if signature is not None:
        if signing_key_prn is not None:
            checked_prn(signing_key_prn, Kind.SIGNING_KEY)
        key = given(signing_key_prn=signing_key_prn, signing_key_keyid=signing_key_keyid)
        if len(key) != 1:
            raise Misused("--signature needs --signing-key-prn or --signing-key-keyid, one of them")
        bodies = [{"binary_prn": binary_prn, "signature": signature, **key}]
    else:
        bodies = _signed_here(
            current,
            binary_prn,
            binary_content_path,
            signers=(signing_key_pair, signing_key_private, signing_key_prn),
            raw_digest=raw_digest,
        )
    with current.connection() as connection:
        for body in bodies:
            emit(current, connection.call("POST", "/binary_signatures", body=body))


def _signed_here(
    current: Session,
    binary_prn: str,
    content: Path | None,
    *,
    signers: tuple[list[str] | None, Path | None, str | None],
    raw_digest: bool,
) -> list[dict[str, object]]:
    keys = chosen(current, *signers, raw_digest=raw_digest)
    if content is None or not keys:
        raise Misused(
            "give --signature, or --binary-content-path and a key to sign it with"
            " (--signing-key-pair, or --signing-key-private and --signing-key-prn)"
        )
    from sealift.client.local import read, size_of

    size = size_of(content)
    with current.progress().bar("hashing", size) as advance:
        digest = read(content, max(size, 1), advance).hash
    return [
        {
            "binary_prn": binary_prn,
            "signing_key_prn": key.signing_key_prn,
            "signature": key.key.sign(digest, raw=key.raw_digest),
        }
        for key in keys
    ]


add_list(app, SIGNATURE)
add_delete(app, SIGNATURE, "Take a signature away; a signed binary keeps at least one.")
