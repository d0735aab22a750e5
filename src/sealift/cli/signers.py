"""Which private keys sign: named pairs from `config.json`, or a file and a PRN."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli.config import Json
from sealift.cli.failures import BadData, Misused
from sealift.cli.options import checked_prn, given
from sealift.cli.session import Session
from sealift.domain.names import Kind

if TYPE_CHECKING:
    from sealift.client.create import Signer

Pairs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--signing-key-pair",
        "-s",
        metavar="NAME",
        help="A pair remembered by 'signing-keys create --config'; may be repeated.",
    ),
]
PrivatePath: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--signing-key-private",
        metavar="FILE",
        help="A private key, in place of a pair; needs --signing-key-prn.",
    ),
]
KeyPrn: TypeAlias = Annotated[
    str | None,
    typer.Option("--signing-key-prn", metavar="PRN", help="The registered public half of it."),
]
KeyId: TypeAlias = Annotated[
    str | None,
    typer.Option("--signing-key-keyid", metavar="HEX", help="In place of the PRN, with -g."),
]
RawDigest: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--raw-digest", help="Sign the 32 bytes of the hash in place of its 64 characters."
    ),
]


def chosen(
    session: Session,
    pairs: Sequence[str] | None,
    private: Path | None,
    prn: str | None,
    *,
    raw_digest: bool,
) -> "list[Signer]":
    """All of them, read before any work begins: a missing key should not cost an upload."""
    found = [(_pair(session, name)) for name in pairs or ()]
    if (private is None) != (prn is None):
        raise Misused("--signing-key-private and --signing-key-prn go together")
    if private is not None and prn is not None:
        found.append((checked_prn(prn, Kind.SIGNING_KEY), private))
    if not found:
        return []
    from sealift.client.create import Signer
    from sealift.client.signing import read_private_key

    return [
        Signer(key_prn, read_private_key(path), raw_digest=raw_digest) for key_prn, path in found
    ]


def required(
    session: Session,
    pairs: Sequence[str] | None,
    private: Path | None,
    prn: str | None,
    *,
    raw_digest: bool,
) -> "list[Signer]":
    """The same for commands that have nothing else to do."""
    signers = chosen(session, pairs, private, prn, raw_digest=raw_digest)
    if not signers:
        raise Misused(
            "no key to sign with: give --signing-key-pair, or --signing-key-private"
            " and --signing-key-prn"
        )
    return signers


def named_key(prn: str | None, keyid: str | None) -> Json:
    """The key of a signature that was made elsewhere, as the API takes it."""
    if prn is not None:
        checked_prn(prn, Kind.SIGNING_KEY)
    key = given(signing_key_prn=prn, signing_key_keyid=keyid)
    if len(key) != 1:
        raise Misused("--signature needs --signing-key-prn or --signing-key-keyid, one of them")
    return key


def _pair(session: Session, name: str) -> tuple[str, Path]:
    pairs = session.config.signing_key_pairs()
    if name not in pairs:
        known = ", ".join(sorted(pairs)) or "none"
        raise Misused(f"no signing key pair {name!r} in {session.config.path}; there are: {known}")
    prn = pairs[name].get("signing_key_prn")
    path = pairs[name].get("signing_key_private_path")
    if not isinstance(prn, str) or not isinstance(path, str):
        raise BadData(
            f"the pair {name!r} in {session.config.path} needs signing_key_prn"
            " and signing_key_private_path"
        )
    return checked_prn(prn, Kind.SIGNING_KEY), Path(path).expanduser()
