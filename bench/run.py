"""`python -m bench.run`: measures what was promised, each figure beside its baseline.

    B1  from `sealift binaries create` until the binary is signable, and memory meanwhile
    B2  device checks without news, over mutual TLS
    B3  downloads, whole and in ranges
    B4  records: lists and searches, among few binaries and devices and among many
    B5  hashing by the worker
    B6  decisions what a device should run

Exit status 1 if an aim is missed, so that a machine can tell.
"""

import argparse
import importlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.figures import Figure
from bench.stage import Stage

_MODULES: Final = {
    "B1": "ingest",
    "B2": "checks",
    "B3": "download",
    "B4": "records",
    "B5": "hashing",
    "B6": "decisions",
}
_LIBRARIES: Final = ("granian", "starlette", "sqlalchemy", "huey", "psycopg")
_MARKS: Final = {None: "", True: "[green]✓[/]", False: "[red]✗[/]"}
_COLUMNS: Final = {
    "": 2,
    "what": 28,
    "median": 12,
    "baseline": 9,
    "ratio": 5,
    "spread": 6,
    "aim": 11,
}


def main() -> int:
    chosen = _arguments()
    console = Console(width=80, highlight=False)
    facts = _machine(chosen.folder)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")
    console.print(_row(*_COLUMNS), style="bold")
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="sealift-bench-", dir=chosen.folder) as folder:
        for name in chosen.ids or _MODULES:
            scratch = Path(folder) / name
            scratch.mkdir()
            for figure in _measure(name)(Stage(scratch, chosen.quick, chosen.large)):
                console.print(_row(*_cells(figure)))
                found.append(figure)
    if chosen.json:
        written = {"machine": facts, "figures": [asdict(figure) for figure in found]}
        chosen.json.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    missed = sum(figure.is_reached is False for figure in found)
    judged = "small sizes, of which no aim speaks" if chosen.quick else f"{missed} aims missed"
    console.print(f"{len(found)} figures, {judged}")
    return 1 if missed and not chosen.quick else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure, each figure beside its baseline."
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"{' '.join(_MODULES)}; none: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it all work?")
    parser.add_argument("--large", action="store_true", help="memory at 10 GiB, too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where scratch files go")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.ids) - _MODULES.keys())
    if unknown:
        parser.error(f"no such benchmark: {unknown[0]}; there are {', '.join(_MODULES)}")
    return chosen


def _measure(name: str) -> Callable[[Stage], Iterator[Figure]]:
    return importlib.import_module(f"bench.{_MODULES[name]}").measure


def _row(*cells: str) -> Table:
    """One line of the table, which is shown as the figures come."""
    row = Table.grid(padding=(0, 1, 0, 0))
    for name, width in _COLUMNS.items():
        row.add_column(width=width, justify="left" if name in {"", "what", "aim"} else "right")
    row.add_row(*cells)
    return row


def _cells(figure: Figure) -> Iterator[str]:
    yield figure.id
    yield figure.what
    yield f"{_number(figure.value)} {figure.unit}"
    yield "" if figure.baseline is None else _number(figure.baseline)
    yield "" if figure.ratio is None else f"{figure.ratio:.2f}"
    yield "" if figure.spread is None else f"{figure.spread:.0%}"
    yield f"{figure.aim} {_MARKS[figure.is_reached]}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine(folder: Path | None) -> dict[str, str]:
    """What one needs to know to judge the figures."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "file system": _file_system((folder or Path(tempfile.gettempdir())).resolve()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
    }


def _file_system(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    there = [each for each in mounts if folder.is_relative_to(each[1])]
    return max(there, key=lambda each: len(each[1]))[2]


if __name__ == "__main__":
    sys.exit(main())
