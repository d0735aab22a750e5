from dataclasses import replace
from random import Random

import pytest

from sealift.domain.checks import Decision
from sealift.domain.likeness import Likeness, in_channel, to_overrides
from sealift.domain.resolution import resolve
from tests.domain.random_checks import NOW, Check, a_check

CHECKS = 3_000


def _what_is_given(check: Check) -> tuple[object, ...]:
    found: Decision = resolve(*check, NOW)
    return found.status, found.source, found.source_id, found.bundle_id, found.claims


def _as(check: Check, alike: Likeness) -> Check:
    """The same check for the device that stands for those like it."""
    return check._replace(device=alike.device(check.device.cohort_id), report=alike.report)


@pytest.mark.parametrize("seed", range(2))
def test_devices_that_are_alike_are_given_the_same(seed: int) -> None:
    draw, seen = Random(seed), dict[tuple[object, ...], int]()

    for _ in range(CHECKS):
        check = a_check(draw)
        check = check._replace(overrides=(), device=replace(check.device, quarantined=False))
        if check.channel is None:
            continue
        alike_to = in_channel(check.channel)
        alike = alike_to(check.device, check.report)

        assert _what_is_given(_as(check, alike)) == _what_is_given(check)
        assert alike_to(alike.device("cohort"), alike.report) == alike
        status = _what_is_given(check)[:2]
        seen[status] = seen.get(status, 0) + 1
    assert len(seen) == 2
    assert min(seen.values()) > 100


def test_devices_that_are_alike_to_an_override_are_given_the_same() -> None:
    draw, given = Random(7), 0

    for _ in range(CHECKS):
        check = a_check(draw)
        check = check._replace(device=replace(check.device, quarantined=False, cohort_id=None))
        alike = to_overrides(check.report, {each.bundle_id for each in check.overrides})
        lone = check._replace(channel=None)

        assert _what_is_given(_as(lone, alike)) == _what_is_given(lone)
        given += _what_is_given(lone)[1] is not None
    assert given > 100


def test_what_nobody_looks_at_makes_no_difference() -> None:
    draw, kinds, alike = Random(3), set[object](), set[object]()
    check = next(each for each in iter(lambda: a_check(draw), None) if each.channel)
    assert check.channel is not None

    for number in range(1_000):
        tags = frozenset({f"site {number}"})
        report = replace(check.report, bundle_id=f"bundle of nobody {number}")
        device = replace(check.device, id=str(number), tags=tags)
        kinds.add((device.id, report))
        alike.add(in_channel(check.channel)(device, report))

    assert (len(kinds), len(alike)) == (1_000, 1)
