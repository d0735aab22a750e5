"""`make demo`: a real file through its whole life, and five devices, on a server of its own.

Ends with status 0 only if every step held. Without `--once` the server then stays up until
Ctrl-C. Needs nothing but what Sealift itself needs to run.
"""

import argparse
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

from fleet import Fleet
from sealift import __version__
from stage import Stage, staged, troubles
from story import Story
from teller import Teller, Unexpected

_LONGEST_PATH: Final = 68


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _end)  # so that it leaves nothing behind either
    teller = Teller()
    file = _chosen(arguments.file)
    size = file.stat().st_size
    teller.title(f"Sealift {__version__}: the whole life of one binary, and of a small fleet")
    teller.line()
    try:
        teller.line(f"FILE    {_fitting(file)}")
        teller.line(f"        {size:,} bytes")
        with staged(size) as stage:
            teller.line(f"SERVER  {stage.base_url}, ready after {teller.elapsed():.1f} s")
            return _play(stage, teller, file, is_once=arguments.once)
    except Unexpected as fault:  # the steps explain theirs; this one had no step
        if teller.steps == 0:
            teller.line(str(fault))
        return 1
    except KeyboardInterrupt:
        teller.line()
        return 130


def _play(stage: Stage, teller: Teller, file: Path, *, is_once: bool) -> int:
    try:
        with stage.client() as client:
            story, fleet = Story(stage, teller, client, file), Fleet(stage, teller, client, file)
            story.tell()
            fleet.tell(story.binary)
            story.destruction()
            fleet.healing()
    except Unexpected:
        for trouble in troubles(stage):
            teller.line(f"  the server's log: {trouble}")
        raise
    teller.line()
    teller.title(f"All {teller.steps} steps held, in {teller.elapsed():.1f} s.")
    return 0 if is_once else _stay(stage, teller)


def _stay(stage: Stage, teller: Teller) -> int:
    """Until Ctrl-C, which is how it is meant to end."""
    teller.line()
    teller.line("The server stays up until Ctrl-C. Try it from another terminal:")
    teller.line()
    teller.line(f"  export SEALIFT_BASE_URL={stage.base_url}")
    teller.line(f"  export SEALIFT_API_KEY={stage.api_key}")
    teller.line("  .venv/bin/sealift binaries list --output table")
    teller.line("  .venv/bin/sealift devices list --output table")
    teller.line()
    teller.line(f"or read about the API at {stage.base_url}/docs")
    try:
        status = stage.server.wait()
    except KeyboardInterrupt:
        teller.line()
        teller.line("The server is stopped and its folder removed.")
        return 0
    teller.line(f"the server ended by itself with status {status}")
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo/run.py", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the last step")
    parser.add_argument("--file", type=Path, help="default: the largest file in .venv")
    return parser.parse_args()


def _chosen(named: Path | None) -> Path:
    if named is not None:
        file = named.expanduser().absolute()
        if not file.is_file() or file.stat().st_size == 0:
            sys.exit(f"demo: {named} is not a file with something in it")
        return file
    environment = Path(sys.prefix)
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    return max(files, key=lambda path: path.stat().st_size)


def _fitting(path: Path) -> str:
    here = Path.cwd()
    text = str(path.relative_to(here) if path.is_relative_to(here) else path)
    return text if len(text) <= _LONGEST_PATH else f"...{text[3 - _LONGEST_PATH :]}"


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)  # 128 + SIGTERM


if __name__ == "__main__":
    sys.exit(main())
