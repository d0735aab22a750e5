"""What of a device a decision looks at, so that devices alike in it are decided about once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sealift.domain.checks import Channel, Device, Report
from sealift.domain.release import PhaseMode
from sealift.domain.versions import parse_version


@dataclass(frozen=True, slots=True)
class Likeness:
    """Devices that have the same one are given the same."""

    tags: frozenset[str]
    claims: frozenset[str]
    given_up: frozenset[tuple[str, int]]  # releases, with how often they failed
    report: Report

    def device(self, cohort_id: str | None) -> Device:
        """One that stands for all of them."""
        return Device(
            "", cohort_id, tags=self.tags, claims=self.claims, failures=dict(self.given_up)
        )


def in_channel(channel: Channel) -> Callable[[Device, Report], Likeness]:
    """To what the releases of their cohort decide; overrides and quarantine are left out."""
    releases, bundles = channel.by_id, {each.bundle_id for each in channel.releases}
    counted = {each.id for each in channel.releases if each.counts}
    limits = {
        each.id: each.retry_limit for each in channel.releases if each.retry_limit is not None
    }
    wanted = {
        tag
        for each in channel.releases
        if each.phase_mode is PhaseMode.TAGS
        for tag in each.phase_tags or ()
    }

    def alike(device: Device, report: Report) -> Likeness:
        is_known = report.release_id in releases
        serves = not is_known and report.bundle_id in bundles
        given_up = (
            (release_id, limits[release_id])
            for release_id, failures in device.failures.items()
            if release_id in limits and failures >= limits[release_id]
        )
        return Likeness(
            tags=device.tags & wanted,
            claims=device.claims & counted,
            given_up=frozenset(given_up),
            report=Report(
                report.release_id if is_known else None,
                report.bundle_id if serves else None,
                report.version if report.version and parse_version(report.version) else None,
            ),
        )

    return alike


def to_overrides(report: Report, bundle_ids: Collection[str]) -> Likeness:
    """To what an override of one of these bundles decides."""
    bundle_id = report.bundle_id if report.bundle_id in bundle_ids else None
    return Likeness(frozenset(), frozenset(), frozenset(), Report(bundle_id=bundle_id))
