"""Device checks, their stories and reports as the wire shows them to administrators."""

from collections.abc import Sequence

from sealift.actions import checks, manifests
from sealift.actions.checks import Checked, Explained
from sealift.actions.manifests import Entry
from sealift.actions.reports import Progress
from sealift.actions.stories import Line
from sealift.actions.system import System
from sealift.domain.names import Kind
from sealift.domain.signature import public_key_pem
from sealift.web.shapes import metadata, prn
from sealift.wire import device as device_wire
from sealift.wire import updates as wire
from sealift.wire.device import SourceType, UpdateStatus


def device_update(system: System, checked: Checked) -> wire.DeviceUpdate:
    offer, decision = checked.offer, checked.decision
    organization_id = checked.device.organization_id
    return wire.DeviceUpdate(
        status=UpdateStatus(decision.status),
        source_type=SourceType(decision.source) if decision.source else None,
        source_prn=_text(checks.source_of(checked)),
        bundle_prn=_prn_or_none(organization_id, Kind.BUNDLE, decision.bundle_id),
        manifest=None if offer is None else [_entry(system, each) for each in offer.entries],
    )


def _entry(system: System, entry: Entry) -> wire.UpdateEntry:
    organization_id, binary = entry.binary.organization_id, entry.binary
    version_prn = prn(organization_id, Kind.ARTIFACT_VERSION, entry.version.id)
    binary_prn = prn(organization_id, Kind.BINARY, binary.id)
    return wire.UpdateEntry(
        artifact_prn=prn(organization_id, Kind.ARTIFACT, entry.artifact.id),
        artifact_version=version_prn,
        artifact_version_prn=version_prn,
        binary_prn=binary_prn,
        prn=binary_prn,
        custom_metadata=metadata(entry.custom_metadata),
        hash=binary.hash,
        signatures=[
            device_wire.ManifestSignature(
                signature=each.signature,
                signing_key_prn=prn(organization_id, Kind.SIGNING_KEY, each.signing_key_id),
                public_value=public_key_pem(each.value),
            )
            for each in entry.signatures
        ]
        or None,
        size=binary.size,
        target=binary.target,
        url=manifests.offered_link(system, entry),
    )


def explanation(found: Explained) -> wire.Explanation:
    checked, device = found.checked, found.checked.device
    decision, organization_id = checked.decision, device.organization_id
    source = checks.source_of(checked)
    return wire.Explanation(
        device=wire.ExplainedDevice(
            prn=prn(organization_id, Kind.DEVICE, device.id),
            identifier=device.identifier,
            cohort_prn=_prn_or_none(organization_id, Kind.COHORT, device.cohort_id),
            quarantined=device.quarantined,
            reported_release_prn=device.reported_release_prn,
            reported_bundle_prn=device.reported_bundle_prn,
            reported_release_version=device.reported_release_version,
        ),
        at=found.at,
        status=UpdateStatus(decision.status),
        source_type=SourceType(decision.source) if decision.source else None,
        source_prn=_text(source),
        source_name=checks.source_name(checked),
        bundle_prn=_prn_or_none(organization_id, Kind.BUNDLE, decision.bundle_id),
        claims=decision.claims,
        story=_story(found.story),
        why_not=None if found.why_not is None else _story(found.why_not),
    )


def _story(lines: Sequence[Line]) -> list[wire.StoryLine]:
    return [wire.StoryLine(**each.as_json()) for each in lines]


def progress(release_prn: str, found: Progress) -> wire.ReleaseProgress:
    return wire.ReleaseProgress(
        release_prn=release_prn,
        devices=found.devices,
        claimed=found.claimed,
        running=found.running,
        installed=found.installed,
        failed=found.failed,
        rolled_back=found.rolled_back,
        given_up=found.given_up,
    )


def _text(name: object) -> str | None:
    return None if name is None else str(name)


def _prn_or_none(organization_id: str, kind: Kind, row_id: str | None) -> str | None:
    return None if row_id is None else prn(organization_id, kind, row_id)
