"""How much failure disables a release."""

from decimal import Decimal

import pytest

from sealift.domain.feedback import Limits, passed
from sealift.domain.release import Outcome

INSTALLED, FAILED, ROLLED_BACK = Outcome


@pytest.mark.parametrize(
    ("outcomes", "is_passed"),
    [
        ({}, False),
        ({INSTALLED: 99}, False),
        ({FAILED: 2}, False),
        ({FAILED: 3}, True),
        ({FAILED: 2, ROLLED_BACK: 1, INSTALLED: 1000}, True),
        ({ROLLED_BACK: 3}, True),
    ],
)
def test_so_many_devices_may_not_fail(outcomes: dict[Outcome, int], *, is_passed: bool) -> None:
    reason = passed(Limits(failures=3, share=None), outcomes, devices=5000)

    assert (reason is not None) is is_passed


@pytest.mark.parametrize(
    ("outcomes", "devices", "is_passed"),
    [
        ({}, 0, False),
        ({INSTALLED: 9}, 1000, False),
        ({FAILED: 9}, 1000, False),  # too few have reported
        ({FAILED: 1, INSTALLED: 9}, 1000, True),
        ({FAILED: 1, INSTALLED: 10}, 1000, False),
        ({FAILED: 9, ROLLED_BACK: 1, INSTALLED: 90}, 1000, True),
        ({FAILED: 9, INSTALLED: 91}, 1000, False),
        ({FAILED: 1, INSTALLED: 2}, 4, False),  # of a small cohort all have to report
        ({FAILED: 1, INSTALLED: 3}, 4, True),
        ({FAILED: 1}, 0, True),
    ],
)
def test_a_share_of_those_that_reported_may_not_fail(
    outcomes: dict[Outcome, int], devices: int, *, is_passed: bool
) -> None:
    reason = passed(Limits(failures=None, share=Decimal("0.1")), outcomes, devices)

    assert (reason is not None) is is_passed


def test_a_release_without_limits_may_fail_everywhere() -> None:
    limits = Limits(failures=None, share=None)

    assert passed(limits, {FAILED: 1000}, devices=1000) is None
    assert not limits.are_set


def test_the_reason_says_the_numbers() -> None:
    outcomes = {FAILED: 3, INSTALLED: 7}

    by_count = passed(Limits(failures=2, share=None), outcomes, devices=100)
    by_share = passed(Limits(failures=None, share=Decimal("0.25")), outcomes, devices=100)

    assert by_count == "3 devices failed on it; at 2 it is disabled"
    assert by_share == "3 of 10 devices that reported failed on it; at 25% it is disabled"
    assert Limits(failures=2, share=None).are_set
    assert Limits(failures=None, share=Decimal("0.25")).are_set
