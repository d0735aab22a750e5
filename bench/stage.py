"""Where a benchmark runs: a scratch folder, sizes, real servers and what they take of memory."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, TypeVar

from tests.server import Server, a_server

PROGRAM: Final = Path(sys.executable).with_name("sealift")
GIBIBYTE: Final = 1024**3
Found = TypeVar("Found")
_CHUNK: Final = 8 * 1024**2
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stage:
    """`quick` asks for sizes that only show that everything works; `large` for the big ones."""

    folder: Path
    quick: bool = False
    large: bool = False

    @property
    def times(self) -> int:
        """How often work and baseline take turns."""
        return 1 if self.quick else 5

    @contextmanager
    def server(
        self,
        name: str,
        *,
        database: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Generator[Server]:
        """A real `sealift serve` with a data folder of its own."""
        with a_server(self.folder / name, database=database, environment=environment) as server:
            yield server


def random_file(path: Path, size: int) -> Path:
    """Bytes that nothing can compress, written in short pieces."""
    with path.open("wb") as file:
        for begin in range(0, size, _CHUNK):
            file.write(os.urandom(min(_CHUNK, size - begin)))
    return path


def sparse_file(path: Path, size: int) -> Path:
    """Zeros that take no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def command(server: Server, *words: str | Path, timeout: float = 3600) -> str:
    """What `sealift WORDS` prints, as its own process."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SEALIFT_")
    }
    own = {
        "SEALIFT_BASE_URL": server.base_url,
        "SEALIFT_API_KEY": server.key,
        "SEALIFT_CONFIG_DIRECTORY": str(server.data_dir / "config"),
    }
    return run([PROGRAM, *words], environment | own, timeout)


def run(
    words: Sequence[str | Path], environment: Mapping[str, str] | None = None, timeout: float = 3600
) -> str:
    done = subprocess.run(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def alternately(
    times: int, baseline: Callable[[], Found], work: Callable[[], Found]
) -> tuple[list[Found], list[Found]]:
    """Baseline and work in turns: what they found, the baseline first."""
    pairs = [(baseline(), work()) for _ in range(times)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def doors(server: Server) -> list[int]:
    """The process ids of the supervisor and of its doors."""
    own = server.process.pid
    children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return [own, *map(int, children)]


def processor_time(processes: Sequence[int]) -> float:
    """User and system time of all of them, in seconds, all threads included."""
    return sum(_processor_time(pid) for pid in processes)


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def processor_time_of_commands() -> float:
    """The same of all commands that have ended, in seconds."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def memory(processes: Sequence[int], field: str) -> int:
    """Bytes of all of them; `field` is VmRSS (now) or VmHWM (the most so far)."""
    return sum(_memory(pid, field) for pid in processes)


def _memory(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no {field}")
