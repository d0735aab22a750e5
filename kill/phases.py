"""In which phases the kills landed, so that it can be seen that all of them were hit.

Two sources: the requests that had no answer yet, and the records as the kill left them, with
nobody there to change them.
"""

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import ColumnElement, func, select

from kill.ledger import Step
from kill.stage import Stage
from sealift.domain.binary import State
from sealift.records import tables
from sealift.records.binaries import LEASE
from sealift.records.transaction import Records

VERIFYING: Final = "a verification under way"
WAITING: Final = "a verification asked for, not begun"
CLOSING: Final = "a closing step under way"
ERASING: Final = "content still to be erased"
_JUST_LEASED: Final = LEASE - timedelta(seconds=2)
_NAP: Final = 0.001  # seconds


@dataclass(slots=True)
class Phases:
    """How many kills cut off a request of each kind, and how many found each kind of work."""

    kills: int = 0
    kills_at_start: int = 0
    requests: Counter[Step] = field(default_factory=Counter[Step])
    work: Counter[str] = field(default_factory=Counter[str])

    def count(self, in_flight: Counter[Step]) -> None:
        self.kills += 1
        self.requests.update(in_flight.keys())

    def table(self) -> list[str]:
        requests = [f"{self.requests[step]:6}  {step} without an answer" for step in Step]
        work = [f"{self.work[each]:6}  {each}" for each in (WAITING, VERIFYING, CLOSING, ERASING)]
        start = f"{self.kills_at_start:6}  while it was starting"
        return [
            f"{self.kills:6}  kills under load, of which so many found",
            *requests,
            *work,
            start,
        ]


def work_left(stage: Stage, since: datetime) -> set[str]:
    """What a kill has cut off of the work that began after `since`."""
    if not stage.database.startswith("sqlite"):
        return _work_left(stage.database, since)
    # On a copy: the next start has to find the database as the kill has left it.
    file = Path(stage.database.removeprefix("sqlite:///"))
    with TemporaryDirectory(prefix="sealift-kill-") as folder:
        for each in file.parent.glob(f"{file.name}*"):
            if not each.name.endswith("-shm"):
                copy(each, folder)
        return _work_left(f"sqlite:///{folder}/{file.name}", since)


def await_verification(stage: Stage, patience: float) -> None:
    """Until the worker is at something: no request tells when that is, and it takes no time."""
    is_leased = tables.binaries.c.lease_until > datetime.now(UTC) + _JUST_LEASED
    question = select(func.count()).select_from(tables.binaries).where(is_leased)
    deadline = time.monotonic() + patience
    records = Records(stage.database)
    with closing(records):
        while time.monotonic() < deadline:
            with records.read(None) as tx:
                if tx.connection.execute(question).scalar():
                    return
            time.sleep(_NAP)


def _work_left(database: str, since: datetime) -> set[str]:
    begun = since + LEASE
    is_hashing = tables.binaries.c.state == State.HASHING
    asked: dict[str, ColumnElement[bool]] = {
        WAITING: is_hashing & tables.binaries.c.lease_until.is_(None),
        VERIFYING: is_hashing & (tables.binaries.c.lease_until > begun),
        CLOSING: tables.binaries.c.closing_until > begun,
    }
    records = Records(database)
    with closing(records), records.read(None) as tx:
        found = {
            name
            for name, condition in asked.items()
            if tx.connection.execute(
                tx.select(tables.binaries, func.count()).where(condition)
            ).scalar()
        }
        if tx.connection.execute(select(func.count()).select_from(tables.erasures)).scalar():
            found.add(ERASING)
    return found
