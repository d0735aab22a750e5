"""Releases: the record of each, as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sealift.domain.names import Kind
from sealift.domain.release import PhaseMode
from sealift.records import tables
from sealift.records.rows import Noun


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    id: str
    organization_id: str
    cohort_id: str
    bundle_id: str
    next_release_id: str | None
    name: str
    description: str | None
    required: bool
    disabled: bool
    schedule_date: datetime
    phase_mode: PhaseMode
    phase_value: Decimal | None
    phase_tags: Sequence[str] | None
    version: str | None
    version_requirement: str | None
    retry_limit: int | None
    disable_after_failures: int | None
    disable_after_failure_share: Decimal | None
    deleted_at: datetime | None
    inserted_at: datetime
    updated_at: datetime


RELEASES: Final = Noun(
    tables.releases,
    ReleaseRecord,
    Kind.RELEASE,
    keys={"cohort_prn": "cohort_id", "next_release_prn": "next_release_id"},
    folded={"version": "version_folded", "version_requirement": "version_requirement_folded"},
    unless_asked={"deleted_at": tables.releases.c.deleted_at.is_(None)},
    gone=tables.releases.c.deleted_at.is_not(None),
)
