"""Servers are told of what may change the answers to devices, and of nothing else."""

from collections.abc import Iterator

import pytest

from sealift.records import generations, tables
from sealift.records.transaction import Records
from tests.records.made_up import MOMENT, a_world


@pytest.fixture
def records(migrated_url: str) -> Iterator[Records]:
    made = Records(migrated_url)
    yield made
    made.close()


def test_a_change_counts_for_its_own_organization(records: Records) -> None:
    with records.write(None) as tx:
        ours, theirs = a_world(tx.connection), a_world(tx.connection)
    our_id, their_id = ours["organizations"], theirs["organizations"]
    before = generations.current(records)

    with records.write(our_id) as tx:
        tx.connection.execute(tx.update(tables.devices).values(quarantined=True))
    after = generations.current(records)

    assert after[our_id] == before[our_id] + 1
    assert after[their_id] == before[their_id]


def test_what_decides_nothing_does_not_count(records: Records) -> None:
    with records.write(None) as tx:
        our_id = a_world(tx.connection)["organizations"]
    before = generations.current(records)

    with records.write(our_id) as tx:
        seen = tx.update(tables.devices, changes_answers=False)
        tx.connection.execute(seen.values(last_connected_at=MOMENT))
        tx.connection.execute(tx.update(tables.signing_keys).values(updated_at=MOMENT))

    assert generations.current(records) == before
