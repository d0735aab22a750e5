"""What devices are answered, as far as they want to be told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from pydantic import BaseModel

from sealift.actions import manifests
from sealift.actions.bundles import WholeBundle
from sealift.actions.checks import Checked
from sealift.actions.manifests import Detail, Entry, Offer
from sealift.actions.system import System
from sealift.device_api.expanding import Expandable, Wanted, pruned
from sealift.domain.checks import Status
from sealift.domain.names import Kind
from sealift.domain.signature import public_key_pem
from sealift.records.bundles import BundleOverride
from sealift.records.fleet import Cohort, Device
from sealift.records.reports import DeviceReport
from sealift.web import distribution_shapes, fleet_shapes, shapes
from sealift.web.shapes import prn
from sealift.wire import admin
from sealift.wire import device as wire
from sealift.wire.text import Json

ME: Final[Expandable] = {"cohort": admin.Cohort, "manifest": wire.CurrentEntry}
UPDATE: Final[Expandable] = {
    "bundle": admin.Bundle,
    "bundle_override": wire.OverrideWindow,
    "cohort": admin.Cohort,
    "manifest": wire.ManifestEntry,
    "release": admin.Release,
    "source_type": None,
}

_WITH_METADATA: Final = ("artifact", "artifact_version")


def update(
    system: System, checked: Checked, cohort: Callable[[], Cohort | None], wanted: Wanted
) -> Json:
    """Without an update, all that is wanted is null, but for the cohort."""
    answer: Json = {"status": str(checked.decision.status)}
    for name, branch in wanted.items():
        if name == "cohort":
            answer[name] = pruned(_cohort(cohort()), branch)
        elif checked.offer is None:
            answer[name] = None
        elif name == "source_type":
            answer[name] = str(checked.decision.source)
        else:
            answer[name] = pruned(_OFFERED[name](system, checked.offer), branch)
    return answer


def detail(wanted: Wanted) -> Detail:
    """How much has to be read for what is wanted."""
    if "manifest" not in wanted:
        return Detail.ENTRIES if "bundle" in wanted else Detail.NAMES
    of_entry = wanted["manifest"]
    branches = [of_entry[name] for name in _WITH_METADATA if name in of_entry]
    is_whole = not of_entry or any(not each or "custom_metadata" in each for each in branches)
    return Detail.WHOLE if is_whole else Detail.ENTRIES


def nothing(status: Status, wanted: Iterable[str]) -> Json:
    """The same where there is no update, and the cohort is not wanted."""
    return {"status": str(status), **dict.fromkeys(wanted)}


def me(
    system: System,
    device: Device,
    cohort: Cohort | None,
    entries: Sequence[Entry] | None,
    wanted: Wanted,
) -> Json:
    answer: Json = {"identifier": device.identifier, "quarantined": device.quarantined}
    if "cohort" in wanted:
        answer["cohort"] = pruned(_cohort(cohort), wanted["cohort"])
    if "manifest" in wanted:
        shown = None if entries is None else [_current(system, each) for each in entries]
        answer["manifest"] = pruned(shown, wanted["manifest"])
    return {"data": answer}


def report(row: DeviceReport) -> Json:
    return _json(wire.OneReport(report=distribution_shapes.device_report(row)))


def _json(shown: BaseModel) -> Json:
    return shown.model_dump(mode="json")


def _cohort(row: Cohort | None) -> Json | None:
    return None if row is None else _json(fleet_shapes.cohort(row))


def _release(system: System, offer: Offer) -> Json | None:
    if offer.release is None:
        return None
    return _json(distribution_shapes.release(offer.release, system.now()))


def _bundle(_system: System, offer: Offer) -> Json:
    return _json(distribution_shapes.bundle(WholeBundle(offer.bundle, offer.members)))


def _override(_system: System, offer: Offer) -> Json | None:
    row: BundleOverride | None = offer.override
    if row is None:
        return None
    window = wire.OverrideWindow(
        prn=prn(row.organization_id, Kind.BUNDLE_OVERRIDE, row.id),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        inserted_at=row.inserted_at,
        updated_at=row.updated_at,
    )
    return _json(window)


def _manifest(system: System, offer: Offer) -> list[Json]:
    return [{**_entry(each), "url": manifests.offered_link(system, each)} for each in offer.entries]


_OFFERED: Final[Mapping[str, Callable[[System, Offer], object]]] = {
    "bundle": _bundle,
    "bundle_override": _override,
    "manifest": _manifest,
    "release": _release,
}


def _current(system: System, entry: Entry) -> Json:
    return {**_entry(entry), "url": manifests.link(system, entry)}


def _entry(entry: Entry) -> Json:
    binary = entry.binary
    signatures = [
        wire.ManifestSignature(
            signature=each.signature,
            signing_key_prn=prn(each.organization_id, Kind.SIGNING_KEY, each.signing_key_id),
            public_value=public_key_pem(each.value),
        )
        for each in entry.signatures
    ]
    shown = wire.ManifestBinary(
        artifact=shapes.artifact(entry.artifact),
        artifact_version=shapes.artifact_version(entry.version),
        binary_prn=prn(binary.organization_id, Kind.BINARY, binary.id),
        custom_metadata=shapes.metadata(entry.custom_metadata),
        hash=binary.hash,
        size=binary.size,
        target=binary.target,
        signatures=signatures or None,
    )
    return _json(shown)
