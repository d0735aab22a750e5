"""A signed binary on its way to devices: a bundle, then an override or a release.

Each step is skipped that was done before, so a run that was interrupted is continued by the
same call: a bundle of that name with just that binary is taken again, and so is an override
or a latest release that has it already.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from sealift.client.client import Client
from sealift.client.create import Signer
from sealift.client.progress import Progress
from sealift.domain.errors import Taken
from sealift.domain.search import quoted
from sealift.wire.admin import (
    Binary,
    Bundle,
    BundleOverride,
    BundleOverrideChanges,
    Device,
    NewBundle,
    NewBundleBinary,
    NewBundleOverride,
    NewBundleSignature,
    NewRelease,
    Release,
)

_LONGEST_BUNDLE_NAME: Final = 256  # characters, by the API's own limits
_LONGEST_NAME: Final = 128


@dataclass(frozen=True, slots=True)
class ToOverride:
    """The override's devices get the binary in place of what they had."""

    prn: str


@dataclass(frozen=True, slots=True)
class ToDevice:
    """A new override for one device, from now on and without an end."""

    prn: str


@dataclass(frozen=True, slots=True)
class ToCohort:
    """A new latest release for everybody in the cohort."""

    prn: str


Audience: TypeAlias = ToOverride | ToDevice | ToCohort


@dataclass(frozen=True, slots=True)
class Distributed:
    """What was made or found; one of the two besides the bundle."""

    bundle: Bundle
    bundle_override: BundleOverride | None = None
    release: Release | None = None


def check_audience(client: Client, audience: Audience) -> None:
    """Refuse now what could not work later: a slip should not cost an upload."""
    match audience:
        case ToOverride():
            client.bundle_overrides.get(audience.prn)
        case ToDevice():
            client.devices.get(audience.prn)
        case ToCohort():
            client.cohorts.get(audience.prn)


def distribute(
    client: Client, binary: Binary, audience: Audience, progress: Progress
) -> Distributed:
    bundle = _bundle(client, binary, progress)
    match audience:
        case ToOverride():
            return Distributed(bundle, _pointed_to(client, audience.prn, bundle, progress))
        case ToDevice():
            device = client.devices.get(audience.prn)
            return Distributed(bundle, _override_for(client, device, bundle, progress))
        case ToCohort():
            return Distributed(bundle, None, _release(client, audience.prn, bundle, progress))


def sign_bundle(
    client: Client, bundle: Bundle, signers: Sequence[Signer], progress: Progress
) -> None:
    """Add the signatures that are missing."""
    for signer in signers:
        signature = NewBundleSignature(
            bundle_prn=bundle.prn,
            signing_key_prn=signer.signing_key_prn,
            signature=signer.key.sign(bundle.hash, raw=signer.raw_digest),
        )
        try:
            client.bundle_signatures.create(signature)
        except Taken:
            progress.note(f"{signer.signing_key_prn} has signed it already")
        else:
            progress.note(f"signed with {signer.signing_key_prn}")


def _bundle(client: Client, binary: Binary, progress: Progress) -> Bundle:
    version = client.artifact_versions.get(binary.artifact_version_prn)
    artifact = client.artifacts.get(version.artifact_prn)
    name = _shortened(f"{artifact.name}@{version.version}/{binary.target}", _LONGEST_BUNDLE_NAME)
    for found in client.bundles.all(search=f"name:{quoted(name)}"):
        if [member.prn for member in found.binaries] == [binary.prn]:
            progress.note(f"bundle {name} exists already: {found.prn}")
            return found
    new = NewBundle(binaries=[NewBundleBinary(prn=binary.prn)], name=name)
    made = client.bundles.create(new)
    progress.note(f"created bundle {name}: {made.prn}")
    return made


def _pointed_to(client: Client, prn: str, bundle: Bundle, progress: Progress) -> BundleOverride:
    found = client.bundle_overrides.get(prn)
    if found.bundle_prn == bundle.prn:
        progress.note(f"override {found.name} has that bundle already")
        return found
    changed = client.bundle_overrides.change(prn, BundleOverrideChanges(bundle_prn=bundle.prn))
    progress.note(f"override {found.name} has that bundle from now on")
    return changed


def _override_for(
    client: Client, device: Device, bundle: Bundle, progress: Progress
) -> BundleOverride:
    now = datetime.now(UTC)
    name = _shortened(bundle.name or bundle.prn, _LONGEST_NAME)
    text = f"made by 'binaries create' for device {device.prn}"
    begun = _begun_override(client, bundle, text)
    if begun is not None:  # another may have begun since, and the one that began last decides
        override = client.bundle_overrides.change(begun.prn, BundleOverrideChanges(starts_at=now))
    else:
        override = client.bundle_overrides.create(
            NewBundleOverride(name=name, bundle_prn=bundle.prn, starts_at=now, description=text)
        )
    with suppress(Taken):
        client.bundle_overrides.add_device(override.prn, device.prn)
    progress.note(f"{device.identifier} gets that bundle by override {override.prn}")
    return override


def _begun_override(client: Client, bundle: Bundle, description: str) -> BundleOverride | None:
    """What an earlier run made for that device."""
    made = client.bundle_overrides.all(search=f"bundle_prn:{quoted(bundle.prn)}")
    return next(
        (each for each in made if each.description == description and each.ends_at is None), None
    )


def _release(client: Client, cohort_prn: str, bundle: Bundle, progress: Progress) -> Release:
    releases = client.releases.all(search=f"cohort_prn:{quoted(cohort_prn)}")
    latest = next((each for each in releases if each.next_release_prn is None), None)
    if latest is not None and latest.bundle_prn == bundle.prn:
        progress.note(f"the cohort's latest release has that bundle already: {latest.prn}")
        return latest
    made = client.releases.create(
        NewRelease(
            bundle_prn=bundle.prn,
            cohort_prn=cohort_prn,
            name=_shortened(bundle.name or bundle.prn, _LONGEST_NAME),
            required=False,
            schedule_date=datetime.now(UTC),
        )
    )
    progress.note(f"released to the cohort: {made.prn}")
    return made


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
