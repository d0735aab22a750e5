"""Delete: no record, no content, nothing that stands in the way of the next one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from sealift.records.tables import binary_parts, binary_signatures, erasures
from sealift.worker.sweep import sweep
from tests.faults import away
from tests.life import STATES, audited, download_link, one_of_each
from tests.yard import Yard, a_binary, a_version, brought_to, declare_part, part_headers

pytestmark = pytest.mark.lifecycle


def rows_left(yard: Yard) -> int:
    """What is kept of binaries in other tables than their own."""
    with yard.system.records.read(None) as tx:
        counts = [
            tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (binary_parts, binary_signatures, erasures)
        ]
    return sum(counts)


def test_a_binary_can_be_deleted_in_every_state(yard: Yard) -> None:
    binaries = one_of_each(yard)

    for state in STATES:
        binary = binaries[state]
        url = f"/binaries/{binary['prn']}"

        assert yard.api.delete(url).status_code == 204, state

        gone = [yard.api.get(url), yard.api.get(f"{url}/parts"), yard.api.delete(url)]
        gone += [yard.api.patch(url, json={"state": state}), yard.api.get(f"{url}/download_url")]
        assert {answer.status_code for answer in gone} == {404}
        assert "binary.deleted" in audited(yard, binary)[-2:]
        again = a_binary(yard.api, binary["artifact_version_prn"], target=binary["target"])
        assert again["state"] == "uploadable"
    assert yard.kept() == []
    assert rows_left(yard) == 0


def test_links_to_a_deleted_binary_are_dead(yard: Yard) -> None:
    version = a_version(yard.api)
    signed = brought_to(yard, "signed", version)
    link = download_link(yard, signed)
    waiting = a_binary(yard.api, version, target="waiting")
    part_link = declare_part(yard.api, waiting, 1, b"Hello, Binary\n")

    for binary in (signed, waiting):
        yard.api.delete(f"/binaries/{binary['prn']}")

    assert yard.anybody.get(link).status_code == 404
    headers = part_headers(b"Hello, Binary\n")
    assert (
        yard.anybody.put(part_link, content=b"Hello, Binary\n", headers=headers).status_code == 404
    )
    assert yard.kept() == []


def test_deleting_does_not_wait_for_a_store_that_is_away(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["erase"] = away

    assert yard.api.delete(f"/binaries/{binary['prn']}").status_code == 204

    assert yard.api.get(f"/binaries/{binary['prn']}").status_code == 404
    yard.store.before.clear()
    sweep(yard.system, timedelta(days=7))
    assert yard.kept() == []
    assert rows_left(yard) == 0


def test_what_a_deleted_binary_referred_to_can_be_deleted_too(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    key = binary["signatures"][0]["signing_key_prn"]
    version = f"/artifact_versions/{binary['artifact_version_prn']}"
    assert yard.api.delete(f"/signing_keys/{key}").status_code == 409
    assert yard.api.delete(version).status_code == 409

    yard.api.delete(f"/binaries/{binary['prn']}")

    assert yard.api.delete(f"/signing_keys/{key}").status_code == 204
    assert yard.api.delete(version).status_code == 204
