"""What the machine knows of the supervisor's doors: memory, processor time, descriptors.

A door reads it of its siblings too, so that one answer tells of them all. Where there is no
`/proc`, there is nothing to tell.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client.core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

_COMMAND: Final = "door-"  # of the hidden commands that the supervisor starts


class Doors(Collector):
    """The usual families of a process, with a label for the door."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for door, process_id in _doors():
            # Registered nowhere: it is asked here, so that its answers can be told apart.
            collector = ProcessCollector(pid=lambda of=process_id: of, registry=None)
            for family in collector.collect():
                empty = Metric(family.name, family.documentation, family.type)
                kept = families.setdefault(family.name, empty)
                kept.samples += [each._replace(labels={"door": door}) for each in family.samples]
        yield from families.values()


def _doors() -> Iterator[tuple[str, int]]:
    """The doors of the supervisor that started this one, by name."""
    with suppress(OSError):
        task = Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children")
        for process_id in map(int, task.read_text().split()):
            command = Path(f"/proc/{process_id}/cmdline").read_bytes().decode(errors="replace")
            names = [word for word in command.split("\0") if word.startswith(_COMMAND)]
            if names:
                yield names[0].removeprefix(_COMMAND), process_id
