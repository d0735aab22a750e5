"""Bundles, releases and bundle overrides as the wire shows them."""

from collections.abc import Sequence
from datetime import datetime

from sealift.actions.bundles import WholeBundle
from sealift.actions.impact import Given, Impact
from sealift.actions.rollback import Rollback
from sealift.domain.names import Kind
from sealift.records.bundles import BundleOverride, OverrideDevice
from sealift.records.keys import BundleSignature
from sealift.records.releases import ReleaseRecord
from sealift.records.reports import DeviceReport
from sealift.web.shapes import common, metadata, prn
from sealift.wire import admin as wire
from sealift.wire import device as device_wire


def bundle(found: WholeBundle) -> wire.Bundle:
    row = found.bundle
    return wire.Bundle(
        **common(Kind.BUNDLE, row),
        name=row.name,
        hash=row.hash,
        binaries=[
            wire.BundleBinary(
                prn=prn(row.organization_id, Kind.BINARY, member.binary_id),
                custom_metadata=metadata(member.custom_metadata),
            )
            for member in found.members
        ],
    )


def bundle_signature(row: BundleSignature) -> wire.BundleSignature:
    return wire.BundleSignature(
        **common(Kind.BUNDLE_SIGNATURE, row),
        bundle_prn=prn(row.organization_id, Kind.BUNDLE, row.bundle_id),
        signing_key_prn=prn(row.organization_id, Kind.SIGNING_KEY, row.signing_key_id),
        keyid=row.keyid,
        signature=row.signature,
    )


def signatures_of_bundle(found: Sequence[BundleSignature]) -> wire.SignaturesOfBundle:
    shown = [
        wire.SignatureOfBundle(
            signature=row.signature,
            signing_key_prn=prn(row.organization_id, Kind.SIGNING_KEY, row.signing_key_id),
            keyid=row.keyid,
        )
        for row in found
    ]
    return wire.SignaturesOfBundle(bundle_signatures=shown, signatures=shown)


def bundle_override(row: BundleOverride) -> wire.BundleOverride:
    return wire.BundleOverride(
        **common(Kind.BUNDLE_OVERRIDE, row),
        name=row.name,
        bundle_prn=prn(row.organization_id, Kind.BUNDLE, row.bundle_id),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        description=row.description,
    )


def override_device(row: OverrideDevice) -> wire.OverrideDevice:
    return wire.OverrideDevice(
        device_prn=prn(row.organization_id, Kind.DEVICE, row.device_id),
        inserted_at=row.inserted_at,
        updated_at=row.updated_at,
    )


def release(row: ReleaseRecord, now: datetime) -> wire.Release:
    rules, following = row.rules, row.next_release_id
    return wire.Release(
        **common(Kind.RELEASE, row),
        bundle_prn=prn(row.organization_id, Kind.BUNDLE, row.bundle_id),
        cohort_prn=prn(row.organization_id, Kind.COHORT, row.cohort_id),
        next_release_prn=following and prn(row.organization_id, Kind.RELEASE, following),
        name=row.name,
        description=row.description,
        required=row.required,
        disabled=row.disabled,
        schedule_date=row.schedule_date,
        schedule_complete=not rules.is_scheduled(now),
        phase_mode=row.phase_mode,
        phase_type=rules.phase_type,
        phase_value=row.phase_value,
        phase_tags=None if row.phase_tags is None else list(row.phase_tags),
        version=row.version,
        version_requirement=row.version_requirement,
        retry_limit=row.retry_limit,
        disable_after_failures=row.disable_after_failures,
        disable_after_failure_share=row.disable_after_failure_share,
        deleted_at=row.deleted_at,
    )


def given_release(found: Given, now: datetime) -> wire.GivenRelease:
    shown = release(found.release, now).model_dump()
    return wire.GivenRelease(**shown, affected=found.affected)


def rollback(found: Rollback) -> wire.Rollback:
    row = found.earlier
    return wire.Rollback(
        release_prn=prn(row.organization_id, Kind.RELEASE, row.id),
        cohort_prn=prn(row.organization_id, Kind.COHORT, row.cohort_id),
        bundle_prn=prn(row.organization_id, Kind.BUNDLE, row.bundle_id),
        affected=found.affected,
        withdrawn_release_prns=[
            prn(row.organization_id, Kind.RELEASE, each.id) for each in found.withdrawn
        ],
        devices_given=found.given,
        devices_left=found.left,
    )


def impact(binary_prn: str, found: Impact) -> wire.Impact:
    return wire.Impact(
        binary_prn=binary_prn,
        bundles=[
            wire.BundleAtStake(prn=prn(row.organization_id, Kind.BUNDLE, row.id), name=row.name)
            for row in found.bundles
        ],
        releases=[_at_stake(each, found.devices[each.release.id]) for each in found.releases],
        bundle_overrides=[
            wire.OverrideAtStake(
                prn=prn(row.organization_id, Kind.BUNDLE_OVERRIDE, row.id),
                name=row.name,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                devices=found.listed[row.id],
            )
            for row in found.overrides
        ],
        devices_interrupted=found.interrupted,
    )


def _at_stake(given: Given, devices: int) -> wire.ReleaseAtStake:
    row = given.release
    following = row.next_release_id
    return wire.ReleaseAtStake(
        prn=prn(row.organization_id, Kind.RELEASE, row.id),
        name=row.name,
        cohort_prn=prn(row.organization_id, Kind.COHORT, row.cohort_id),
        next_release_prn=following and prn(row.organization_id, Kind.RELEASE, following),
        required=row.required,
        disabled=row.disabled,
        affected=given.affected,
        devices=devices,
    )


def device_report(row: DeviceReport) -> device_wire.Report:
    organization_id, release_id, binary_id = row.organization_id, row.release_id, row.binary_id
    return device_wire.Report(
        device_prn=prn(organization_id, Kind.DEVICE, row.device_id),
        outcome=device_wire.Outcome(row.outcome),
        bundle_prn=prn(organization_id, Kind.BUNDLE, row.bundle_id),
        release_prn=release_id and prn(organization_id, Kind.RELEASE, release_id),
        binary_prn=binary_id and prn(organization_id, Kind.BINARY, binary_id),
        message=row.message,
        inserted_at=row.inserted_at,
    )
