"""The command line as tests run it: in process over a line, or as a program of its own."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
from typer.testing import CliRunner

from sealift.cli.app import app

PROGRAM = (sys.executable, "-c", "from sealift.cli.app import app; app()")
ESCAPE = "\x1b"


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@dataclass
class Desk:
    """Where commands are run in this process. The environment is that of the test alone."""

    home: Path
    transport: httpx.BaseTransport | None = None
    environment: dict[str, str] | None = None
    typed: str | None = None  # what standard input holds

    def run(self, *words: str) -> Ended:
        cleared: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("SEALIFT_")
        }
        chosen = {"SEALIFT_CONFIG_DIRECTORY": str(self.home), **(self.environment or {})}
        result = CliRunner().invoke(
            app,
            list(words),
            env={**cleared, **chosen},
            input=self.typed,
            obj=self.transport,
            prog_name="sealift",
        )
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Ended(result.exit_code, result.stdout, result.stderr)


def clean_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the tester's own terminal or profile."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "SEALIFT_CONFIG_DIRECTORY": str(home), "COLUMNS": "80", **(more or {})}


def run_program(words: Sequence[str], home: Path, more: Mapping[str, str] | None = None) -> Ended:
    """As a program whose outputs are pipes."""
    done = subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        check=False,
        text=True,
        env=clean_environment(home, more),
        timeout=60,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def run_on_terminal(
    words: Sequence[str], home: Path, more: Mapping[str, str] | None = None, typed: str = ""
) -> str:
    """All that the program writes to the terminal it is run on, on which a line may be typed."""
    ours, theirs = pty.openpty()
    if typed:
        os.write(ours, f"{typed}\n".encode())
    with subprocess.Popen(
        [*PROGRAM, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=clean_environment(home, more),
    ) as program:
        os.close(theirs)
        written = bytearray()
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side has closed
                break
            if not piece:
                break
            written += piece
        program.wait(60)
    os.close(ours)
    return written.decode(errors="replace")


def json_object(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return cast("dict[str, object]", value)
