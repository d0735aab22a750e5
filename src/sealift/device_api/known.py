"""Devices that were here lately, and what their checks are decided from.

What is kept of a device is true as long as nothing that decides about devices of its organization
has changed. Records count such changes, and this process looks at the count twice a second; while
it cannot, nothing that is kept is believed. So whatever is changed, by whichever server, holds for
every check a second later.

A generation is read before anything that is kept under it: what changes in between is kept under
a generation that is over already.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from sealift.actions import statements
from sealift.actions.admission import Admitted
from sealift.actions.checks import Checked
from sealift.actions.system import System
from sealift.domain.checks import Channel
from sealift.domain.names import Kind, Name
from sealift.domain.statement import Statement
from sealift.records import generations
from sealift.records.checks import Inputs

_MOST: Final = 20_000  # devices, of some 4 KB each; those that were kept first go first
_BELIEVED_SECONDS: Final = 2.0  # after the last look


@dataclass(frozen=True, slots=True)
class Known:
    """`inputs` is None before the first check."""

    generation: int | None
    admitted: Admitted
    remembered: Statement
    poll_interval: int | None
    inputs: Inputs | None

    @property
    def organization_id(self) -> str:
        return self.admitted.organization_id

    @property
    def name(self) -> Name:
        return Name(self.organization_id, Kind.DEVICE, self.admitted.device.id)

    def after(self, checked: Checked, statement: Statement) -> Self:
        """The same device once a check of it was decided afresh."""
        remembered = statements.remembered(checked.device)
        if statement.says_anything:
            remembered = statement.kept(self.organization_id)
        return replace(self, remembered=remembered, inputs=checked.inputs)


class Generations:
    def __init__(self, system: System) -> None:
        self._system = system
        self._seen: Mapping[str, int] = {}
        self._looked_at = float("-inf")

    def look(self) -> None:
        begun = time.monotonic()
        self._seen = generations.current(self._system.records)
        self._looked_at = begun

    def seen(self) -> Mapping[str, int]:
        """By organization; nothing if the last look is too long ago."""
        is_fresh = time.monotonic() - self._looked_at < _BELIEVED_SECONDS
        return self._seen if is_fresh else {}


class Acquaintances:
    """Known devices by their certificates. Devices of a cohort share what they have in common."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._by_certificate: dict[bytes, Known] = {}
        self._channels: dict[str, tuple[int, Channel]] = {}  # by cohort
        self._lock = threading.Lock()

    def find(self, certificate: bytes) -> Known | None:
        known = self._by_certificate.get(certificate)
        if known is None:
            return None
        now = self._generations.seen().get(known.organization_id)
        return known if known.generation == now is not None else None

    def keep(self, certificate: bytes, known: Known) -> None:
        if known.generation is None:
            return
        with self._lock:
            self._by_certificate.pop(certificate, None)
            self._by_certificate[certificate] = self._sharing(known, known.generation)
            if len(self._by_certificate) > _MOST:
                del self._by_certificate[next(iter(self._by_certificate))]

    def forget(self, certificate: bytes) -> None:
        with self._lock:
            self._by_certificate.pop(certificate, None)

    def _sharing(self, known: Known, generation: int) -> Known:
        inputs = known.inputs
        if inputs is None or inputs.channel is None or inputs.device.cohort_id is None:
            return known
        cohort_id = inputs.device.cohort_id
        kept = self._channels.get(cohort_id)
        if kept is None or kept[0] != generation:
            kept = self._channels[cohort_id] = (generation, inputs.channel)
        return replace(known, inputs=replace(inputs, channel=kept[1]))
