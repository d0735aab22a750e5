"""Device checks made up at random, dense with what decides: few names, few times, few versions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final, NamedTuple

from sealift.domain.checks import Channel, Device, Override, Report
from sealift.domain.release import PhaseMode, Release

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
_TIMES: Final = [
    NOW + timedelta(microseconds=each) for each in (-86_400_000_000, -1, 0, 1, 86_400_000_000)
]
_SHARES: Final = [Decimal(each) for each in ("0", "0.1", "0.25", "0.5", "0.999999999")]
_NUMBERS: Final = [Decimal(each) for each in (2, 3, 5, 1_000_000_000)]
_TAGS: Final = ("beta", "lab", "oslo")
_OPERATORS: Final = ("==", "!=", ">", ">=", "<", "<=", "~>", "")
VERSIONS: Final = (
    "0.9.0", "1.0.0", "1.0.1", "1.1.0-rc.2", "1.1.0-rc.10", "1.1.0-rc.x", "1.1.0", "1.1.0+b.7",
    "1.2.0-1", "1.2.0-rc", "1.2.0", "2.0.0-0", "2.0.0", "2.1.3", "10.0.0",
)  # fmt: skip
MALFORMED: Final = ("", "1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0.0", "1.0.x")


class Check(NamedTuple):
    device: Device
    overrides: Sequence[Override]
    report: Report
    channel: Channel | None
    unservable: frozenset[str]


def a_check(draw: Random) -> Check:
    bundles = [f"bundle {number}" for number in range(draw.randint(2, 8))]
    releases = _releases(draw, bundles)
    has_cohort = draw.random() < 0.96
    channel = Channel(
        releases=releases,
        devices=draw.choice([0, 1, 2, 8, 10, 1000]),
        claims={each.id: draw.randint(0, 6) for each in releases if draw.random() < 0.7},
    )
    device = Device(
        id="device",
        cohort_id="cohort" if has_cohort else None,
        quarantined=draw.random() < 0.02,
        tags=_some(draw, _TAGS, 0.3),
        claims=_some(draw, [each.id for each in releases], 0.15),
        failures={each.id: draw.randint(1, 3) for each in releases if draw.random() < 0.3},
    )
    return Check(
        device=device,
        overrides=_overrides(draw, bundles),
        report=_report(draw, releases, bundles),
        channel=channel if has_cohort else None,
        unservable=_some(draw, bundles, 0.1),
    )


def _releases(draw: Random, bundles: Sequence[str]) -> list[Release]:
    """A tree: each leads on to the next, often, or to another before it; in any order."""
    size = draw.randint(1, 12)
    ids = [f"release {number}" for number in range(size)]
    times = [NOW + timedelta(minutes=each) for each in draw.sample(range(100), size)]
    is_strict = draw.random() < 0.6  # only the latest limits who is offered it
    is_dense = draw.random() < 0.5  # with versions and requirements
    found: list[Release] = []
    for place, (id_, inserted_at) in enumerate(zip(ids, times, strict=True)):
        is_limited = draw.random() < (0.4 if place == 0 or not is_strict else 0)
        follows = max(0, place - 1) if draw.random() < 0.7 else draw.randrange(max(1, place))
        mode, value, tags = _phase(draw) if is_limited else (PhaseMode.NUMERIC, Decimal(1), None)
        found.append(
            Release(
                id=id_,
                bundle_id=draw.choice(bundles),
                next_release_id=ids[follows] if place else None,
                required=draw.random() < 0.15,
                disabled=draw.random() < 0.15,
                schedule_date=draw.choice(_TIMES if is_limited else _TIMES[:3]),
                phase_mode=mode,
                phase_value=value,
                phase_tags=tags,
                version=_maybe(draw, 0.8 if is_dense else 0.3, draw.choice(VERSIONS)),
                version_requirement=_maybe(draw, 0.6 if is_dense else 0.1, a_requirement(draw)),
                retry_limit=draw.choice([None, None, None, 1, 2, 3]),
                inserted_at=inserted_at,
            )
        )
    draw.shuffle(found)
    return found


def _phase(draw: Random) -> tuple[PhaseMode, Decimal | None, Sequence[str] | None]:
    if draw.random() < 0.3:
        return PhaseMode.TAGS, None, draw.sample(_TAGS, draw.randint(1, 2))
    return PhaseMode.NUMERIC, draw.choice(draw.choice([_SHARES, _NUMBERS, [Decimal(1)]])), None


def a_requirement(draw: Random) -> str:
    clauses: list[str] = []
    for _ in range(draw.choice([1, 1, 1, 2, 2, 3])):
        operator, version = draw.choice(_OPERATORS), draw.choice(VERSIONS)
        if draw.random() < 0.1:
            version = version.replace(".0", "", 1)
        clauses.append(f"{operator}{draw.choice(['', ' '])}{version}")
    text = clauses[0]
    for clause in clauses[1:]:
        text += draw.choice([" and ", " or "]) + clause
    return text


def _overrides(draw: Random, bundles: Sequence[str]) -> list[Override]:
    return [
        Override(
            id=f"override {number}",
            bundle_id=draw.choice(bundles),
            starts_at=draw.choice(_TIMES),
            ends_at=draw.choice([None, *_TIMES]),
            inserted_at=NOW - timedelta(minutes=number),
        )
        for number in draw.sample(range(9), draw.choice([0, 0, 0, 0, 0, 1, 2, 3]))
    ]


def _report(draw: Random, releases: Sequence[Release], bundles: Sequence[str]) -> Report:
    elsewhere = "of another cohort"
    return Report(
        release_id=_maybe(draw, 0.6, draw.choice([draw.choice(releases).id, elsewhere])),
        bundle_id=_maybe(draw, 0.7, draw.choice([draw.choice(bundles), elsewhere])),
        version=_maybe(draw, 0.6, draw.choice(VERSIONS if draw.random() < 0.97 else MALFORMED)),
    )


def _maybe(draw: Random, share: float, text: str) -> str | None:
    return text if draw.random() < share else None


def _some(draw: Random, among: Sequence[str], share: float) -> frozenset[str]:
    return frozenset(each for each in among if draw.random() < share)
