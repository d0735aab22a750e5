"""What a device is offered: the bundle, and each of its binaries with a link to the content.

Artifacts and their versions may have a megabyte of metadata each, and a bundle a thousand
binaries: all of that is read for who asks for it, and for nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sealift.actions.system import System
from sealift.content.links import ContentTicket
from sealift.domain.binary import HAS_VERIFIED_CONTENT
from sealift.domain.checks import Decision, Source
from sealift.domain.errors import Changed, NotFound
from sealift.domain.metadata import JsonText
from sealift.records import bundles, keys, rows
from sealift.records.artifacts import ARTIFACT_VERSIONS, ARTIFACTS, Artifact, ArtifactVersion
from sealift.records.binaries import BINARIES, Binary
from sealift.records.bundles import (
    BUNDLE_OVERRIDES,
    BUNDLES,
    Bundle,
    BundleOverride,
    Member,
)
from sealift.records.keys import BinarySignature
from sealift.records.releases import RELEASES, ReleaseRecord
from sealift.records.rows import without_metadata
from sealift.records.transaction import Transaction


class Detail(Enum):
    """How much of what is offered is read."""

    NAMES = auto()  # no entries
    ENTRIES = auto()  # without the metadata of artifacts and versions
    WHOLE = auto()


_BINARIES: Final = without_metadata(BINARIES)
_VERSIONS: Final = without_metadata(ARTIFACT_VERSIONS)
_ARTIFACTS: Final = without_metadata(ARTIFACTS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One binary of a bundle; the metadata is what the bundle froze, not the binary's own."""

    binary: Binary
    custom_metadata: JsonText | None
    version: ArtifactVersion
    artifact: Artifact
    signatures: Sequence[BinarySignature]


@dataclass(frozen=True, slots=True)
class Offer:
    """Either a release or an override stands behind it."""

    release: ReleaseRecord | None
    override: BundleOverride | None
    bundle: Bundle
    entries: Sequence[Entry]  # in the order of the bundle

    @property
    def members(self) -> list[Member]:
        return [Member(each.binary.id, each.custom_metadata) for each in self.entries]


def offer(tx: Transaction, decision: Decision, detail: Detail) -> Offer | None:
    """What a decision gives, as it is in the transaction that it was made in.

    One that writes sees what others commit meanwhile, such as that the release is archived.
    """
    if decision.bundle_id is None or decision.source_id is None:
        return None
    is_release = decision.source is Source.RELEASE
    try:
        return Offer(
            release=rows.get(tx, RELEASES, decision.source_id) if is_release else None,
            override=None if is_release else rows.get(tx, BUNDLE_OVERRIDES, decision.source_id),
            bundle=rows.get(tx, BUNDLES, decision.bundle_id),
            entries=[] if detail is Detail.NAMES else entries(tx, decision.bundle_id, detail),
        )
    except NotFound as error:
        message = "what was to be given has just been archived or deleted; look again"
        raise Changed(message) from error


def entries(tx: Transaction, bundle_id: str, detail: Detail) -> list[Entry]:
    """Of a bundle that is not there, none."""
    is_whole = detail is Detail.WHOLE
    of_versions = ARTIFACT_VERSIONS if is_whole else _VERSIONS
    of_artifacts = ARTIFACTS if is_whole else _ARTIFACTS
    members = bundles.members(tx, [bundle_id])[bundle_id]
    binaries = rows.by_id(tx, _BINARIES, (each.binary_id for each in members))
    versions = rows.by_id(tx, of_versions, (it.artifact_version_id for it in binaries.values()))
    artifacts = rows.by_id(tx, of_artifacts, (each.artifact_id for each in versions.values()))
    signatures = keys.attached_to(tx, binaries)
    return [
        Entry(
            binary=(binary := binaries[member.binary_id]),
            custom_metadata=member.custom_metadata,
            version=(version := versions[binary.artifact_version_id]),
            artifact=artifacts[version.artifact_id],
            signatures=signatures[binary.id],
        )
        for member in members
    ]


def link(system: System, entry: Entry) -> str | None:
    """Where the content is to be had for a day; None if it is gone."""
    binary = entry.binary
    if binary.state not in HAS_VERIFIED_CONTENT or binary.store is None:
        return None
    ticket = ContentTicket(binary.store, binary.content_key, binary.hash)
    return system.links.content(ticket, system.now())


def offered_link(system: System, entry: Entry) -> str:
    """The same of what is offered, which is there unless it is destroyed in this moment."""
    found = link(system, entry)
    if found is None:
        raise Changed("a binary of the bundle is just being destroyed; look again")
    return found


def running(
    tx: Transaction, release_id: str | None, bundle_id: str | None, detail: Detail
) -> list[Entry] | None:
    """Of what a device says it runs: the bundle, or else that of the release; None: unknown."""
    if bundle_id is None and release_id is not None:
        # An archived release is still what it was.
        bundle_id = next(
            (it.bundle_id for it in rows.by_id(tx, RELEASES, [release_id]).values()), None
        )
    if bundle_id is None or rows.find(tx, BUNDLES, bundle_id) is None:
        return None
    return entries(tx, bundle_id, detail)
