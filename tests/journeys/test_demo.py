"""The demo, as `make demo ONCE=1` runs it, with its output on a pipe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from granian import _granian

from tests.architecture.sources import ROOT

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_WIDEST = 80


@pytest.mark.timeout(300)  # it starts some forty programs, on a machine that may be busy
def test_the_demo_tells_a_story_in_which_every_step_holds(tmp_path: Path) -> None:
    several_parts = str(_granian.__file__)
    command = [sys.executable, "demo/run.py", "--once", "--file", several_parts]

    told = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stderr == ""
    assert re.search(r"^All \d+ steps held, in", told.stdout, re.MULTILINE)
    assert not _CONTROL.search(told.stdout)
    assert [line for line in told.stdout.splitlines() if len(line) > _WIDEST] == []
    assert list(tmp_path.iterdir()) == []


def test_the_demo_fails_plainly_when_there_is_no_file() -> None:
    command = [sys.executable, "demo/run.py", "--once", "--file", "no/such/file"]

    told = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert told.returncode == 1
    assert told.stderr == "demo: no/such/file is not a file with something in it\n"
