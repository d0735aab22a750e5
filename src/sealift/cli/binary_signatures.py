"""`sealift binary-signatures`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.failures import Misused
from sealift.cli.nouns import Noun, add_delete, add_list, examples, group
from sealift.cli.options import checked_prn
from sealift.cli.output import emit
from sealift.cli.session import Session
from sealift.cli.signers import KeyId, KeyPrn, Pairs, PrivatePath, RawDigest, chosen, named_key
from sealift.domain.names import Kind

if TYPE_CHECKING:
    from sealift.client.create import Signer

SIGNATURE = Noun(
    Kind.BINARY_SIGNATURE,
    "binary_signatures",
    columns=("keyid", "binary_prn", "prn"),
    search="binary_prn:'PRN'",
)
app = group("Ed25519 signatures over the hash of a binary.")


BinaryPrn: TypeAlias = Annotated[
    str, typer.Option("--binary-prn", "-b", metavar="PRN", help="The binary to sign.")
]
Signature: TypeAlias = Annotated[
    str | None,
    typer.Option("--signature", "-g", metavar="HEX", help="Made elsewhere: 128 hex digits."),
]
ContentPath: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--binary-content-path",
        "-c",
        metavar="FILE",
        help="The content; its hash is computed and signed here.",
    ),
]


@app.command(
    epilog=examples(
        "sealift binary-signatures create --binary-prn PRN -s release \\",
        "  --binary-content-path firmware.bin",
        "sealift binary-signatures create --binary-prn PRN \\",
        "  --signing-key-prn KEY_PRN --signature HEX",
    )
)
def create(
    context: typer.Context,
    binary_prn: BinaryPrn,
    signature: Signature = None,
    binary_content_path: ContentPath = None,
    signing_key_pair: Pairs = None,
    signing_key_private: PrivatePath = None,
    signing_key_prn: KeyPrn = None,
    signing_key_keyid: KeyId = None,
    raw_digest: RawDigest = False,
) -> None:
    """Attach a signature: one made elsewhere, or one made here over a local file.

    The first good signature makes a signable binary signed.
    """
    checked_prn(binary_prn, Kind.BINARY)
    current = session.of(context)
    if signature is not None:
        made = [{"signature": signature, **named_key(signing_key_prn, signing_key_keyid)}]
    else:
        keys = (signing_key_pair, signing_key_private, signing_key_prn)
        signers = chosen(current, *keys, raw_digest=raw_digest)
        made = _signed_here(current, binary_content_path, signers)
    with current.connection() as connection:
        for each in made:
            body = {"binary_prn": binary_prn, **each}
            emit(current, connection.call("POST", "/binary_signatures", body=body))


def _signed_here(current: Session, content: Path | None, signers: "list[Signer]") -> list[Json]:
    if content is None or not signers:
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
            "signing_key_prn": signer.signing_key_prn,
            "signature": signer.key.sign(digest, raw=signer.raw_digest),
        }
        for signer in signers
    ]


add_list(app, SIGNATURE)
add_delete(app, SIGNATURE, "Take a signature away; a signed binary keeps at least one.")
