"""What a store promises that takes bytes through our own door."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from sealift.content.store import LocalStore, PartPlace
from sealift.domain.errors import ContentMissing, PartBusy
from tests.content.stores import (
    LINK_LIFETIME,
    Upload,
    a_key,
    opened,
    pieces,
    some_bytes,
    stored,
)


def _part(*, placed: bool, index: int = 1) -> PartPlace:
    (piece,) = pieces(some_bytes(1000), [1000], placed=placed)
    return PartPlace(index, piece.place.size, piece.place.hash, piece.place.offset)


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_has_one_writer_at_a_time(local_store: LocalStore, *, placed: bool) -> None:
    upload, part = opened(local_store), _part(placed=placed)

    with (
        local_store.receive(upload.key, part),
        pytest.raises(PartBusy),
        local_store.receive(upload.key, part),
    ):
        pytest.fail("there are two writers of one part")


def test_a_second_writer_that_was_refused_harms_nothing(local_store: LocalStore) -> None:
    content = some_bytes(1000)
    (piece,) = pieces(content, [1000], placed=False)
    upload = opened(local_store)

    with local_store.receive(upload.key, piece.place) as writer:
        writer.write(content[:500])
        with pytest.raises(PartBusy):
            upload.send(piece)
        writer.write(memoryview(content)[500:])
        writer.sync()
    upload.close([piece])

    assert upload.content() == content


def test_of_many_writers_at_the_same_moment_one_is_taken(local_store: LocalStore) -> None:
    upload, part = opened(local_store), _part(placed=True)
    everybody_is_here = Barrier(8, timeout=30)

    def write() -> bool:
        everybody_is_here.wait()
        try:
            with local_store.receive(upload.key, part):
                everybody_is_here.wait()
        except PartBusy:
            everybody_is_here.wait()
            return False
        return True

    with ThreadPoolExecutor(8) as clients:
        writing = [clients.submit(write) for _ in range(8)]

    assert sum(each.result() for each in writing) == 1


def test_other_parts_and_other_keys_are_not_busy(local_store: LocalStore) -> None:
    first, second = opened(local_store), opened(local_store)

    with (
        local_store.receive(first.key, _part(placed=False)) as one,
        local_store.receive(first.key, _part(placed=False, index=2)) as other,
        local_store.receive(second.key, _part(placed=False)) as foreign,
    ):
        assert len({id(one), id(other), id(foreign)}) == 3


@pytest.mark.parametrize("placed", [True, False])
def test_nothing_is_closed_while_a_part_is_written(
    local_store: LocalStore, *, placed: bool
) -> None:
    content = some_bytes(1000)
    (piece,) = pieces(content, [1000], placed=placed)
    upload = opened(local_store)
    upload.send(piece)

    with local_store.receive(upload.key, piece.place) as writer:
        with pytest.raises(PartBusy):
            upload.close([piece])
        writer.write(content)

    assert local_store.size(upload.key) is None
    upload.close([piece])
    assert upload.content() == content


@pytest.mark.parametrize("placed", [True, False])
def test_closing_and_writing_at_once_never_change_what_is_closed(
    local_store: LocalStore, *, placed: bool
) -> None:
    first, second = (pieces(some_bytes(1000, seed), [1000], placed=placed)[0] for seed in (1, 2))
    for _ in range(20):
        upload, here = opened(local_store), Barrier(2, timeout=30)
        upload.send(first)

        def write(upload: Upload = upload, here: Barrier = here) -> None:
            here.wait()
            with suppress(PartBusy, ContentMissing):
                upload.send(second)

        def close(upload: Upload = upload, here: Barrier = here) -> bytes | None:
            here.wait()
            try:
                upload.close([first])
            except PartBusy:
                return None
            return upload.content()

        with ThreadPoolExecutor(2) as clients:
            writing, closing = clients.submit(write), clients.submit(close)

        writing.result()
        closed = closing.result()
        assert closed in (None, first.content, second.content)
        assert closed is None or upload.content() == closed


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_is_free_once_its_writer_is_gone(local_store: LocalStore, *, placed: bool) -> None:
    content = some_bytes(1000)
    (piece,) = pieces(content, [1000], placed=placed)
    upload = opened(local_store)
    with (
        pytest.raises(ConnectionResetError),
        local_store.receive(upload.key, piece.place),
    ):
        raise ConnectionResetError

    upload.send(piece)
    upload.close([piece])

    assert upload.content() == content


def test_a_part_of_an_upload_that_was_never_opened_is_refused(local_store: LocalStore) -> None:
    with (
        pytest.raises(ContentMissing),
        local_store.receive(a_key(), _part(placed=False)),
    ):
        pytest.fail("nobody opened this upload")


def test_content_is_a_file_too(local_store: LocalStore) -> None:
    content = some_bytes(1000)

    upload = stored(local_store, content)

    assert local_store.path(upload.key).read_bytes() == content


@pytest.mark.parametrize("stage", ["unknown", "opened", "erased"])
def test_content_that_is_missing_is_no_file(local_store: LocalStore, stage: str) -> None:
    upload = stored(local_store, b"content") if stage == "erased" else opened(local_store)
    if stage == "erased":
        upload.erase()

    with pytest.raises(ContentMissing):
        local_store.path(a_key() if stage == "unknown" else upload.key)


def test_it_lends_no_links_and_hears_of_no_parts(local_store: LocalStore) -> None:
    upload = stored(local_store, b"content")

    assert local_store.part_link(upload.key, upload.name, _part(placed=True), LINK_LIFETIME) is None
    assert local_store.download_link(upload.key, "GET", LINK_LIFETIME) is None
    assert local_store.received(upload.key, upload.name) is None
