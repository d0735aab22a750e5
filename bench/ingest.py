"""B1: a file becomes a signable binary, from the start of the command to its end.

Client, server and worker run on this machine, the store is a disk, nothing is left out:
digests on both sides, durable writes, verification. The baseline does the least that any
such system must: write the bytes durably and hash them once.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.figures import Figure, at_most, compared, plain
from bench.stage import (
    GIBIBYTE,
    Stage,
    alternately,
    command,
    doors,
    memory,
    random_file,
    run,
    seconds,
    sparse_file,
)
from tests.server import Server

_MEBIBYTE = 1024**2
_NUMBERS = count()


def measure(stage: Stage) -> Iterator[Figure]:
    size = 16 * _MEBIBYTE if stage.quick else GIBIBYTE
    file = random_file(stage.folder / "content", size)
    copy = stage.folder / "copy"

    def baseline() -> float:
        copy.unlink(missing_ok=True)
        return seconds(lambda: _written_and_hashed(file, copy))

    with stage.server("ingest") as server:
        version = a_version(server)
        processes = doors(server)
        idle = memory(processes, "VmRSS")

        def ingest() -> float:
            return seconds(lambda: create(server, version, file))

        baselines, values = alternately(stage.times, baseline, ingest)
        most = memory(processes, "VmHWM")
    what = f"{size // _MEBIBYTE:,} MiB until signable"
    yield compared("B1", what, "s", values, baselines, at_most(2.0))
    yield grown("B1", f"memory over idle, {size // _MEBIBYTE:,} MiB", idle, most)
    if stage.large:
        yield from _large(stage)


def _written_and_hashed(file: Path, copy: Path) -> None:
    run(["dd", f"if={file}", f"of={copy}", "bs=4M", "conv=fsync", "status=none"])
    run(["openssl", "dgst", "-sha256", file])


def _large(stage: Stage) -> Iterator[Figure]:
    """Ten times as much, up, through the worker and down again."""
    size = 10 * GIBIBYTE
    file = sparse_file(stage.folder / "large", size)
    with stage.server("large") as server:
        version, processes = a_version(server), doors(server)
        idle = memory(processes, "VmRSS")
        prn = create(server, version, file)
        command(server, "binaries", "download", prn, "--out", stage.folder / "down")
        yield grown("B1", "memory over idle, 10 GiB up and down", idle, memory(processes, "VmHWM"))


def a_version(server: Server) -> str:
    """The PRN of a new artifact version."""
    with server.client() as client:
        body: dict[str, str] = {"name": f"artifact {next(_NUMBERS)}"}
        artifact = client.post("/artifacts", json=body).json()["artifact"]["prn"]
        body = {"artifact_prn": artifact, "version": "1.0.0"}
        return client.post("/artifact_versions", json=body).json()["artifact_version"]["prn"]


def create(server: Server, version: str, file: Path) -> str:
    """The PRN of the new binary, which is signable."""
    words = ["--artifact-version-prn", version, "--target", f"target-{next(_NUMBERS)}"]
    command(server, "binaries", "create", *words, "--content-path", file)
    with server.client() as client:
        answer = client.get("/binaries", params={"search": f"target:'{words[-1]}'"})
        return answer.json()["binaries"][0]["prn"]


def grown(id: str, what: str, idle: int, most: int) -> Figure:
    return plain(id, what, "MiB", (most - idle) / _MEBIBYTE, at_most(64))
