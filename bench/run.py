"""`python -m bench.run`: measures what was promised, each figure beside its baseline.

    B1  from `sealift binaries create` until the binary is signable, and memory meanwhile
    B3  downloads, whole and in ranges
    B4  records: lists and searches at a thousand and at a million
    B5  hashing by the worker

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

from bench.figures import Figure
from bench.stage import Stage

_MODULES: Final = {"B1": "ingest", "B3": "download", "B4": "records", "B5": "hashing"}
_LIBRARIES: Final = ("granian", "starlette", "sqlalchemy", "huey", "psycopg")


def main() -> int:
    chosen = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    facts = _machine(chosen.folder)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="sealift-bench-", dir=chosen.folder) as folder:
        for name in chosen.ids or _MODULES:
            scratch = Path(folder) / name
            scratch.mkdir()
            for figure in _measure(name)(Stage(scratch, chosen.quick, chosen.large)):
                console.print(_line(figure), soft_wrap=True)
                found.append(figure)
    if chosen.json:
        written = {"machine": facts, "figures": [asdict(figure) for figure in found]}
        chosen.json.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    missed = [figure for figure in found if figure.is_reached is False]
    console.print(f"{len(found)} figures, {len(missed)} aims missed")
    return 1 if missed and not chosen.quick else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, each figure beside its baseline.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="B1 B3 B4 B5; none: all")
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


def _line(figure: Figure) -> str:
    words = [f"[bold]{figure.id}[/] {figure.what}: {_number(figure.value)} {figure.unit}"]
    if figure.baseline is not None and figure.ratio is not None:
        words.append(f"baseline {_number(figure.baseline)}, ratio {figure.ratio:.2f}")
    if figure.spread is not None:
        words.append(f"spread {figure.spread:.0%}")
    if figure.aim:
        mark = "[green]reached[/]" if figure.is_reached else "[red]missed[/]"
        words.append(f"aim {figure.aim} {mark}")
    return ", ".join(words)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - readable


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
