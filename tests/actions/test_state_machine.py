"""In whatever order calls come, legal or not, each is answered as promised.

`SEALIFT_TEST_EXAMPLES=500` tries for longer than the suite has time to.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.actions.machine import Machine
from tests.actions.machine_on_s3 import MachineOnS3
from tests.corners import a_yard_in
from tests.yard import Yard

# The suite tries the same sequences each time; whoever names a number tries that many new ones.
_EXAMPLES: Final = os.environ.get("SEALIFT_TEST_EXAMPLES")
_ON_A_DISK: Final = 20
_ON_S3: Final = 8  # which takes three times as long
_SETTINGS: Final = settings(
    derandomize=_EXAMPLES is None,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def new_yard(
    corner: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractContextManager[Yard]]:
    numbers = count()
    return lambda: a_yard_in(corner, tmp_path / str(next(numbers)), request)


@pytest.mark.lifecycle
@pytest.mark.timeout(900)
def test_any_order_of_calls_is_answered_as_promised(
    corner: str, new_yard: Callable[[], AbstractContextManager[Yard]]
) -> None:
    class OnDisk(Machine):
        def new_yard(self) -> AbstractContextManager[Yard]:
            return new_yard()

    class OnS3(MachineOnS3):
        def new_yard(self) -> AbstractContextManager[Yard]:
            return new_yard()

    machine, examples = (OnS3, _ON_S3) if corner.endswith("s3") else (OnDisk, _ON_A_DISK)
    tried = settings(_SETTINGS, max_examples=int(_EXAMPLES or examples))
    run_state_machine_as_test(machine, settings=tried)
