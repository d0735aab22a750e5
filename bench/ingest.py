"""B1: a file becomes a signable binary, from the start of the command to its end.

Client, server and worker run on this machine, the store is a disk, nothing is left out:
digests on both sides, durable writes, verification. The baseline does the least that any
such system must: write the bytes durably and hash them once.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter

from bench.figures import Figure, at_most, compared, plain
from bench.stage import (
    GIBIBYTE,
    Stage,
    alternately,
    command,
    doors,
    memory,
    processor_time,
    processor_time_of_commands,
    random_file,
    run,
    sparse_file,
)
from tests.s3_server import running_s3
from tests.server import Server

_MEBIBYTE = 1024**2
_LARGE = 10 * GIBIBYTE
_NUMBERS = count()


def measure(stage: Stage) -> Iterator[Figure]:
    size = 16 * _MEBIBYTE if stage.quick else GIBIBYTE
    file = random_file(stage.folder / "content", size)
    with stage.server("ingest") as server:
        version, processes = a_version(server), doors(server)
        idle = memory(processes, "VmRSS")
        baselines, values = alternately(
            stage.times,
            lambda: _written_and_hashed(file, stage.folder / "copy"),
            lambda: _ingested(server, version, file),
        )
        most = memory(processes, "VmHWM")
    what = f"{size // _MEBIBYTE:,} MiB until signable"
    for name, how, aim in ((what, 0, at_most(2.0)), ("processor time of it", 1, None)):
        each = [value[how] for value in values], [baseline[how] for baseline in baselines]
        yield compared("B1", name, "s", *each, aim)
    yield grown("B1", f"memory over idle, {size // _MEBIBYTE:,} MiB", idle, most)
    if stage.large:
        yield from _large(stage)


def _written_and_hashed(file: Path, copy: Path) -> tuple[float, float]:
    """Wall time and processor time, in seconds."""
    begun, spent = perf_counter(), processor_time_of_commands()
    run(["dd", f"if={file}", f"of={copy}", "bs=4M", "conv=fsync", "status=none"])
    run(["openssl", "dgst", "-sha256", file])
    took = perf_counter() - begun, processor_time_of_commands() - spent
    copy.unlink()
    return took


def _ingested(server: Server, version: str, file: Path) -> tuple[float, float]:
    """The same, of client and server together."""
    processes = doors(server)
    begun, spent = perf_counter(), processor_time_of_commands() + processor_time(processes)
    prn = create(server, version, file)
    spent = processor_time_of_commands() + processor_time(processes) - spent
    took = perf_counter() - begun, spent
    # As the copy is: memory that was never used before costs more than any of the work.
    with server.client() as client:
        client.delete(f"/binaries/{prn}").raise_for_status()
    return took


def _large(stage: Stage) -> Iterator[Figure]:
    """Ten times as much, up, through the worker and down again: from a disk and from S3."""
    file = sparse_file(stage.folder / "large", _LARGE)
    with stage.server("large-disk") as server:
        yield _memory_of_a_life(stage, server, file, "disk")
    with (
        running_s3(streams=True) as s3,
        s3.bucket() as bucket,
        stage.server("large-s3", environment=s3.settings(bucket)) as server,
    ):
        yield _memory_of_a_life(stage, server, file, "S3")


def _memory_of_a_life(stage: Stage, server: Server, file: Path, where: str) -> Figure:
    version, processes = a_version(server), doors(server)
    idle = memory(processes, "VmRSS")
    prn, down = create(server, version, file), stage.folder / "down"
    command(server, "binaries", "download", prn, "--out", down)
    down.unlink()
    size = f"{file.stat().st_size // GIBIBYTE} GiB"
    return grown("B1", f"memory over idle, {size}, {where}", idle, memory(processes, "VmHWM"))


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
