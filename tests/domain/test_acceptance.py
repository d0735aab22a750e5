"""The tests a release has to pass for a device, each by itself."""

import decimal
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from sealift.domain.checks import Channel, Decision, Device, Report, Status
from sealift.domain.release import PhaseMode, Release
from sealift.domain.resolution import resolve
from tests.domain.channels import NOW, release, rows

DEVICE: Final = Device("device", "cohort")


def offered(
    candidate: Release,
    device: Device = DEVICE,
    *,
    current: Release | None = None,
    version: str | None = None,
    devices: int = 10,
    claims: int = 0,
) -> Decision:
    """To a device that runs the release before it."""
    before = replace(current or release("a"), next_release_id=candidate.id)
    channel = Channel([before, candidate], devices, {candidate.id: claims} if claims else {})
    return resolve(device, (), Report("a", None, version), channel, (), NOW)


def is_given(decision: Decision) -> bool:
    return decision.status is Status.UPDATE


@pytest.mark.parametrize(
    ("date", "expected"),
    [(NOW - timedelta(days=1), True), (NOW, True), (NOW + timedelta(microseconds=1), False)],
)
def test_a_release_is_given_from_its_date_on(date: object, *, expected: bool) -> None:
    found = offered(release("b", schedule_date=date))

    assert is_given(found) is expected


# --- versions ------------------------------------------------------------------------------------

_VERSIONS = """
    requirement | reported | of the current release | answer
    ·           | ·        | ·                      | given
    ·           | 9.0.0    | ·                      | given
    ~> 1.0      | 1.2.0    | ·                      | given
    ~> 1.0      | 2.0.0    | ·                      | not
    ~> 1.0      | 1.2.0    | 2.0.0                  | given
    ~> 1.0      | 2.0.0    | 1.2.0                  | not
    ~> 1.0      | ·        | 1.2.0                  | given
    ~> 1.0      | ·        | 2.0.0                  | not
    ~> 1.0      | junk     | 1.2.0                  | given
    ~> 1.0      | junk     | 2.0.0                  | not
    ~> 1.0      | ·        | ·                      | given
    ~> 1.0      | junk     | ·                      | given
    ~> 1.0      | 1.2.0-a  | ·                      | not
    ~> 1.0-a    | 1.2.0-a  | ·                      | given
"""


@pytest.mark.parametrize(("requirement", "reported", "current", "answer"), rows(_VERSIONS))
def test_the_version_that_is_known_has_to_be_one_the_release_is_meant_for(
    requirement: str, reported: str, current: str, answer: str
) -> None:
    found = offered(
        release("b", version_requirement=requirement or None),
        current=release("a", version=current or None),
        version=reported or None,
    )

    assert is_given(found) is (answer == "given")


# --- phases --------------------------------------------------------------------------------------

# "claims" have been made by other devices; "has" is a claim of this one, which is counted, too.
_NUMERIC = """
    value | devices | claims | has | answer
    0     | 10      | 0      | ·   | not
    0     | 10      | 1      | yes | given
    0.35  | 10      | 0      | ·   | claims
    0.35  | 10      | 3      | ·   | claims
    0.35  | 10      | 4      | ·   | not
    0.35  | 10      | 4      | yes | given
    0.3   | 10      | 2      | ·   | claims
    0.3   | 10      | 3      | ·   | not
    0.07  | 100     | 6      | ·   | claims
    0.07  | 100     | 7      | ·   | not
    0.1   | 3       | 0      | ·   | claims
    0.1   | 3       | 1      | ·   | not
    0.999 | 1       | 0      | ·   | claims
    0.5   | 0       | 0      | ·   | not
    0.5   | 2       | 3      | ·   | not
    1     | 0       | 0      | ·   | given
    1     | 10      | 10     | ·   | given
    1     | 10      | 99     | yes | given
    2     | 10      | 1      | ·   | claims
    2     | 10      | 2      | ·   | not
    2     | 10      | 2      | yes | given
    7     | 0       | 6      | ·   | claims
    7     | 0       | 7      | ·   | not
"""


@pytest.mark.parametrize(("value", "devices", "claims", "has", "answer"), rows(_NUMERIC))
def test_a_numeric_phase_counts_claims(
    value: str, devices: str, claims: str, has: str, answer: str
) -> None:
    device = replace(DEVICE, claims=frozenset({"b"} if has else ()))
    candidate = release("b", phase_value=Decimal(value))

    found = offered(candidate, device, devices=int(devices), claims=int(claims))

    assert is_given(found) is (answer != "not")
    assert found.claims is (answer == "claims")


def test_a_share_is_multiplied_to_the_last_digit_whatever_the_precision() -> None:
    just_below = release("b", phase_value=Decimal("0." + "9" * 30))

    with decimal.localcontext(prec=3):
        assert is_given(offered(just_below, devices=1_000_000, claims=999_999))
        assert not is_given(offered(just_below, devices=1_000_000, claims=1_000_000))


def test_a_phase_without_a_value_is_for_nobody() -> None:
    assert not is_given(offered(release("b", phase_value=None)))


_TAGS = """
    phase         | device   | answer
    beta          | ·        | not
    beta          | beta     | given
    beta          | gamma    | not
    beta, canary  | canary x | given
    beta, canary  | x y      | not
    beta          | Beta     | not
    ·             | beta     | not
"""


@pytest.mark.parametrize(("phase", "carried", "answer"), rows(_TAGS))
def test_a_phase_of_tags_is_for_devices_that_carry_one_and_counts_nothing(
    phase: str, carried: str, answer: str
) -> None:
    candidate = release(
        "b", phase_mode=PhaseMode.TAGS, phase_tags=tuple(filter(None, phase.split(", ")))
    )

    found = offered(candidate, replace(DEVICE, tags=frozenset(carried.split())), claims=99)

    assert is_given(found) is (answer == "given")
    assert not found.claims


def test_a_claim_is_no_tag() -> None:
    candidate = release("b", phase_mode=PhaseMode.TAGS, phase_tags=("beta",))

    assert not is_given(offered(candidate, replace(DEVICE, claims=frozenset({"b"}))))


# --- failures ------------------------------------------------------------------------------------

_FAILURES = """
    limit | failed | answer
    1     | ·      | given
    ·     | 0      | given
    ·     | 99     | given
    1     | 0      | given
    1     | 1      | not
    3     | 2      | given
    3     | 3      | not
    3     | 4      | not
"""


@pytest.mark.parametrize(("limit", "failed", "answer"), rows(_FAILURES))
def test_a_device_is_not_offered_what_it_failed_on_too_often(
    limit: str, failed: str, answer: str
) -> None:
    candidate = release("b", retry_limit=int(limit) if limit else None)
    device = replace(DEVICE, failures={"a": 99, "b": int(failed)} if failed else {"a": 99})

    assert is_given(offered(candidate, device)) is (answer == "given")


def test_a_claim_does_not_help_a_device_that_failed_too_often() -> None:
    device = replace(DEVICE, failures={"b": 1}, claims=frozenset({"b"}))

    assert not is_given(offered(release("b", retry_limit=1), device))


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "is not disabled; has had its date; is meant for any version; is for every device"),
        ({"disabled": True}, "is disabled"),
        ({"schedule_date": NOW + timedelta(days=1)}, "waits for its date, 2026-05-18T12:00:00Z"),
        ({"version_requirement": "~> 1.0"}, "needs ~> 1.0, which 1.2.0 is"),
        ({"version_requirement": "~> 2.0"}, "needs ~> 2.0, which 1.2.0 is not"),
        ({"phase_value": Decimal(9)}, "is for 9 devices, and 4 have claimed it"),
        ({"phase_value": Decimal("0.25")}, "is for 25% of 10 devices, and 4 have claimed it"),
        (
            {"phase_mode": PhaseMode.TAGS, "phase_tags": ("beta", "canary")},
            "is for the tags beta, canary, of which the device has one",
        ),
        (
            {"phase_mode": PhaseMode.TAGS, "phase_tags": ("gamma",)},
            "is for the tags gamma, of which the device has none",
        ),
        ({"retry_limit": 3}, "failed 2 times on the device, of 3 at most"),
        ({"retry_limit": 2}, "failed 2 times on the device and is given up for it"),
    ],
)
def test_each_verdict_says_what_it_rests_on(changes: dict[str, Any], says: str) -> None:
    device = replace(DEVICE, tags=frozenset({"beta"}), failures={"b": 2})

    found = offered(release("b", **changes), device, version="1.2.0", claims=4)

    assert says in "; ".join(each.text for each in found.story if each.subject_id == "b")
