"""B6: how many devices are told what to run in a second of one core.

Only the rule is measured, on records that are in memory: no database, no network. The channel has
twenty releases, the latest of which is phased and half taken. Of the fleet one half runs the latest
and the other half is spread over the rest; some name only their bundle or version, some have
claimed the latest, some have an override or are in quarantine. Each decision tells its story.

There is nothing to compare with, so it is processor time that counts, and the aim is absolute.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time

from bench.figures import Figure, at_least, at_most, plain
from bench.stage import Stage
from sealift.domain.checks import Channel, Device, Override, Report
from sealift.domain.release import PhaseMode, Release
from sealift.domain.resolution import resolve

_NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
_RELEASES = 20
_Check = tuple[Device, Sequence[Override], Report]


def measure(stage: Stage) -> Iterator[Figure]:
    devices = 1_000 if stage.quick else 100_000
    channel, chance = _channel(devices), random.Random(6)
    fleet = [_check(number, chance) for number in range(devices)]
    latest = [(each[0], (), Report(_id(_RELEASES - 1))) for each in fleet]
    oldest = [(each[0], (), Report(_id(0))) for each in fleet]
    for what, checks, aim in (
        ("decisions, a mixed fleet", fleet, at_least(50_000)),
        ("decisions, all up to date", latest, None),
        ("decisions, all 19 behind", oldest, None),
    ):
        rates = [devices / _spent(checks, channel) for _ in range(stage.times)]
        yield plain("B6", what, "/s", sorted(rates)[len(rates) // 2], aim)
    rounds = 1 if stage.quick else 10
    spent = sum(_spent(fleet, channel) for _ in range(rounds))
    yield plain("B6", "a million devices", "s", spent * 1_000_000 / (devices * rounds), at_most(60))


def _spent(checks: Sequence[_Check], channel: Channel) -> float:
    begun = process_time()
    for device, overrides, report in checks:
        resolve(device, overrides, report, channel, frozenset(), _NOW)
    return process_time() - begun


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _channel(devices: int) -> Channel:
    releases = [
        Release(
            id=_id(number),
            bundle_id=_id(100 + number),
            next_release_id=None if number == _RELEASES - 1 else _id(number + 1),
            required=False,
            disabled=number % 7 == 3,
            schedule_date=_NOW - timedelta(days=30 - number),
            phase_mode=PhaseMode.NUMERIC,
            phase_value=Decimal("0.5") if number == _RELEASES - 1 else Decimal(1),
            phase_tags=None,
            version=f"1.{number}.0",
            version_requirement="~> 1.0",
            retry_limit=3,
            inserted_at=_NOW - timedelta(days=60 - number),
        )
        for number in range(_RELEASES)
    ]
    return Channel(releases, devices, {_id(_RELEASES - 1): devices // 4})


def _check(number: int, chance: random.Random) -> _Check:
    on = _RELEASES - 1 if chance.random() < 0.5 else chance.randrange(_RELEASES - 1)
    device = Device(
        _id(1000 + number),
        _id(999),
        quarantined=chance.random() < 0.01,
        tags=frozenset({"beta"}),
        claims=frozenset({_id(_RELEASES - 1)} if chance.random() < 0.25 else ()),
        failures={_id(_RELEASES - 1): 1} if chance.random() < 0.05 else {},
    )
    override = Override(_id(500), _id(600), _NOW - timedelta(days=1), None, _NOW)
    version = f"1.{on}.0"
    report = chance.choices(
        [
            Report(_id(on), _id(100 + on), version),
            Report(None, _id(100 + on), version),
            Report(None, None, version),
        ],
        [90, 5, 5],
    )[0]
    return device, [override] if chance.random() < 0.01 else [], report
