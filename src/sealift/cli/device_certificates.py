"""`sealift device-certificates`."""

from pathlib import Path
from typing import Annotated

import typer

from sealift.cli.config import Json
from sealift.cli.nouns import (
    Noun,
    add_delete,
    add_get,
    add_list,
    create_record,
    examples,
    group,
)
from sealift.cli.options import checked_prn, encoded
from sealift.domain.names import Kind

DEVICE_CERTIFICATE = Noun(
    Kind.DEVICE_CERTIFICATE,
    "device_certificates",
    columns=("serial", "not_before", "not_after", "prn"),
    search="device_prn:'PRN'",
)
app = group("Client certificates by which devices are known.")


@app.command(
    epilog=examples("sealift device-certificates create --device-prn PRN --certificate device.pem")
)
def create(
    context: typer.Context,
    device_prn: Annotated[
        str, typer.Option(metavar="PRN", help="The device; the certificate's CN names it.")
    ],
    certificate: Annotated[
        Path, typer.Option(metavar="FILE", help="One certificate as PEM, and no private key.")
    ],
) -> None:
    """Register a certificate for a device."""
    body: Json = {
        "device_prn": checked_prn(device_prn, Kind.DEVICE),
        "certificate": encoded(certificate),
    }
    create_record(context, DEVICE_CERTIFICATE, body)


add_list(app, DEVICE_CERTIFICATE)
add_get(app, DEVICE_CERTIFICATE)
add_delete(
    app,
    DEVICE_CERTIFICATE,
    "Delete a certificate: within a second nobody gets in with it any more.",
)
