"""`sealift bundle-overrides`, and the devices of one."""

from typing import Annotated, Final, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.nouns import (
    All,
    Limit,
    Noun,
    PageCursor,
    PrnArgument,
    Sort,
    add_delete,
    add_get,
    add_list,
    change_record,
    create_record,
    examples,
    group,
    show_list,
)
from sealift.cli.options import (
    NOW,
    Description,
    NewDescription,
    checked_prn,
    clearing,
    given,
    moment,
    not_empty,
)
from sealift.cli.output import emit
from sealift.domain.names import Kind

OVERRIDE = Noun(
    Kind.BUNDLE_OVERRIDE,
    "bundle_overrides",
    columns=("name", "starts_at", "ends_at", "prn"),
    search="bundle_prn:'PRN'",
)
_LISTED: Final = Noun(Kind.DEVICE, "devices", columns=("inserted_at", "device_prn"), search="")
app = group("A bundle for named devices, for a while, whatever the releases say.")
devices = group("The devices of one override.")
app.add_typer(devices, name="devices")

DevicePrn: TypeAlias = Annotated[
    str, typer.Option("--device-prn", metavar="PRN", help="The device.")
]


@app.command(
    epilog=examples(
        "sealift bundle-overrides create --name try-1.3 --bundle-prn PRN \\",
        "  --ends-at 2026-01-31T12:00:00Z",
        "sealift bundle-overrides devices add PRN --device-prn DEVICE_PRN",
    )
)
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="TEXT", help="For people.")],
    bundle_prn: Annotated[str, typer.Option(metavar="PRN", help="What its devices are to run.")],
    starts_at: Annotated[str, typer.Option(metavar="TIME", help="From then on.")] = NOW,
    ends_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until then.", show_default="never"),
    ] = None,
    description: Description = None,
) -> None:
    """Create an override. It has no devices yet: 'devices add' names them.

    Of several that are active for a device the one counts that started last.
    """
    body = given(
        name=name,
        bundle_prn=checked_prn(bundle_prn, Kind.BUNDLE),
        starts_at=moment(starts_at, "--starts-at"),
        ends_at=moment(ends_at, "--ends-at"),
        description=description,
    )
    create_record(context, OVERRIDE, body)


add_list(app, OVERRIDE)
add_get(app, OVERRIDE)


@app.command(epilog=examples("sealift bundle-overrides update PRN --ends-at now"))
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    bundle_prn: Annotated[
        str | None, typer.Option(metavar="PRN", help="Another bundle, at once.")
    ] = None,
    starts_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Another time; 'now' is one.")
    ] = None,
    ends_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Another time, or 'now'; an empty text: never."),
    ] = None,
    description: NewDescription = None,
) -> None:
    """Change an override: its bundle, its time, its name."""
    body = given(
        name=name,
        bundle_prn=bundle_prn and checked_prn(bundle_prn, Kind.BUNDLE),
        starts_at=moment(starts_at, "--starts-at"),
    )
    body |= clearing(ends_at=moment(ends_at, "--ends-at"), description=description)
    change_record(context, OVERRIDE, prn, not_empty(body))


add_delete(app, OVERRIDE, "Delete an override: its devices follow their releases again.")


@devices.command(
    epilog=examples("sealift bundle-overrides devices add PRN --device-prn DEVICE_PRN")
)
def add(context: typer.Context, prn: PrnArgument, device_prn: DevicePrn) -> None:
    """Add a device to an override."""
    body: Json = {"device_prn": checked_prn(device_prn, Kind.DEVICE)}
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("POST", f"{OVERRIDE.path(prn)}/devices", body=body))


@devices.command("list")
def list_devices(
    context: typer.Context,
    prn: PrnArgument,
    limit: Limit = None,
    order: Sort = None,
    page: PageCursor = None,
    every: All = False,
) -> None:
    """List the devices of an override, the last added first."""
    asked = given(limit=limit, order=order, page=page)
    address = f"{OVERRIDE.path(prn)}/devices"
    show_list(session.of(context), address, _LISTED, asked, is_whole=every)


@devices.command()
def remove(context: typer.Context, prn: PrnArgument, device_prn: DevicePrn) -> None:
    """Remove a device from an override: it follows its releases again."""
    address = f"{OVERRIDE.path(prn)}/devices/{checked_prn(device_prn, Kind.DEVICE)}"
    current = session.of(context)
    with current.connection() as connection:
        connection.call("DELETE", address)
    current.note(f"removed {device_prn}")
