"""`make kill`, shortened: forty kills, half of them in each corner, and nothing violated.

`--randomly-seed=N` makes the same choices again.
"""

from pathlib import Path
from random import randrange

import pytest

from kill.run import killed
from kill.stage import Corner

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(900)]


@pytest.mark.parametrize("kind", Corner)
def test_a_server_that_is_killed_keeps_what_it_has_promised(tmp_path: Path, kind: Corner) -> None:
    outcome = killed(kind, 20, randrange(1_000_000), tmp_path)

    assert outcome.violations == []
    assert outcome.phases.kills == 20
