"""The story of a decision, with its subjects by the names that people and programs know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sealift.domain.checks import Override, Reason, Step
from sealift.domain.names import Kind, Name
from sealift.records import rows
from sealift.records.bundles import BUNDLE_OVERRIDES, BUNDLES
from sealift.records.releases import RELEASES
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that was tried; `name` is what people call the subject, if they call it anything."""

    step: Step
    subject: Name | None
    name: str | None
    passed: bool
    text: str

    def as_json(self) -> dict[str, Any]:
        return {
            "step": str(self.step),
            "subject_prn": str(self.subject) if self.subject else None,
            "subject_name": self.name,
            "passed": self.passed,
            "text": self.text,
        }


def lines(
    tx: Transaction,
    organization_id: str,
    reasons: Iterable[Reason],
    overrides: Sequence[Override],
) -> list[Line]:
    override_ids = {each.id for each in overrides}
    told = [(each, _subject(each, organization_id, override_ids)) for each in reasons]
    names = _names(tx, {subject for _, subject in told if subject is not None})
    return [
        Line(each.step, subject, names.get(subject) if subject else None, each.passed, each.text)
        for each, subject in told
    ]


def _subject(reason: Reason, organization_id: str, override_ids: set[str]) -> Name | None:
    if reason.subject_id is None:
        return None
    if reason.subject_id in override_ids:
        kind = Kind.BUNDLE_OVERRIDE
    elif reason.step is Step.CURRENT_BUNDLE and not reason.passed:
        kind = Kind.BUNDLE  # the one that the device says it runs
    else:
        kind = Kind.RELEASE
    return Name(organization_id, kind, reason.subject_id)


def _names(tx: Transaction, subjects: set[Name]) -> Mapping[Name, str | None]:
    ids = {each.id: each for each in subjects}
    named = [
        *rows.by_id(tx, RELEASES, ids).values(),
        *rows.by_id(tx, BUNDLES, ids).values(),
        *rows.by_id(tx, BUNDLE_OVERRIDES, ids).values(),
    ]
    return {ids[row.id]: row.name for row in named}
