"""What every action needs: the two kinds of storage, the links between them, a clock."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sealift.content.keyring import Keyring
from sealift.content.links import Links
from sealift.content.store import Stores
from sealift.domain.binary import Duty
from sealift.records import secrets
from sealift.records.secrets import Purpose
from sealift.records.transaction import Records

RENEWAL: Final = timedelta(seconds=5)

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class System:
    """`enqueue` takes a duty, a binary's id and its attempt; it may fail, the sweeper repeats.
    `unsigned_in_bundles`: binaries may enter bundles before they are signed.
    """

    records: Records
    stores: Stores
    links: Links
    enqueue: Callable[[Duty, str, int], None]
    now: Callable[[], datetime]
    unsigned_in_bundles: bool = False

    def hint(self, duty: Duty, binary_id: str, attempt: int) -> None:
        """Make the work prompt. The stored state already asks for it, so a lost job is no loss."""
        try:
            self.enqueue(duty, binary_id, attempt)
        except Exception:  # noqa: BLE001 - the queue may fail in as many ways as its database
            _log.warning("could not enqueue %s of %s; the sweeper will", duty, binary_id)


def keyring(records: Records, purpose: Purpose) -> Keyring:
    """The keys that all servers share, read from the records when they are needed."""

    def load() -> dict[str, bytes]:
        with records.read(None) as tx:
            return secrets.all_for(tx, purpose)

    return Keyring(load)
