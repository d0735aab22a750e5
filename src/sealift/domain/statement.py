"""What a device says it runs: three texts, which may be anything, said together.

What names nothing of the device's organization, or is no version, is as if it had not been said.
A device that says anything at all replaces all three: they come from the same update.
"""

from dataclasses import dataclass
from typing import Final

from sealift.domain.checks import Report
from sealift.domain.names import Kind, Name, parse
from sealift.domain.versions import parse_version

LONGEST_VERSION: Final = 128
_READ: Final = 1000  # characters of a version: as good as all of one that is too long to be any


@dataclass(frozen=True, slots=True)
class Statement:
    release_prn: str | None = None
    bundle_prn: str | None = None
    release_version: str | None = None

    @property
    def says_anything(self) -> bool:
        return (self.release_prn, self.bundle_prn, self.release_version) != (None, None, None)

    def report(self, organization_id: str) -> Report:
        """As a decision reads it. A version that is none is told in the decision's story."""
        release = _named(self.release_prn, organization_id, Kind.RELEASE)
        bundle = _named(self.bundle_prn, organization_id, Kind.BUNDLE)
        return Report(
            release_id=release.id if release else None,
            bundle_id=bundle.id if bundle else None,
            version=self.release_version and self.release_version[:_READ],
        )

    def kept(self, organization_id: str) -> "Statement":
        """As it is remembered."""
        release = _named(self.release_prn, organization_id, Kind.RELEASE)
        bundle = _named(self.bundle_prn, organization_id, Kind.BUNDLE)
        version = self.release_version
        return Statement(
            release_prn=str(release) if release else None,
            bundle_prn=str(bundle) if bundle else None,
            release_version=version if version is not None and _is_version(version) else None,
        )


def _is_version(text: str) -> bool:
    return len(text) <= LONGEST_VERSION and parse_version(text) is not None


def _named(text: str | None, organization_id: str, kind: Kind) -> Name | None:
    found = parse(text) if text is not None else None
    if found is None or (found.organization_id, found.kind) != (organization_id, kind):
        return None
    return found
