"""`sealift bundle-signatures`: 'bundles sign' makes one with a key that is here."""

from typing import Annotated

import typer

from sealift.cli.nouns import Noun, add_delete, add_list, create_record, examples, group
from sealift.cli.options import checked_prn
from sealift.cli.signers import KeyId, KeyPrn, named_key
from sealift.domain.names import Kind

SIGNATURE = Noun(
    Kind.BUNDLE_SIGNATURE,
    "bundle_signatures",
    columns=("keyid", "bundle_prn", "prn"),
    search="bundle_prn:'PRN'",
)
app = group("Ed25519 signatures over the hash of a bundle.")


@app.command(
    epilog=examples(
        "sealift bundle-signatures create --bundle-prn PRN \\",
        "  --signing-key-prn KEY_PRN --signature HEX",
    )
)
def create(
    context: typer.Context,
    bundle_prn: Annotated[str, typer.Option(metavar="PRN", help="The bundle.")],
    signature: Annotated[
        str, typer.Option("--signature", "-g", metavar="HEX", help="128 hex digits.")
    ],
    signing_key_prn: KeyPrn = None,
    signing_key_keyid: KeyId = None,
) -> None:
    """Attach a signature that was made elsewhere, over the bundle's hash."""
    body = {
        "bundle_prn": checked_prn(bundle_prn, Kind.BUNDLE),
        "signature": signature,
        **named_key(signing_key_prn, signing_key_keyid),
    }
    create_record(context, SIGNATURE, body)


add_list(app, SIGNATURE)
add_delete(app, SIGNATURE, "Take a bundle's signature away.")
