"""Stores are made once; one that is away is never taken for a new one."""

from dataclasses import replace

import pytest

from sealift.actions.system import System
from sealift.content.disk import DiskStore
from sealift.content.store import Stores
from sealift.domain.errors import ContentUnavailable
from sealift.operate import stores
from tests.yard import CONTENT, Yard, a_binary, a_version, brought_to, declare_part

pytestmark = pytest.mark.on_disk


def _after_a_restart(yard: Yard, disk: DiskStore) -> System:
    return replace(yard.system, stores=Stores("disk", {"disk": disk}))


def test_a_store_that_no_record_relies_on_is_made(yard: Yard) -> None:
    a_binary(yard.api, a_version(yard.api))
    yard.folder.rename(yard.folder.with_name("never was"))
    disk = DiskStore(yard.folder)

    stores.prepare(_after_a_restart(yard, disk))

    disk.probe()
    assert list(disk.root.glob("*/*")) == []


@pytest.mark.parametrize("mount_point", ["none", "an empty one"])
@pytest.mark.parametrize("state", ["uploadable", "hashable", "signed"])
def test_a_store_with_content_on_record_is_not_made_anew(
    yard: Yard, state: str, mount_point: str
) -> None:
    version = a_version(yard.api)
    binary = brought_to(yard, state, version)
    if state == "uploadable":
        declare_part(yard.api, binary, 1, CONTENT)
    yard.folder.rename(yard.folder.with_name("not mounted"))
    if mount_point != "none":
        yard.folder.mkdir()

    with pytest.raises(ContentUnavailable, match="the store disk in"):
        stores.prepare(_after_a_restart(yard, DiskStore(yard.folder)))

    assert not yard.folder.exists() or list(yard.folder.iterdir()) == []


def test_a_store_that_is_still_to_erase_something_is_not_made_anew(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    _fail_to_erase(yard)
    yard.api.patch(f"/binaries/{binary['prn']}", json={"state": "destroyed"})
    yard.folder.rename(yard.folder.with_name("not mounted"))

    with pytest.raises(ContentUnavailable):
        stores.prepare(_after_a_restart(yard, DiskStore(yard.folder)))

    assert not yard.folder.exists()


def _fail_to_erase(yard: Yard) -> None:
    def away() -> None:
        raise ContentUnavailable("away")

    yard.store.before["erase"] = away


def test_a_store_whose_content_was_all_destroyed_may_be_made_anew(yard: Yard) -> None:
    brought_to(yard, "destroyed", a_version(yard.api))
    yard.folder.rename(yard.folder.with_name("thrown away"))

    stores.prepare(_after_a_restart(yard, DiskStore(yard.folder)))

    assert yard.folder.is_dir()


def test_a_store_that_is_there_goes_on(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    before = yard.kept()

    stores.prepare(_after_a_restart(yard, DiskStore(yard.folder)))

    assert yard.kept() == before != []


def test_a_store_that_records_rely_on_must_be_configured(yard: Yard) -> None:
    brought_to(yard, "signed", a_version(yard.api))
    elsewhere = DiskStore(yard.folder.with_name("elsewhere"))
    system = replace(yard.system, stores=Stores("new", {"new": elsewhere}))

    with pytest.raises(ContentUnavailable, match="SEALIFT_STORES__DISK__KIND"):
        stores.prepare(system)

    assert not elsewhere.root.exists()
