"""`sealift ca-certificates`."""

from pathlib import Path
from typing import Annotated, TypeAlias

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
    Description,
    NewDescription,
    checked_prn,
    clearing,
    encoded,
    given,
    not_empty,
    tags,
)
from sealift.cli.output import emit
from sealift.domain.names import Kind

CA_CERTIFICATE = Noun(
    Kind.CA_CERTIFICATE,
    "ca_certificates",
    columns=("description", "serial", "not_after", "prn"),
    search="description~'factory'",
)
app = group("Certificate authorities that vouch for devices.")

JitpProduct: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--jitp-product",
        metavar="PRODUCT",
        help="Take in unknown devices with its certificates: the product they are of, by its"
        " name or PRN.",
    ),
]
JitpCohort: TypeAlias = Annotated[
    str | None,
    typer.Option("--jitp-cohort-prn", metavar="PRN", help="The cohort that they join."),
]
JitpDescription: TypeAlias = Annotated[
    str | None,
    typer.Option("--jitp-description", metavar="TEXT", help="The description that they get."),
]
JitpTags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--jitp-tags", metavar="TAG,TAG", help="The tags that they get."),
]
JitpTarget: TypeAlias = Annotated[
    str | None,
    typer.Option("--jitp-target", metavar="TEXT", help="The target that they get."),
]


@app.command("create-verification-code")
def create_verification_code(context: typer.Context) -> None:
    """Get a code that proves you have a CA's key.

    It is to be the CN of a certificate that the CA signs, and is good for one CA and a week.
    See: sealift x509 create --help
    """
    current = session.of(context)
    with current.connection() as connection:
        address = f"{CA_CERTIFICATE.address}/verification_codes"
        emit(current, connection.call("POST", address))


@app.command(
    epilog=examples(
        "sealift ca-certificates create --certificate ca.pem \\",
        "  --verification-certificate verification.pem --jitp-product gateway",
    )
)
def create(
    context: typer.Context,
    certificate: Annotated[
        Path, typer.Option(metavar="FILE", help="The CA's certificate as PEM, and no key.")
    ],
    verification_certificate: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Signed by the CA; its CN is a code of create-verification-code.",
        ),
    ],
    description: Description = None,
    jitp_product: JitpProduct = None,
    jitp_cohort_prn: JitpCohort = None,
    jitp_description: JitpDescription = None,
    jitp_tags: JitpTags = None,
    jitp_target: JitpTarget = None,
) -> None:
    """Register a CA, whose devices are then let in.

    With --jitp-product a device that nobody has registered is taken in when it first calls.
    """
    body = given(
        certificate=encoded(certificate),
        verification_certificate=encoded(verification_certificate),
        description=description,
        jitp=_jitp(jitp_product, jitp_cohort_prn, jitp_description, jitp_tags, jitp_target),
    )
    create_record(context, CA_CERTIFICATE, body)


add_list(app, CA_CERTIFICATE)
add_get(app, CA_CERTIFICATE)


@app.command(
    epilog=examples(
        "sealift ca-certificates update PRN --jitp-product gateway --jitp-tags new",
        "sealift ca-certificates update PRN --no-jitp",
    )
)
def update(
    context: typer.Context,
    prn: PrnArgument,
    description: NewDescription = None,
    jitp_product: JitpProduct = None,
    jitp_cohort_prn: JitpCohort = None,
    jitp_description: JitpDescription = None,
    jitp_tags: JitpTags = None,
    jitp_target: JitpTarget = None,
    no_jitp: Annotated[
        bool, typer.Option("--no-jitp", help="Take in no unknown devices any more.")
    ] = False,
) -> None:
    """Change how unknown devices are taken in.

    The --jitp options together replace what was set before. The certificate is final.
    """
    jitp = _jitp(jitp_product, jitp_cohort_prn, jitp_description, jitp_tags, jitp_target)
    if no_jitp and jitp is not None:
        raise Misused("give --no-jitp or the other --jitp options, not both")
    body = clearing(description=description)
    if no_jitp or jitp is not None:
        body["jitp"] = jitp
    change_record(context, CA_CERTIFICATE, prn, not_empty(body))


add_delete(
    app,
    CA_CERTIFICATE,
    "Delete a CA: it takes in nobody new. Devices that it brought go on.",
)


def _jitp(
    product: str | None,
    cohort_prn: str | None,
    description: str | None,
    tag_texts: list[str] | None,
    target: str | None,
) -> Json | None:
    others = given(
        cohort_prn=cohort_prn and checked_prn(cohort_prn, Kind.COHORT),
        description=description,
        tags=tags(tag_texts),
        target=target,
    )
    if product is not None:
        return {**_product(product), **others}
    if others:
        raise Misused("the --jitp options need --jitp-product, the product of the devices")
    return None


def _product(text: str) -> Json:
    if text.startswith("prn:"):
        return {"product_prn": checked_prn(text, Kind.PRODUCT)}
    return {"product_name": text}
