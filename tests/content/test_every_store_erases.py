"""What every store promises about erasing: from that instant nothing of the key comes back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from sealift.content.store import Store
from sealift.domain.errors import ContentMissing
from tests.content.stores import (
    Candidate,
    Upload,
    a_key,
    cut,
    is_gone,
    opened,
    pieces,
    some_bytes,
    stored,
)


def _brought_to(stage: str, store: Store) -> Upload:
    if stage == "unknown":
        return Upload(store, a_key(), opened(store).name)
    if stage == "closed":
        return stored(store, some_bytes(1000))
    upload = opened(store)
    if stage == "with a part":
        upload.send(pieces(some_bytes(1000), [1000], placed=True)[0])
    return upload


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("stage", ["unknown", "opened", "with a part", "closed"])
def test_erasing_leaves_nothing_however_often(store: Store, stage: str, times: int) -> None:
    upload = _brought_to(stage, store)

    for _ in range(times):
        upload.erase()

    assert is_gone(store, upload.key)
    with pytest.raises(ContentMissing):
        upload.close(pieces(some_bytes(1000), [1000], placed=True))


@pytest.mark.parametrize("placed", [True, False])
def test_nothing_a_late_writer_does_comes_back(store: Store, *, placed: bool) -> None:
    upload = opened(store)
    parts = pieces(some_bytes(1000), [1000], placed=placed)

    def chunks() -> Iterator[bytes]:
        yield parts[0].content[:500]
        upload.erase()
        yield parts[0].content[500:]

    with suppress(ContentMissing):
        upload.stream(parts[0].place, chunks())
    with pytest.raises(ContentMissing):
        upload.send(parts[0])

    with pytest.raises(ContentMissing):
        upload.close(parts)
    assert is_gone(store, upload.key)


def test_a_late_closer_brings_nothing_back(store: Store) -> None:
    upload = opened(store)
    parts = pieces(some_bytes(1000), [1000], placed=True)
    upload.send(parts[0])
    upload.erase()

    with pytest.raises(ContentMissing):
        upload.close(parts)

    assert is_gone(store, upload.key)


def test_several_may_erase_at_once(candidate: Candidate) -> None:
    _, parts = cut("many parts", candidate.part_size, placed=False)
    upload = opened(candidate.store)
    for piece in parts:
        upload.send(piece)

    with ThreadPoolExecutor(8) as clients:
        erasing = [clients.submit(upload.erase) for _ in range(8)]

    assert [each.result() for each in erasing] == [None] * 8
    assert is_gone(candidate.store, upload.key)


def test_erasing_one_key_leaves_the_others(store: Store) -> None:
    key = a_key()
    alike = [opened(store, f"{key}{ending}") for ending in ("", "0", "1")]
    parts = [pieces(some_bytes(100, seed), [100], placed=True) for seed in range(3)]
    for upload, sent in zip(alike, parts, strict=True):
        upload.send(sent[0])
        upload.close(sent)

    alike[0].erase()

    assert is_gone(store, key)
    assert [each.content() for each in alike[1:]] == [sent[0].content for sent in parts[1:]]
