"""Who a new binary goes to, for the command that does everything at once."""

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from sealift.cli.config import Json
from sealift.cli.failures import Misused
from sealift.cli.options import checked_prn
from sealift.domain.names import Kind

if TYPE_CHECKING:
    from sealift.client.distribution import Audience, Distributed

NEEDS_A_SIGNED_BINARY: Final = (
    "only a signed binary can be distributed: give --content-path, and a key to sign it with"
    " (--signing-key-pair, or --signing-key-private and --signing-key-prn)"
)

OverridePrn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--bundle-override-prn",
        metavar="PRN",
        help="Distribute it: the override's devices get it in place of what they had.",
    ),
]
DevicePrn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--device-prn", metavar="PRN", help="Distribute it to one device, by a new override."
    ),
]
CohortPrn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--cohort-prn", metavar="PRN", help="Distribute it to a cohort, by a new release."
    ),
]


def audience(
    override_prn: str | None, device_prn: str | None, cohort_prn: str | None
) -> "Audience | None":
    if override_prn is device_prn is cohort_prn is None:
        return None
    from sealift.client.distribution import ToCohort, ToDevice, ToOverride

    found: list[Audience] = []
    if override_prn is not None:
        found.append(ToOverride(checked_prn(override_prn, Kind.BUNDLE_OVERRIDE)))
    if device_prn is not None:
        found.append(ToDevice(checked_prn(device_prn, Kind.DEVICE)))
    if cohort_prn is not None:
        found.append(ToCohort(checked_prn(cohort_prn, Kind.COHORT)))
    if len(found) > 1:
        raise Misused("give one of --bundle-override-prn, --device-prn and --cohort-prn")
    return found[0]


def shown(distributed: "Distributed") -> Json:
    """What was made, under the keys of the API."""
    made = {
        "bundle": distributed.bundle,
        "bundle_override": distributed.bundle_override,
        "release": distributed.release,
    }
    return {name: each.model_dump(mode="json") for name, each in made.items() if each is not None}
