"""In whatever order calls come, legal or not, each is answered as promised.

One machine leads binaries through their lives, the other distributes what is signed.

`SEALIFT_TEST_EXAMPLES=500` tries for longer than the suite has time to.
"""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.actions.distribution.machine import Machine as Distribution
from tests.actions.machine import Machine
from tests.actions.machine_on_s3 import MachineOnS3
from tests.corners import a_yard_in
from tests.yard import Yard

# The suite tries the same sequences each time; whoever names a number tries that many new ones.
_EXAMPLES: Final = os.environ.get("SEALIFT_TEST_EXAMPLES")
_ON_A_DISK: Final = 20
_ON_S3: Final = 8  # which takes three times as long
_OF_DISTRIBUTION: Final = 20
# What the rules of resolution have to decide by, in the sequences of the suite.
_MET: Final = {
    "begun by release",
    "begun by version",
    "disabled",
    "failed too often",
    "override offered",
    "override over",
    "release offered",
    "release offered, to be claimed",
    "release with unsigned content",
    "share",
    "stepped back",
    "walked to a required release",
}
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


@pytest.mark.on_disk  # nothing that is tried here is a matter of the store
@pytest.mark.timeout(900)
def test_whatever_is_distributed_in_any_order_devices_are_given_what_the_rules_say(
    new_yard: Callable[[], AbstractContextManager[Yard]],
) -> None:
    met = Counter[str]()

    class OnDisk(Distribution):
        def new_yard(self) -> AbstractContextManager[Yard]:
            return new_yard()

        def teardown(self) -> None:
            super().teardown()
            met.update(self.model.met)

    tried = settings(_SETTINGS, max_examples=int(_EXAMPLES or _OF_DISTRIBUTION))
    run_state_machine_as_test(OnDisk, settings=tried)

    assert _EXAMPLES is not None or met.keys() >= _MET, met
