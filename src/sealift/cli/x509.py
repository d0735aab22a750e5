"""`sealift x509`: certificates for those who have no PKI of their own. No server is asked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.failures import BadData, Misused
from sealift.cli.nouns import examples, group
from sealift.cli.output import emit
from sealift.cli.session import Session

if TYPE_CHECKING:
    from sealift.client.issuing import Issued

_FILE_NAME: Final = re.compile(r"[\w][\w .:@+-]*")
_LONGEST_NAME: Final = 64  # bytes of a common name
_CA_LASTS: Final = timedelta(days=20 * 365)
_DEVICE_LASTS: Final = timedelta(days=10 * 365)
_PROOF_LASTS: Final = timedelta(days=7)  # as long as a verification code

app = group("Make certificates of devices, and of CAs that vouch for them.")

NameOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="The common name: of a device its identifier, for --verification the code.",
    ),
]
Out: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", help="Where NAME-certificate.pem and NAME-private.pem are made."
    ),
]
IsCa: TypeAlias = Annotated[
    bool, typer.Option("--ca", help="Make a CA, which vouches for devices.")
]
IsVerification: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--verification",
        help="Make what proves to the server that you have the CA's key: no key is kept of it.",
    ),
]
Signer: TypeAlias = Annotated[
    str | None,
    typer.Option("--signer", metavar="NAME", help="A CA that was made with --config."),
]
SignerCertificate: TypeAlias = Annotated[
    Path | None,
    typer.Option("--signer-certificate", metavar="FILE", help="The certificate of another CA."),
]
SignerKey: TypeAlias = Annotated[
    Path | None, typer.Option("--signer-key", metavar="FILE", help="Its private key.")
]
Days: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--days",
        min=1,
        max=100 * 365,
        metavar="N",
        help="How long it is valid; a CA 20 years, a device 10, unless you say otherwise.",
    ),
]
Remember: TypeAlias = Annotated[
    bool, typer.Option("--config", help="With --ca: remember it for --signer NAME.")
]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for, but for who signs it."""

    name: str
    is_ca: bool
    is_verification: bool
    days: int | None

    @property
    def lasts(self) -> timedelta:
        if self.days is not None:
            return timedelta(days=self.days)
        if self.is_verification:
            return _PROOF_LASTS
        return _CA_LASTS if self.is_ca else _DEVICE_LASTS


@app.command(
    epilog=examples(
        "sealift x509 create --ca --name factory --out ca --config",
        "sealift x509 create --verification --name CODE --signer factory --out ca",
        "sealift x509 create --name device-1 --signer factory --out device-1",
    )
)
def create(
    context: typer.Context,
    name: NameOption,
    out: Out,
    ca: IsCa = False,
    verification: IsVerification = False,
    signer: Signer = None,
    signer_certificate: SignerCertificate = None,
    signer_key: SignerKey = None,
    days: Days = None,
    config: Remember = False,
) -> None:
    """Make a certificate, and its private key in a file that only you can read.

    It is of a device unless told otherwise. Without a signer it stands alone, and is registered
    with: sealift device-certificates create.
    """
    current = session.of(context)
    wish = _Wish(name, ca, verification, days)
    is_signed = any(each is not None for each in (signer, signer_certificate, signer_key))
    _must_make_sense(wish, is_signed=is_signed, is_remembered=config)
    if config and name in current.config.certificate_authorities():
        raise Misused(f"{current.config.path} has a certificate authority {name!r} already")
    issuer = _issuer(current, signer, signer_certificate, signer_key) if is_signed else None
    made = _made(wish, issuer)
    written = _write(wish, made, out)
    if config:
        current.config.with_certificate_authority(
            name, written["certificate"], written["private_key"]
        ).save()
        current.note(f"use it as: sealift x509 create --signer {name} ...")
    emit(current, {"x509": {**_shown(made), **{each: str(path) for each, path in written.items()}}})


def _must_make_sense(wish: _Wish, *, is_signed: bool, is_remembered: bool) -> None:
    if not _FILE_NAME.fullmatch(wish.name) or len(wish.name.encode()) > _LONGEST_NAME:
        raise BadData(
            f"{wish.name!r} cannot be a name here: it has at most {_LONGEST_NAME} bytes and begins"
            " with a letter or digit; others are '-', '_', '.', ':', '@', '+' and spaces"
        )
    if wish.is_ca and (wish.is_verification or is_signed):
        raise Misused("--ca makes one that is signed by itself; leave --verification and signers")
    if wish.is_verification and not is_signed:
        raise Misused("--verification needs the CA whose key it proves: --signer NAME")
    if is_remembered and not wish.is_ca:
        raise Misused("--config remembers a new CA and needs --ca")


def _issuer(
    current: Session, name: str | None, certificate: Path | None, key: Path | None
) -> "Issued":
    from sealift.client.issuing import read_issuer
    from sealift.domain.errors import CertificateWrong
    from sealift.domain.x509 import must_be_ca, of_der

    if (name is None) == (certificate is None) or (certificate is None) != (key is None):
        raise Misused("give --signer NAME, or both --signer-certificate and --signer-key")
    if name is not None:
        certificate, key = current.config.certificate_authority(name)
    if certificate is None or key is None:
        raise TypeError("one of the two ways names both files")
    found = read_issuer(certificate, key)
    try:
        must_be_ca(of_der(found.der), datetime.now(UTC))
    except CertificateWrong as wrong:
        raise BadData(f"{certificate} {wrong.message}") from wrong
    return found


def _made(wish: _Wish, issuer: "Issued | None") -> "Issued":
    from sealift.client.issuing import OF_A_CA, OF_A_DEVICE, OF_A_PROOF, issue

    extensions = OF_A_DEVICE
    if wish.is_ca:
        extensions = OF_A_CA
    elif wish.is_verification:
        extensions = OF_A_PROOF
    return issue(wish.name, extensions, datetime.now(UTC), wish.lasts, issuer)


def _write(wish: _Wish, made: "Issued", out: Path) -> dict[str, Path]:
    from sealift.client.files import write_both, write_new

    certificate, private = out / f"{wish.name}-certificate.pem", out / f"{wish.name}-private.pem"
    if wish.is_verification:
        write_new(certificate, made.pem)
        return {"certificate": certificate}
    write_both(private, made.key_pem, certificate, made.pem)
    return {"certificate": certificate, "private_key": private}


def _shown(made: "Issued") -> Json:
    from sealift.domain.x509 import of_der
    from sealift.wire.text import time_text

    found = of_der(made.der)
    return {
        "common_name": found.common_name,
        "fingerprint": found.fingerprint,
        "serial": found.serial,
        "not_before": time_text(found.not_before),
        "not_after": time_text(found.not_after),
    }
