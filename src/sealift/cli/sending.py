"""What the commands that send content share: options, and the answer at the end."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.cli.config import Json
from sealift.domain.parts import LARGEST, SMALLEST

if TYPE_CHECKING:
    from sealift.client.client import Client
    from sealift.client.create import Signer, Way

PartSize: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--binary-part-size",
        min=SMALLEST,
        max=LARGEST,
        metavar="BYTES",
        help="An upload that was begun is continued with the size it has.",
        show_default="5 MiB; of large files a 32nd, at most 64 MiB",
    ),
]
Concurrency: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        metavar="N",
        help="Parts sent at a time.",
        show_default="twice the processor's cores, at most 16",
    ),
]
Awaited: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait", help="Whether to wait until the server has verified the content."
    ),
]


def way(
    part_size: int | None, concurrency: int | None, signers: "list[Signer]", *, is_awaited: bool
) -> "Way":
    from sealift.client.create import Way
    from sealift.client.upload import default_concurrency

    return Way(
        part_size=part_size,
        concurrency=concurrency or default_concurrency(),
        is_awaited=is_awaited,
        signers=signers,
    )


def answer(client: "Client", prn: str) -> Json:
    """The record as the server has it now, in its own words."""
    from sealift.client.connection import path

    return client.call("GET", path("binaries", prn))
