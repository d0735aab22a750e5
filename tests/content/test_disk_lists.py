"""What a disk lists, and what it leaves out."""

import pytest

from sealift.content.disk import DiskStore
from sealift.domain.errors import ContentUnavailable
from tests.content.stores import stored


def test_what_is_no_key_is_not_listed(disk: DiskStore) -> None:
    (disk.root / "lost+found").mkdir()
    (disk.root / "ab").write_bytes(b"no folder")
    (disk.root / "cd").mkdir()
    (disk.root / "cd" / "efgh").mkdir()

    assert list(disk.kept()) == []


def test_an_interrupted_erasure_is_listed_under_its_key(disk: DiskStore) -> None:
    upload = stored(disk, b"content")
    folder = disk.path(upload.key).parent
    folder.rename(folder.with_name(f"{upload.key}.erasing"))

    found = [(each.key, each.size) for each in disk.kept()]

    assert found == [(upload.key, None)]


def test_a_disk_that_is_away_has_no_list(disk: DiskStore) -> None:
    stored(disk, b"content")
    (disk.root / "sealift-store").unlink()

    with pytest.raises(ContentUnavailable):
        list(disk.kept())


def test_a_disk_that_goes_away_while_it_is_listed_does_not_end_the_list(disk: DiskStore) -> None:
    for _ in range(3):
        stored(disk, b"content")
    listing = disk.kept()
    next(listing)

    (disk.root / "sealift-store").unlink()

    with pytest.raises(ContentUnavailable):
        list(listing)
