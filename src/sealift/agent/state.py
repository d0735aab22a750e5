"""What a device runs, has and is at. States follow from each other by pure functions.

- `running` is what the device says of itself. It changes in one step, once the whole of an
  update is installed.
- `installed` are the binaries that need not be installed again. Before an installer begins,
  whatever it may replace is taken out, so nothing is believed to be there that may not be.
- `update` is there while installers are at work. A start that finds it goes on with it.
- `reports` are those that the server may not have yet.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict

from sealift.agent.wanted import Entry
from sealift.domain.names import parse
from sealift.wire.device import NewReport, Outcome

_MOST_REPORTS: Final = 100  # of a server that is away for long, the newest
_LONGEST_MESSAGE: Final = 1000  # characters, by the API's limit


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class Statement(_Kept):
    """One bundle, and the release that it came by; an override's bundle comes by none."""

    bundle_prn: str
    release_prn: str | None = None
    release_version: str | None = None


class Offer(_Kept):
    """What to become, and the binaries of it that are for this device, in their order."""

    statement: Statement
    entries: tuple[Entry, ...]


class InProgress(_Kept):
    offer: Offer
    starts: int  # how often its installation was begun


class State(_Kept):
    version: Literal[1] = 1
    running: Statement | None = None
    previous: Statement | None = None
    installed: Mapping[str, str] = {}  # by the binary's id: the digest of its metadata
    update: InProgress | None = None
    reports: tuple[NewReport, ...] = ()

    def has(self, entry: Entry) -> bool:
        return self.installed.get(_id(entry)) == _metadata_digest(entry)

    def begun(self, offer: Offer) -> Self:
        """Installers may be at work from now on, perhaps not for the first time."""
        starts = 1 + (self.update.starts if self.update else 0)
        kept = {_id(entry): _metadata_digest(entry) for entry in offer.entries if self.has(entry)}
        update = InProgress(offer=offer, starts=starts)
        return self.model_copy(update={"update": update, "installed": kept})

    def with_installed(self, entry: Entry) -> Self:
        installed = {**self.installed, _id(entry): _metadata_digest(entry)}
        return self.model_copy(update={"installed": installed})

    def adopted(self, offer: Offer) -> Self:
        is_new = self.running != offer.statement
        changes: dict[str, object] = {
            "running": offer.statement,
            "previous": self.running if is_new else self.previous,
            "installed": {_id(entry): _metadata_digest(entry) for entry in offer.entries},
            "update": None,
            "reports": self._with(_report(offer.statement, Outcome.INSTALLED)),
        }
        return self.model_copy(update=changes)

    def failed(self, statement: Statement, message: str, binary_prn: str | None) -> Self:
        """What runs stays what it was; what was installed of the update is still there."""
        report = _report(statement, Outcome.FAILED, message, binary_prn)
        return self.model_copy(update={"update": None, "reports": self._with(report)})

    def abandoned(self) -> Self:
        return self.model_copy(update={"update": None})

    def rolled_back(self, undone: Statement, message: str) -> Self:
        """The device runs again what it ran before, and nobody knows what else it has."""
        changes: dict[str, object] = {
            "running": self.previous,
            "previous": None,
            "installed": {},
            "update": None,
            "reports": self._with(_report(undone, Outcome.ROLLED_BACK, message)),
        }
        return self.model_copy(update=changes)

    def without(self, delivered: Sequence[NewReport]) -> Self:
        left = tuple(report for report in self.reports if report not in delivered)
        return self.model_copy(update={"reports": left})

    def _with(self, report: NewReport) -> tuple[NewReport, ...]:
        return (*self.reports, report)[-_MOST_REPORTS:]


def _report(
    statement: Statement, outcome: Outcome, message: str = "", binary_prn: str | None = None
) -> NewReport:
    return NewReport(
        outcome=outcome,
        bundle_prn=statement.bundle_prn,
        release_prn=statement.release_prn,
        binary_prn=binary_prn,
        message=_sendable(message) or None,
        id=str(uuid.uuid4()),
    )


def _id(entry: Entry) -> str:
    name = parse(entry.binary_prn)
    return name.id if name else entry.binary_prn


def _metadata_digest(entry: Entry) -> str:
    text = json.dumps(entry.custom_metadata, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sendable(message: str) -> str:
    """As much of it as a report takes, its end first: that is where programs say what is wrong."""
    clean = message.replace("\x00", "").encode(errors="replace").decode()
    return clean[-_LONGEST_MESSAGE:]
