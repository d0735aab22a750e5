"""B5: what the worker reads and hashes in a second, against the fastest hash of the machine.

The content is in the page cache, so the disk does not count. A real worker verifies; its own
processor time is taken, because the rest of the machine is not at rest. The baseline is
OpenSSL's speed on blocks of 16 KiB, which stay in the processor's cache; reading costs a copy.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from time import perf_counter, sleep

from bench.figures import Figure, at_least, at_most, compared
from bench.ingest import a_version
from bench.stage import GIBIBYTE, Stage, alternately, doors, processor_time, random_file, run
from sealift.client.client import Client
from sealift.client.local import read
from sealift.client.progress import Unwatched
from sealift.client.upload import plan, send_missing
from sealift.domain.binary import State
from sealift.wire.admin import BinaryChanges, NewBinary
from tests.server import Server

_MEBIBYTE = 1024**2
_NUMBERS = count()


def measure(stage: Stage) -> Iterator[Figure]:
    size = 16 * _MEBIBYTE if stage.quick else GIBIBYTE
    file = random_file(stage.folder / "content", size)
    with stage.server("hashing") as server, Client(server.base_url, server.key) as client:
        version, worker = a_version(server), _worker(server)

        def verified(part_size: int, binaries: int = 1) -> tuple[float, float]:
            """Wall time and the worker's processor time, in seconds."""
            prns = [_hashable(client, version, file, part_size) for _ in range(binaries)]
            begun, spent = perf_counter(), processor_time([worker])
            for prn in prns:
                client.binaries.change(prn, BinaryChanges(state=State.HASHING))
            _until_signable(client, prns)
            took = perf_counter() - begun, processor_time([worker]) - spent
            for prn in prns:
                client.binaries.delete(prn)  # or the page cache would fill up
            return took

        for what, part_size in (("one part", size), ("parts of 5 MiB", 5 * _MEBIBYTE)):
            baselines, values = alternately(
                stage.times, _openssl, lambda part_size=part_size: size / verified(part_size)[1]
            )
            rate = [each / _MEBIBYTE for each in values], [each / _MEBIBYTE for each in baselines]
            yield compared("B5", f"{what}, a core's second", "MiB", *rate, at_least(0.8))
        ones, twos = alternately(
            stage.times, lambda: verified(size)[0], lambda: verified(size, 2)[0]
        )
        yield compared("B5", "two at once, against one", "s", twos, ones, at_most(1.25))


def _hashable(client: Client, version: str, file: Path, part_size: int) -> str:
    """The PRN of a new binary that has all its content and waits to be told to go on."""
    content = read(file, part_size, lambda _: None)
    made = client.binaries.create(
        NewBinary(
            artifact_version_prn=version,
            hash=content.hash,
            size=content.size,
            target=f"target {next(_NUMBERS)}",
        )
    )
    todo = plan(content, [])
    send_missing(client, made, content, todo, concurrency=4, progress=Unwatched())
    client.binaries.change(made.prn, BinaryChanges(state=State.HASHABLE))
    return made.prn


def _until_signable(client: Client, prns: Sequence[str]) -> None:
    for prn in prns:
        while client.binaries.get(prn).state is not State.SIGNABLE:
            sleep(0.01)


def _openssl() -> float:
    """Bytes a second, by OpenSSL's own account."""
    words = ["openssl", "speed", "-seconds", "1", "-bytes", "16384", "-evp", "sha256", "-mr"]
    return float(run(words).strip().rpartition(":")[2])


def _worker(server: Server) -> int:
    return next(
        pid for pid in doors(server) if b"door-worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
