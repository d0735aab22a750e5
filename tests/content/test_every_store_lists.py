"""What every store promises about the list of all that it has."""

from datetime import UTC, datetime, timedelta

import pytest

from sealift.content.store import Kept, LocalStore, Store
from sealift.domain.errors import ContentMissing
from tests.content.stores import a_key, opened, pieces, some_bytes, stored


def listed(store: Store, key: str) -> list[Kept]:
    return [each for each in store.kept() if each.key == key]


def test_finished_content_is_listed_with_its_size(store: Store) -> None:
    upload = stored(store, some_bytes(1000))

    (found,) = listed(store, upload.key)

    assert (found.size, found.upload) == (1000, None)


def test_empty_content_is_listed_as_content(store: Store) -> None:
    upload = stored(store, b"")

    assert [each.size for each in listed(store, upload.key)] == [0]


@pytest.mark.parametrize("placed", [True, False])
def test_an_open_upload_is_listed_by_its_name(store: Store, *, placed: bool) -> None:
    upload = opened(store)
    upload.send(pieces(some_bytes(1000), [1000], placed=placed)[0])

    (found,) = listed(store, upload.key)

    assert (found.size, found.upload) == (None, upload.name)


def test_what_is_listed_is_recent(store: Store) -> None:
    upload, begun = opened(store), stored(store, b"content")

    found = listed(store, upload.key) + listed(store, begun.key)

    day = timedelta(days=1)
    assert all(abs(each.since - datetime.now(UTC)) < day for each in found)


@pytest.mark.parametrize("is_closed", [True, False])
def test_what_was_erased_is_not_listed(store: Store, *, is_closed: bool) -> None:
    upload = stored(store, b"content") if is_closed else opened(store)

    upload.erase()

    assert listed(store, upload.key) == []


def test_keys_come_in_the_order_of_their_text(store: Store) -> None:
    keys = sorted([*(a_key() for _ in range(20)), a_key(10)])
    for key in reversed(keys):
        opened(store, key)

    found = [each.key for each in store.kept()]

    assert found == keys


def test_only_keys_with_the_beginning_are_listed(store: Store) -> None:
    key = a_key()
    owner = key.removesuffix(".1")
    for each in (key, f"{owner}.2", a_key(), a_key()):
        opened(store, each)

    found = [[each.key for each in store.kept(beginning)] for beginning in (owner, key)]

    assert found == [[key, f"{owner}.2"], [key]]


def test_a_store_that_has_nothing_lists_nothing(store: Store) -> None:
    assert list(store.kept()) == []


@pytest.mark.parametrize("placed", [True, False])
def test_what_arrived_of_a_part_is_read_back(local_store: LocalStore, *, placed: bool) -> None:
    upload = opened(local_store)
    sent = pieces(some_bytes(3000), [1000, 2000], placed=placed)
    for piece in sent:
        upload.send(piece)

    found = [b"".join(local_store.arrived(upload.key, piece.place)) for piece in sent]

    assert found == [piece.content for piece in sent]


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_that_did_not_arrive_is_missing(local_store: LocalStore, *, placed: bool) -> None:
    upload = opened(local_store)
    first, second = pieces(some_bytes(3000), [1000, 2000], placed=placed)
    upload.send(first)

    with pytest.raises(ContentMissing):
        local_store.arrived(upload.key, second.place)
