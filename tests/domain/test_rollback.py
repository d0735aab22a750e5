from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sealift.domain.errors import ChannelBroken
from sealift.domain.release import PhaseMode, Release
from sealift.domain.rollback import withdrawn

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _release(name: str, following: str | None, **fields: object) -> Release:
    made = Release(
        id=name,
        bundle_id=f"bundle of {name}",
        next_release_id=following,
        required=False,
        disabled=False,
        schedule_date=NOW - timedelta(days=1),
        phase_mode=PhaseMode.NUMERIC,
        phase_value=Decimal(1),
        phase_tags=None,
        version=None,
        version_requirement=None,
        retry_limit=None,
        inserted_at=NOW,
    )
    return replace(made, **fields)  # pyright: ignore[reportArgumentType]


def test_what_came_after_is_disabled_and_holds_nobody_up() -> None:
    first, second = _release("first", "second", required=True), _release("second", "third")
    third, aside = _release("third", None, required=True), _release("aside", "second")

    found = withdrawn([third, aside, first, second], first, NOW)

    assert found == [
        replace(second, disabled=True),
        replace(third, disabled=True, required=False),
    ]


@pytest.mark.parametrize(
    "limits",
    [
        {"phase_value": Decimal("0.1")},
        {"phase_value": Decimal(7)},
        {"phase_mode": PhaseMode.TAGS, "phase_value": None, "phase_tags": ("beta",)},
        {"schedule_date": NOW + timedelta(days=1)},
    ],
)
def test_limits_of_the_latest_are_lifted(limits: dict[str, object]) -> None:
    first, latest = _release("first", "latest"), _release("latest", None, **limits)

    (found,) = withdrawn([first, latest], first, NOW)

    assert found.is_complete
    assert found.disabled
    assert found.schedule_date <= NOW


def test_a_date_that_has_come_stays() -> None:
    first, latest = _release("first", "latest"), _release("latest", None)

    (found,) = withdrawn([first, latest], first, NOW)

    assert found.schedule_date == latest.schedule_date


def test_nothing_came_after_the_latest() -> None:
    first, latest = _release("first", "latest"), _release("latest", None)

    with pytest.raises(ChannelBroken, match="name a release that came before") as refused:
        withdrawn([first, latest], latest, NOW)

    assert refused.value.field == "release_prn"
