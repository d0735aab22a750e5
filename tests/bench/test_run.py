"""The benchmarks run: on small sizes, of which no aim speaks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.run", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_figures_are_told_beside_their_baselines_and_written(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"

    done = bench("--quick", "--folder", str(tmp_path), "--json", str(written), "B1", "B5", "B6")

    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(written.read_text())
    assert {"cpu", "cores", "memory", "file system", "python"} <= found["machine"].keys()
    figures: list[dict[str, Any]] = found["figures"]
    assert {figure["id"] for figure in figures} == {"B1", "B5", "B6"}
    assert all(figure["value"] >= 0 for figure in figures)
    compared = [figure for figure in figures if figure["baseline"] is not None]
    assert all(each["ratio"] == each["value"] / each["baseline"] for each in compared)
    assert len(compared) == 5
    assert all(figure["what"] in " ".join(done.stdout.split()) for figure in figures[:1])
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert [path for path in tmp_path.iterdir() if path != written] == []


def test_an_unknown_benchmark_is_refused_by_name() -> None:
    done = bench("B99")

    assert done.returncode == 2
    assert "no such benchmark: B99; there are B1" in done.stderr
