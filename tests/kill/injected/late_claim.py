"""A claim that is not made in the transaction of the check: it is stored a moment later."""

from datetime import datetime
from threading import Timer
from typing import Final

from sealift.records import claims
from sealift.records.transaction import Records, Transaction

_SECONDS: Final = 0.5
_add: Final = claims.add


def _add_later(tx: Transaction, release_id: str, device_id: str, now: datetime) -> None:
    url, organization_id = tx.connection.engine.url, tx.organization_id
    address = url.render_as_string(hide_password=False)

    def add() -> None:
        records = Records(address)
        with records.write(organization_id) as later:
            _add(later, release_id, device_id, now)
        records.close()

    Timer(_SECONDS, add).start()


claims.add = _add_later
