"""What every store promises. A new store is done when it passes this."""

from collections.abc import Iterator
from random import Random

import pytest

from sealift.content.store import Store
from sealift.domain.errors import ContentMissing
from tests.content.stores import (
    LAYOUTS,
    Candidate,
    Upload,
    a_key,
    cut,
    is_gone,
    opened,
    pieces,
    replaces_parts,
    some_bytes,
    stored,
)

_MIB = 1024**2


# --- put and read --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["forwards", "backwards", "shuffled"])
@pytest.mark.parametrize("placed", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_put_is_read_back(
    candidate: Candidate, layout: str, order: str, *, placed: bool
) -> None:
    content, parts = cut(layout, candidate.part_size, placed=placed)
    upload = opened(candidate.store)
    sent = parts if order == "forwards" else parts[::-1]
    if order == "shuffled":
        Random(1).shuffle(sent := parts.copy())

    for piece in sent:
        upload.send(piece)
    upload.close(parts)

    assert upload.content() == content
    assert candidate.store.size(upload.key) == len(content)


def test_parts_with_places_are_joined_with_parts_without(candidate: Candidate) -> None:
    sizes = [candidate.part_size] * 4
    content = some_bytes(sum(sizes))
    placed, loose = (pieces(content, sizes, placed=each) for each in (True, False))
    parts = [loose[0], placed[1], loose[2], placed[3]]
    upload = opened(candidate.store)

    for piece in parts:
        upload.send(piece)
    upload.close(parts)

    assert upload.content() == content


def test_no_parts_are_empty_content(store: Store) -> None:
    upload = opened(store)

    upload.close([])

    assert store.size(upload.key) == 0
    assert upload.content() == b""


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        pytest.param(0, None, id="all"),
        pytest.param(0, 1, id="the first byte"),
        pytest.param(3 * _MIB - 1, None, id="the last byte"),
        pytest.param(_MIB - 1, _MIB + 1, id="across a chunk's end"),
        pytest.param(_MIB, 2 * _MIB, id="a whole chunk"),
        pytest.param(17, 3 * _MIB - 17, id="most of it"),
        pytest.param(5, 5, id="nothing"),
        pytest.param(3 * _MIB, None, id="from the end on"),
        pytest.param(3 * _MIB - 5, 4 * _MIB, id="beyond the end"),
    ],
)
def test_a_stretch_is_read_as_a_slice(store: Store, start: int, stop: int | None) -> None:
    content = some_bytes(3 * _MIB)
    upload = stored(store, content)

    read = b"".join(store.read(upload.key, start, stop))

    assert read == content[start:stop]


def test_a_store_that_hears_of_parts_tells_their_sizes(candidate: Candidate) -> None:
    _, parts = cut("a shorter last part", candidate.part_size, placed=True)
    upload = opened(candidate.store)
    for piece in parts:
        upload.send(piece)

    received = candidate.store.received(upload.key, upload.name)

    sizes = {piece.place.index: piece.place.size for piece in parts}
    assert received is None or {index: each.size for index, each in received.items()} == sizes


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_sent_again_replaces_the_earlier_one(candidate: Candidate, *, placed: bool) -> None:
    sizes = [candidate.part_size, 100]
    first = pieces(some_bytes(sum(sizes), seed=1), sizes, placed=placed)
    second = pieces(some_bytes(sum(sizes), seed=2), sizes, placed=placed)
    upload = opened(candidate.store)
    if not replaces_parts(candidate.store):
        pytest.skip("this store says itself that it takes no other bytes for a part")

    for piece in (*first, second[0]):
        upload.send(piece)
    upload.close([second[0], first[1]])

    assert upload.content() == second[0].content + first[1].content


# --- what is not there ---------------------------------------------------------------------------


def test_what_never_was_is_missing(store: Store) -> None:
    assert is_gone(store, a_key())


def test_content_is_missing_until_the_closing_step(store: Store) -> None:
    content = some_bytes(100)
    upload = opened(store)
    before = is_gone(store, upload.key)
    parts = pieces(content, [100], placed=True)
    upload.send(parts[0])

    assert before
    assert is_gone(store, upload.key)


class _BrokenOff(Exception):
    """The client is gone in the middle of a part."""


def _half(content: bytes) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    raise _BrokenOff


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_broken_off_leaves_nothing_false(store: Store, *, placed: bool) -> None:
    upload = opened(store)
    parts = pieces(some_bytes(1000), [1000], placed=placed)

    with pytest.raises(_BrokenOff):
        upload.stream(parts[0].place, _half(parts[0].content))

    with pytest.raises(ContentMissing):
        upload.close(parts)
    assert is_gone(store, upload.key)


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_broken_off_can_be_sent_again(store: Store, *, placed: bool) -> None:
    upload = opened(store)
    content = some_bytes(1000)
    parts = pieces(content, [1000], placed=placed)
    with pytest.raises(_BrokenOff):
        upload.stream(parts[0].place, _half(parts[0].content))

    upload.send(parts[0])
    upload.close(parts)

    assert upload.content() == content


# --- the closing step ----------------------------------------------------------------------------


@pytest.mark.parametrize("placed", [True, False])
def test_closing_again_changes_nothing(candidate: Candidate, *, placed: bool) -> None:
    content, parts = cut("a shorter last part", candidate.part_size, placed=placed)
    upload = opened(candidate.store)
    for piece in parts:
        upload.send(piece)

    for _ in range(3):
        upload.close(parts)

    assert upload.content() == content


def test_closing_empty_content_again_changes_nothing(store: Store) -> None:
    upload = opened(store)

    for _ in range(2):
        upload.close([])

    assert upload.content() == b""


def test_opening_again_loses_nothing(store: Store) -> None:
    content = some_bytes(1000)
    parts = pieces(content, [1000], placed=True)
    upload = opened(store)
    upload.send(parts[0])

    store.open(upload.key)
    upload.close(parts)

    assert upload.content() == content


@pytest.mark.parametrize("times", [1, 2])
def test_abandoning_another_upload_of_the_key_loses_nothing(store: Store, times: int) -> None:
    content = some_bytes(1000)
    parts = pieces(content, [1000], placed=True)
    upload = opened(store)
    other = store.open(upload.key)
    upload.send(parts[0])

    for _ in range(times):
        store.abandon(upload.key, other)
    upload.close(parts)

    assert upload.content() == content


def test_abandoning_another_upload_leaves_closed_content(store: Store) -> None:
    content = some_bytes(1000)
    parts = pieces(content, [1000], placed=True)
    upload = opened(store)
    other = store.open(upload.key)
    upload.send(parts[0])
    upload.close(parts)

    store.abandon(upload.key, other)

    assert upload.content() == content


def test_a_store_that_can_be_used_says_so(store: Store) -> None:
    store.probe()

    assert is_gone(store, a_key())


def test_closing_what_was_never_opened_is_refused(store: Store) -> None:
    upload = Upload(store, a_key(), opened(store).name)

    with pytest.raises(ContentMissing):
        upload.close(pieces(b"content", [7], placed=True))


@pytest.mark.parametrize("placed", [True, False])
def test_a_part_sent_after_the_closing_step_is_refused(store: Store, *, placed: bool) -> None:
    content = some_bytes(1000)
    upload = stored(store, content, placed=placed)
    late = pieces(some_bytes(1000, seed=2), [1000], placed=placed)

    with pytest.raises(ContentMissing):
        upload.send(late[0])

    upload.close(pieces(content, [1000], placed=placed))
    assert upload.content() == content
