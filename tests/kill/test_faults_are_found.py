"""The checker is checked: with a fault put into the server it finds a violation, and without
the fault, in the same circumstances, it finds none.
"""

import os
from dataclasses import replace
from pathlib import Path
from random import randrange
from typing import Final

import pytest

from kill.ledger import Step
from kill.rounds import Circumstances
from kill.run import Outcome, killed
from kill.stage import Corner
from tests.kill.power_cut import cut_power

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]

_INJECTED: Final = Path(__file__).parent / "injected"
_ROOT: Final = Path(__file__).parents[2]
_ROUNDS: Final = 12  # within which a fault has to be found


def a_run(
    corner: Corner,
    folder: Path,
    faults: str,
    rounds: int = _ROUNDS,
    usual: Circumstances = Circumstances(),  # noqa: B008 - it is frozen
) -> Outcome:
    """With the named pieces of `injected` in the server, which loses power when it is killed."""
    store, journal = folder / "data" / "content", folder / "journal"
    path = [str(_INJECTED), str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "SEALIFT_WORKER__THREADS": "8",  # what is to be verified is soon under way
        "KILL_FAULTS": faults,
        "KILL_STORE": str(store),
        "KILL_JOURNAL": str(journal),
    }
    given = replace(usual, environment=environment, after_kill=lambda: cut_power(journal, store))
    return killed(corner, rounds, randrange(1_000_000), folder, given)


def test_a_server_that_loses_power_loses_nothing_that_it_has_acknowledged(tmp_path: Path) -> None:
    outcome = a_run(Corner.SQLITE_DISK, tmp_path, "power slow_reading", rounds=6)

    assert outcome.violations == []


@pytest.mark.parametrize("barrier", ["skipped_sync", "skipped_folder_sync"])
def test_a_skipped_barrier_is_found(tmp_path: Path, barrier: str) -> None:
    outcome = a_run(Corner.SQLITE_DISK, tmp_path, f"power {barrier}")

    assert any("lost" in violation for violation in outcome.violations)


def test_a_swap_without_its_condition_is_found(tmp_path: Path) -> None:
    # No kill waits for anything: verdicts take their time, and have to come to an end.
    outcome = a_run(
        Corner.SQLITE_DISK,
        tmp_path,
        "slow_reading unconditional_verdict",
        usual=Circumstances(aims=[None], longest_load=6.0),
    )

    assert any("illegal move" in violation for violation in outcome.violations)


@pytest.mark.parametrize("kind", Corner)
def test_an_erase_that_forgets_parts_is_found(tmp_path: Path, kind: Corner) -> None:
    outcome = a_run(kind, tmp_path, "forgetful_erase")

    assert any("orphan" in violation for violation in outcome.violations)


def test_a_claim_that_is_stored_after_the_answer_is_found(tmp_path: Path) -> None:
    usual = Circumstances(aims=[Step.CHECK])

    outcome = a_run(Corner.SQLITE_DISK, tmp_path, "late_claim", usual=usual)

    assert any("claim" in violation for violation in outcome.violations)


def test_links_that_are_written_after_their_release_is_archived_are_found(tmp_path: Path) -> None:
    usual = Circumstances(aims=[Step.ARCHIVE])

    outcome = a_run(Corner.SQLITE_DISK, tmp_path, "torn_archive", usual=usual)

    assert any("channel is not legal" in violation for violation in outcome.violations)


def test_devices_may_report_and_claim_at_their_own_door(tmp_path: Path) -> None:
    usual = Circumstances(aims=[Step.REPORT])

    outcome = a_run(Corner.SQLITE_DISK, tmp_path, "", rounds=3, usual=usual)

    assert outcome.violations == []
    assert outcome.phases.requests[Step.REPORT]
