"""`sealift signing-keys`."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json, as_object
from sealift.cli.failures import BadData, Misused
from sealift.cli.nouns import (
    Noun,
    PrnArgument,
    add_delete,
    add_get,
    add_list,
    change_record,
    examples,
    group,
)
from sealift.cli.options import given
from sealift.cli.output import emit
from sealift.cli.session import Session
from sealift.domain.errors import Invalid
from sealift.domain.names import Kind

if TYPE_CHECKING:
    from sealift.client.signing import PairFiles

KEY = Noun(
    Kind.SIGNING_KEY,
    "signing_keys",
    columns=("name", "keyid", "inserted_at", "prn"),
    search="name~'release'",
)
_FILE_NAME: Final = re.compile(r"[\w][\w .@+-]*")
app = group("Public keys; private halves never leave your machine.")


class Algorithm(StrEnum):
    ED25519 = "Ed25519"


Name: TypeAlias = Annotated[
    str, typer.Option("--name", metavar="TEXT", help="Unique in the organization.")
]
Value: TypeAlias = Annotated[
    str | None,
    typer.Option("--value", metavar="BASE64", help="The 32 raw bytes of a public key."),
]
Pem: TypeAlias = Annotated[
    str | None,
    typer.Option("--key", metavar="PEM", help="A public key as the text of a PEM."),
]
PemPath: TypeAlias = Annotated[
    Path | None, typer.Option("--path", metavar="FILE", help="A PEM file with a public key.")
]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Make a new pair in DIR: NAME-private.pem and NAME-public.pem.",
    ),
]
Remember: TypeAlias = Annotated[
    bool, typer.Option("--config", help="With --out: remember the pair for -s NAME.")
]
AlgorithmName: TypeAlias = Annotated[
    Algorithm, typer.Option("--algorithm", help="The only one there is.", metavar="NAME")
]


@app.command(
    epilog=examples(
        "sealift signing-keys create --name release --out ~/keys --config",
        "sealift binaries create -s release ...",
        "sealift signing-keys create --name ci --path ci-public.pem",
    )
)
def create(
    context: typer.Context,
    name: Name,
    value: Value = None,
    key: Pem = None,
    path: PemPath = None,
    out: Out = None,
    config: Remember = False,
    algorithm: AlgorithmName = Algorithm.ED25519,
) -> None:
    """Register a public key: one you have, or one of a pair made here.

    The private half of a new pair is written to a file that only you can read. Keep it safe:
    nobody else has it.
    """
    del algorithm
    current = session.of(context)
    if sum(each is not None for each in (value, key, path, out)) != 1:
        raise Misused("give one of --value, --key, --path, or --out to make a new pair")
    if config and out is None:
        raise Misused("--config remembers a new pair and needs --out")
    if out is not None:
        answer = _with_new_pair(current, name, out, is_remembered=config)
    else:
        answer = _register(current, name, value or key or _public_in(path))
    emit(current, answer)


add_list(app, KEY)
add_get(app, KEY)


@app.command()
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="BASE64", help="Another key; only while it has signed nothing."),
    ] = None,
) -> None:
    """Change a key's name, or its value while no signature refers to it."""
    body = given(name=name, value=value)
    if not body:
        raise Misused("nothing to change; name at least one field")
    change_record(context, KEY, prn, body)


add_delete(app, KEY, "Delete a key that has signed nothing.")


def _register(current: Session, name: str, value: str) -> Json:
    with current.connection() as connection:
        return connection.call("POST", "/signing_keys", body={"name": name, "value": value})


def _public_in(path: Path | None) -> str:
    from sealift.client.signing import read_public_key

    return read_public_key(path) if path else ""


def _with_new_pair(current: Session, name: str, out: Path, *, is_remembered: bool) -> Json:
    from sealift.client.signing import PrivateKey, write_pair

    if not _FILE_NAME.fullmatch(name):
        raise BadData(f"{name!r} cannot be a file name; use letters, digits, '-', '_' and '.'")
    if is_remembered and name in current.config.signing_key_pairs():
        raise Misused(f"{current.config.path} has a signing key pair {name!r} already")
    current.access()  # complains about a missing API key before any file is made
    pair = PrivateKey.make()
    files = write_pair(pair, out, name)  # first: a registered key without its half is useless
    try:
        answer = _register(current, name, pair.public_value)
    except Invalid:  # refused for sure, so the files are of no use
        files.private.unlink()
        files.public.unlink()
        raise
    current.note(f"the private key is in {files.private}, readable by you only")
    if is_remembered:
        _remember(current, name, answer, files)
    return answer


def _remember(current: Session, name: str, answer: Json, files: "PairFiles") -> None:
    prn = str(as_object(answer.get("signing_key")).get("prn"))
    current.config.with_signing_key_pair(name, prn, files.private).save()
    current.note(f"use it as: sealift binaries create -s {name} ...")
