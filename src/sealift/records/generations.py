"""Generations: how often what devices are answered has changed, by organization.

Every write that can change an answer counts up. Whoever keeps something of the records in mind
looks here, cheaply and often, whether it still holds.
"""

from collections.abc import Mapping

from sqlalchemy import select

from sealift.records.tables import organizations
from sealift.records.transaction import Records


def current(records: Records) -> Mapping[str, int]:
    statement = select(organizations.c.id, organizations.c.generation)
    with records.read(None) as tx:
        return {row.id: row.generation for row in tx.connection.execute(statement)}
