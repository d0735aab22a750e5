"""Every branch of the rules is taken by the rules' own tests, and not by chance."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def _coverage(data: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "coverage", command, f"--data-file={data}"]
    return subprocess.run(
        [*program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_branch_of_the_rules_is_taken(tmp_path: Path) -> None:
    data = tmp_path / "coverage"
    options = ["-q", "--hypothesis-profile=few", "-p", "no:cacheprovider"]
    by_chance = "--ignore=tests/domain/test_two_resolvers.py"
    tests = ["pytest", "tests/domain", by_chance, *options]

    run = _coverage(data, "run", "--branch", "--source=sealift.domain", "-m", *tests)
    report = _coverage(data, "report", "--fail-under=100", "--show-missing", "--skip-covered")

    assert run.returncode == 0, run.stdout
    assert report.returncode == 0, report.stdout
