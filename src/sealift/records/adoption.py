"""How many devices run which release, hour by hour, as they reported it."""

from datetime import datetime
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import func

from sealift.records.tables import adoption, devices
from sealift.records.transaction import Transaction

_GROUP: Final = (
    devices.c.organization_id,
    devices.c.product_id,
    devices.c.cohort_id,
    devices.c.reported_release_prn,
)


def is_counted(tx: Transaction, hour: datetime) -> bool:
    statement = tx.select(adoption, adoption.c.id).where(adoption.c.hour >= hour).limit(1)
    return tx.connection.execute(statement).first() is not None


def count(tx: Transaction, hour: datetime) -> None:
    """Refuses (`Taken`) what is counted already."""
    statement = tx.select(devices, *_GROUP, func.count().label("devices"))
    grouped = statement.where(devices.c.archived_at.is_(None)).group_by(*_GROUP)
    for group in tx.connection.execute(grouped).mappings().all():
        # The same for whoever counts, so that nothing is counted twice.
        name = " ".join(str(each) for each in (hour, *(group[column] for column in _GROUP)))
        tx.insert(
            adoption,
            id=str(uuid5(NAMESPACE_OID, name)),
            organization_id=group[devices.c.organization_id],
            hour=hour,
            product_id=group[devices.c.product_id],
            cohort_id=group[devices.c.cohort_id],
            release_prn=group[devices.c.reported_release_prn],
            devices=group["devices"],
        )
