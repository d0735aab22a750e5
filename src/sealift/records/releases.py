"""Releases: the record of each as people see it, and the channel that those of a cohort make."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement

from sealift.domain.names import Kind
from sealift.domain.release import PhaseMode, Release
from sealift.records import bundles, tables
from sealift.records.rows import Noun, all_of, query
from sealift.records.transaction import Transaction


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

    @property
    def rules(self) -> Release:
        """What of it decides who is offered what."""
        return Release(**{each.name: getattr(self, each.name) for each in fields(Release)})


def _with_binary(tx: Transaction, binary_id: object) -> ColumnElement[bool]:
    return tables.releases.c.bundle_id.in_(bundles.with_binary(tx, str(binary_id)))


RELEASES: Final = Noun(
    tables.releases,
    ReleaseRecord,
    Kind.RELEASE,
    keys={"cohort_prn": "cohort_id", "next_release_prn": "next_release_id"},
    folded={"version": "version_folded", "version_requirement": "version_requirement_folded"},
    conditions={"binary_prn": _with_binary},
    unless_asked={"deleted_at": tables.releases.c.deleted_at.is_(None)},
    gone=tables.releases.c.deleted_at.is_not(None),
)


def in_cohort(tx: Transaction, cohort_id: str) -> list[ReleaseRecord]:
    """Those that are not archived; they stay a channel as long as the cohort's row is locked."""
    of = tables.releases.c
    statement = query(tx, RELEASES).where(of.cohort_id == cohort_id, of.deleted_at.is_(None))
    return all_of(tx, RELEASES, statement)


def giving(tx: Transaction, binary_id: str) -> list[ReleaseRecord]:
    """Those that have the binary and are not archived; the newest first."""
    of = tables.releases.c
    statement = query(tx, RELEASES).where(_with_binary(tx, binary_id), of.deleted_at.is_(None))
    return all_of(tx, RELEASES, statement.order_by(of.inserted_at.desc(), of.id.desc()))
