"""Records against content: what is found, what is repaired, and what is left alone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from sealift.actions.checking import Wanted, check
from sealift.actions.judging import Finding, Matter
from sealift.content.store import Stores
from sealift.domain.binary import State
from sealift.domain.parts import PartState
from sealift.records.tables import binaries, binary_parts
from tests.faults import PowerCut, away, once, power_cut
from tests.life import STATES, audited, download_link, everything, id_of, one_of_each, part_states
from tests.shelves import DiskShelf
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    brought_to,
    content_key,
    patch,
    see,
    upload,
)

YEAR = timedelta(days=365)  # by which the clock of a yard is behind that of any store, and more


def found(yard: Yard, *, deep: bool = False, repair: bool = False) -> list[Finding]:
    return list(check(yard.system, Wanted(deep, repair)))


def matters(findings: list[Finding]) -> list[Matter]:
    return [each.suspicion.matter for each in findings]


def alter(yard: Yard, binary: dict[str, Any], **values: object) -> None:
    """Change the record behind everybody's back."""
    with yard.system.records.write(None) as tx:
        statement = update(binaries).where(binaries.c.id == id_of(binary))
        assert tx.changed_one(statement.values(**values))


def an_upload_nobody_knows(yard: Yard) -> str:
    """What an opener leaves that was killed after its attempt had been given up; its key."""
    binary = brought_to(yard, "hashable", a_version(yard.api, name=str(uuid4())))
    key = content_key(yard, binary)
    patch(yard.api, binary, state="uploadable")
    yard.store.inner.open(key)
    return key


# --- all is well ---------------------------------------------------------------------------------


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("repair", [False, True])
def test_nothing_is_found_where_nothing_is_wrong(yard: Yard, *, deep: bool, repair: bool) -> None:
    lives = one_of_each(yard)
    before = {state: everything(yard, lives[state]) for state in STATES}

    findings = found(yard, deep=deep, repair=repair)

    assert findings == []
    assert {state: everything(yard, lives[state]) for state in STATES} == before


def test_an_empty_sealift_is_well(yard: Yard) -> None:
    assert found(yard) == []


def test_what_was_read_is_told(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    records: list[int] = []
    read: list[int] = []

    list(check(yard.system, Wanted(True, False, records.append, read.append)))

    assert (sum(records), sum(read)) == (1, len(CONTENT))


def test_more_records_than_a_page_holds_are_all_looked_at(yard: Yard) -> None:
    version = a_version(yard.api)
    for number in range(501):
        a_binary(yard.api, version, target=f"for-{number}")
    records: list[int] = []

    list(check(yard.system, Wanted(looked_at=records.append)))

    assert sum(records) == 501


# --- content that is claimed ---------------------------------------------------------------------


@pytest.mark.parametrize("state", ["hashable", "hashing", "signable", "signed"])
def test_content_that_is_gone_is_found_and_left_to_a_person(yard: Yard, state: str) -> None:
    binary = brought_to(yard, state, a_version(yard.api))
    yard.shelf.lose(content_key(yard, binary))

    findings = found(yard, repair=True)

    assert matters(findings) == [Matter.CONTENT_MISSING]
    assert str(findings[0].name) == binary["prn"]
    assert not findings[0].repaired
    assert see(yard.api, binary) == see(yard.api, binary) | {"state": state}


@pytest.mark.parametrize("state", ["hashable", "signed"])
def test_content_of_another_length_is_found(yard: Yard, state: str) -> None:
    binary = brought_to(yard, state, a_version(yard.api))
    yard.shelf.overwrite(content_key(yard, binary), CONTENT + b"more")

    assert matters(found(yard)) == [Matter.CONTENT_SIZE]


@pytest.mark.parametrize("state", ["signable", "signed"])
def test_other_bytes_are_found_by_who_reads_them(yard: Yard, state: str) -> None:
    binary = brought_to(yard, state, a_version(yard.api))
    yard.shelf.overwrite(content_key(yard, binary), CONTENT[::-1])

    assert matters(found(yard)) == []
    assert matters(found(yard, deep=True, repair=True)) == [Matter.CONTENT_HASH]
    assert see(yard.api, binary)["state"] == state


def test_content_that_cannot_be_read_is_a_finding_and_no_end(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    once(yard, "read", away)

    assert matters(found(yard, deep=True)) == [Matter.CONTENT_HASH]


# --- uploads -------------------------------------------------------------------------------------


def test_an_upload_that_is_gone_is_found_and_begins_anew(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    key = content_key(yard, binary)
    for each in yard.store.inner.kept(key):
        yard.store.inner.erase(key, each.upload or "")

    unrepaired = found(yard)
    repaired = found(yard, repair=True)

    assert matters(unrepaired) == [Matter.UPLOAD_MISSING]
    assert [each.repaired for each in repaired] == [True]
    assert "binary.upload_lost" in audited(yard, binary)
    assert found(yard) == []
    upload(yard.api, binary)
    assert patch(yard.api, binary, state="hashable").status_code == 200


@pytest.mark.on_s3
def test_an_upload_that_its_store_does_not_list_is_not_called_gone(yard: Yard) -> None:
    """As MinIO, which lists uploads of a whole key only, and of no beginning of one."""
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    yard.store.after["kept"] = lambda kept: (each for each in kept if each.upload is None)

    assert found(yard, repair=True) == []

    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_a_declared_upload_without_any_part_is_well(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    with yard.system.records.write(None) as tx:
        values = {"state": PartState.UPLOADABLE}
        tx.connection.execute(update(binary_parts).values(**values))

    assert found(yard) == []


def test_a_part_that_is_gone_is_found_and_the_upload_begins_anew(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    assert part_states(yard, binary) == {1: "valid"}
    take_part_away(yard)

    assert matters(found(yard)) == [Matter.PART_MISSING]
    assert [each.repaired for each in found(yard, repair=True)] == [True]
    assert found(yard) == []


def take_part_away(yard: Yard) -> None:
    if isinstance(yard.shelf, DiskShelf):
        next(yard.shelf.folder.glob("*/*/arriving")).write_bytes(b"")
    else:
        yard.store.after["received"] = lambda received: received and {}


def test_a_spoilt_part_is_found_by_who_reads_it(yard: Yard) -> None:
    if not isinstance(yard.shelf, DiskShelf):
        return  # what has arrived there can be read by nobody before the closing step
    upload(yard.api, a_binary(yard.api, a_version(yard.api)))
    next(yard.shelf.folder.glob("*/*/arriving")).write_bytes(CONTENT[::-1])

    assert matters(found(yard)) == []
    assert matters(found(yard, deep=True)) == [Matter.PART_HASH]


def test_an_upload_whose_closing_step_was_cut_short_is_well(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    yard.store.after["close"] = power_cut
    with suppress(PowerCut):
        patch(yard.api, binary, state="hashable")
    yard.store.after.clear()

    assert found(yard, deep=True) == []
    yard.clock.pass_time(YEAR)
    assert found(yard, deep=True, repair=True) == []
    assert patch(yard.api, binary, state="hashable").status_code == 200


# --- what no record claims -----------------------------------------------------------------------


def test_what_nobody_claims_is_erased_once_it_is_old(yard: Yard) -> None:
    key = an_upload_nobody_knows(yard)

    young = found(yard, repair=True)
    yard.clock.pass_time(YEAR)
    told = found(yard)
    old = found(yard, repair=True)

    assert [(each.suspicion.matter, each.repaired) for each in (*young, *told, *old)] == [
        (Matter.UNCLAIMED, False),
        (Matter.UNCLAIMED, False),
        (Matter.UNCLAIMED, True),
    ]
    assert "younger" in young[0].advice
    assert list(yard.store.inner.kept(key)) == []
    assert found(yard) == []


def test_what_a_deleted_record_has_left_is_erased(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    key = content_key(yard, binary)
    yard.api.delete(f"/binaries/{binary['prn']}")
    yard.store.inner.open(key)
    yard.clock.pass_time(YEAR)

    findings = found(yard, repair=True)

    assert [(each.suspicion.matter, each.repaired) for each in findings] == [
        (Matter.UNCLAIMED, True)
    ]
    assert audited(yard, binary)[-1] == "binary.content_erased"


def test_content_of_another_sealift_is_never_erased(yard: Yard) -> None:
    key = f"{uuid4()}-20260101120000123456.1"
    yard.store.inner.open(key)
    yard.clock.pass_time(YEAR)

    findings = found(yard, repair=True)

    assert [(each.suspicion.matter, each.repaired) for each in findings] == [
        (Matter.UNCLAIMED, False)
    ]
    assert "never had that binary" in findings[0].advice
    assert list(yard.store.inner.kept(key)) != []


def test_a_key_that_is_not_ours_is_never_erased(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    for key in ("something-else", f"{uuid4()}.1", f"{uuid4()}-20261301120000123456.1"):
        yard.store.inner.open(key)
    yard.clock.pass_time(YEAR)

    findings = found(yard, repair=True)

    assert [(each.suspicion.matter, each.repaired) for each in findings] == [
        (Matter.UNCLAIMED, False)
    ] * 3


def test_content_that_is_ahead_of_its_record_is_never_erased(yard: Yard) -> None:
    """As after the database was restored from a backup."""
    binary = brought_to(yard, "hashable", a_version(yard.api))
    patch(yard.api, binary, state="uploadable")
    upload(yard.api, binary)
    patch(yard.api, binary, state="hashable")
    alter(yard, binary, attempt=1, state=State.UPLOADABLE, upload=None, store=None)
    yard.clock.pass_time(YEAR)

    findings = found(yard, repair=True)

    unclaimed = next(f for f in findings if f.suspicion.matter is Matter.UNCLAIMED)
    assert not unclaimed.repaired
    assert "behind" in unclaimed.advice


# --- duties --------------------------------------------------------------------------------------


def test_an_erasure_that_waits_is_no_finding_until_it_is_overdue(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["erase"] = away
    patch(yard.api, binary, state="destroyed")
    yard.store.before.clear()

    fresh = found(yard)
    yard.clock.pass_time(timedelta(hours=2))
    old = found(yard)
    repaired = found(yard, repair=True)

    assert fresh == []
    assert matters(old) == [Matter.ERASURE_OVERDUE]
    assert repaired == []
    assert yard.kept() == []


def test_an_erasure_that_cannot_be_done_stays_a_finding(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["erase"] = away
    patch(yard.api, binary, state="destroyed")
    yard.clock.pass_time(timedelta(hours=2))

    findings = found(yard, repair=True)

    assert [(each.suspicion.matter, each.repaired) for each in findings] == [
        (Matter.ERASURE_OVERDUE, False)
    ]


def test_a_verification_that_nobody_begins_is_set_going(yard: Yard) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    yard.jobs.clear()
    fresh = found(yard)
    yard.clock.pass_time(timedelta(hours=2))

    findings = found(yard, repair=True)

    assert fresh == []
    assert [(each.suspicion.matter, each.repaired) for each in findings] == [
        (Matter.VERIFICATION_STALLED, True)
    ]
    yard.work()
    assert see(yard.api, binary)["state"] == "signable"


# --- records that contradict themselves ----------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "values", "expected"),
    [
        ("signed", {"store": None, "upload": None}, Matter.RECORD_CONTRADICTS),
        ("uploadable", {"upload": "some"}, Matter.RECORD_CONTRADICTS),
        ("signable", {"state": State.SIGNED}, Matter.AUDIT_DIFFERS),
        ("signed", {"state": State.SIGNABLE}, Matter.AUDIT_DIFFERS),
    ],
)
def test_a_record_changed_by_hand_is_found(
    yard: Yard, state: str, values: dict[str, Any], expected: Matter
) -> None:
    binary = brought_to(yard, state, a_version(yard.api))
    alter(yard, binary, **values)

    findings = found(yard, repair=True)

    assert expected in matters(findings)
    assert not any(each.repaired for each in findings)


# --- stores --------------------------------------------------------------------------------------


def test_a_store_that_is_away_is_said_to_be(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    yard.store.before["kept"] = away

    findings = found(yard, repair=True)

    assert [(each.suspicion.matter, each.store) for each in findings] == [
        (Matter.STORE_AWAY, yard.shelf.name)
    ]


def test_a_store_that_is_not_configured_is_said_to_be(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    system = replace(yard.system, stores=Stores("none", {}))

    findings = list(check(system, Wanted(repair=True)))

    assert [(each.suspicion.matter, each.store) for each in findings] == [
        (Matter.STORE_UNKNOWN, yard.shelf.name)
    ]


# --- while the server goes on --------------------------------------------------------------------


def meanwhile(yard: Yard, what: Callable[[], object]) -> None:
    """Do it after the store was listed for the first time, and before anything is judged."""

    def then(listed: Any) -> Any:  # noqa: ANN401 - as the store gives it
        del yard.store.after["kept"]
        kept = list(listed)
        what()
        return iter(kept)

    yard.store.after["kept"] = then


@pytest.mark.parametrize("state", ["hashable", "signed"])
def test_what_is_uploaded_after_the_listing_is_not_called_missing(yard: Yard, state: str) -> None:
    version = a_version(yard.api)
    begun = a_binary(yard.api, version, target="begun")
    upload(yard.api, begun)
    yard.clock.pass_time(YEAR)

    def goes_on() -> None:
        patch(yard.api, begun, state="hashable")
        brought_to(yard, state, version, target="new")

    meanwhile(yard, goes_on)

    assert found(yard, repair=True) == []
    assert see(yard.api, begun)["state"] == "hashable"


def test_parts_that_are_joined_while_they_are_looked_for_are_not_called_gone(yard: Yard) -> None:
    """The claim of whoever joins them is on record before, and the move comes after."""
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    yard.store.after["close"] = power_cut

    def joined() -> None:
        with suppress(PowerCut):
            patch(yard.api, binary, state="hashable")
        alter(yard, binary, closing_until=None)

    looks = "arrived" if isinstance(yard.shelf, DiskShelf) else "received"
    once(yard, looks, joined)

    assert found(yard, repair=True) == []
    yard.store.after.clear()
    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_what_is_given_up_after_the_listing_is_not_called_unclaimed(yard: Yard) -> None:
    version = a_version(yard.api)
    gone, anew = (brought_to(yard, "signable", version, target=each) for each in ("a", "b"))
    yard.clock.pass_time(YEAR)

    def given_up() -> None:
        yard.api.delete(f"/binaries/{gone['prn']}")
        patch(yard.api, anew, state="uploadable")
        upload(yard.api, anew)

    meanwhile(yard, given_up)

    assert found(yard, deep=True, repair=True) == []
    assert patch(yard.api, anew, state="hashable").status_code == 200


def test_repairing_again_and_again_takes_nothing_from_anybody(yard: Yard) -> None:
    lives = one_of_each(yard)
    an_upload_nobody_knows(yard)
    yard.clock.pass_time(YEAR)

    for _ in range(3):
        found(yard, deep=True, repair=True)

    yard.work()
    assert found(yard, deep=True) == []
    assert yard.anybody.get(download_link(yard, lives["signed"])).content == CONTENT
    assert patch(yard.api, lives["uploadable"], state="hashable").status_code == 200
