"""What handshakes may end at: CAs for as long as devices need them, and the newest of the rest."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from sealift.records import certificates, tables
from sealift.records.transaction import Records
from tests.records.made_up import MOMENT, World, a_row, a_world, put


@pytest.fixture
def records(migrated_url: str) -> Iterator[Records]:
    made = Records(migrated_url)
    yield made
    made.close()


@pytest.fixture
def world(records: Records) -> World:
    """With one CA and one device certificate that stands alone, whose bytes are the same."""
    with records.write(None) as tx:
        return a_world(tx.connection)


def test_a_deleted_ca_is_trusted_as_long_as_there_are_devices_that_it_brought(
    records: Records, world: World
) -> None:
    with records.write(None) as tx:
        cas = [
            put(tx.connection, tables.ca_certificates, world, certificate=each, deleted_at=moment)
            for each, moment in ((b"here", None), (b"needed", MOMENT), (b"not needed", MOMENT))
        ]
        for ca in cas[:2]:
            issued = {"ca_certificate_id": ca["id"], "certificate": b"below a CA"}
            put(tx.connection, tables.device_certificates, world, **issued)

    assert certificates.trusted(records) == {b"secret", b"here", b"needed"}


def test_the_newest_of_the_certificates_that_stand_alone_are_trusted(
    records: Records, world: World
) -> None:
    most = certificates.MOST_ALONE
    alone = [
        a_row(
            tables.device_certificates,
            world,
            certificate=str(number).encode(),
            inserted_at=MOMENT + timedelta(seconds=number),
        )
        for number in range(1, most + 2)
    ]
    with records.write(None) as tx:
        tx.connection.execute(insert(tables.device_certificates), alone)

    newest = {str(number).encode() for number in range(2, most + 2)}
    assert certificates.trusted(records) == newest | {b"secret"}
