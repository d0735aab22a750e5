"""Channels in a line of text: `a b! c, x b` are a → b → c and x → b, where b is required.

!  is required                    %  is phased and has no room
-  is disabled                    #  is for a tag that no device has
@  waits for its date             =  was failed on too often
^  is meant for no version        ~  has a bundle that is not whole
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from sealift.domain.release import PhaseMode, Release

NOW: Final = datetime(2026, 5, 17, 12, tzinfo=UTC)
MARKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "!": {"required": True},
    "-": {"disabled": True},
    "@": {"schedule_date": NOW + timedelta(microseconds=1)},
    "^": {"version_requirement": "< 0.0.0"},
    "%": {"phase_value": Decimal(0)},
    "#": {"phase_mode": PhaseMode.TAGS, "phase_value": None, "phase_tags": ("nobody",)},
    "=": {"retry_limit": 1},
    "~": {},
}
_MARKS: Final = "".join(MARKS)


def release(id: str, next_release_id: str | None = None, **changes: object) -> Release:
    """One that is for every device and has bundle `B` if it is called `b`."""
    plain = Release(
        id=id,
        bundle_id=id.upper(),
        next_release_id=next_release_id,
        required=False,
        disabled=False,
        schedule_date=NOW,
        phase_mode=PhaseMode.NUMERIC,
        phase_value=Decimal(1),
        phase_tags=None,
        version=None,
        version_requirement=None,
        retry_limit=None,
        inserted_at=NOW - timedelta(days=1),
    )
    return replace(plain, **changes)


def releases(text: str) -> Sequence[Release]:
    marks: dict[str, str] = {}
    following: dict[str, str] = {}
    for chain in text.split(","):
        names = [word.rstrip(_MARKS) for word in chain.split()]
        for name, word in zip(names, chain.split(), strict=True):
            marks[name] = marks.get(name, "") + word.removeprefix(name)
        following.update(pairwise(names))
    return [_marked(release(name, following.get(name)), marks[name]) for name in marks]


def _marked(plain: Release, marks: str) -> Release:
    for mark in marks:
        plain = replace(plain, **MARKS[mark])
    return plain


def links(text: str) -> Mapping[str, str | None]:
    return {each.id: each.next_release_id for each in releases(text)}


def marked(text: str, mark: str) -> frozenset[str]:
    """The releases that carry the mark."""
    words = (word for word in text.replace(",", " ").split() if mark in word)
    return frozenset(word.rstrip(_MARKS) for word in words)


def rows(table: str) -> list[tuple[str, ...]]:
    """A table without its head; `·` is an empty cell."""
    lines = [line for line in table.strip().splitlines()[1:] if line.strip()]
    return [tuple(cell.strip(" ·") for cell in line.split("|")) for line in lines]
