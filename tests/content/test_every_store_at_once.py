"""What every store promises about several clients at once and about much content."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from sealift.content.store import PartPlace, Store
from tests.content.stores import Candidate, cut, opened, pieces, some_bytes, stored

_MIB = 1024**2
_BIG = 64 * _MIB
_MEMORY = 8 * _MIB  # more than a few chunks, far less than the content


@pytest.mark.parametrize("placed", [True, False])
def test_parts_may_arrive_side_by_side(candidate: Candidate, *, placed: bool) -> None:
    content, parts = cut("many parts", candidate.part_size, placed=placed)
    upload = opened(candidate.store)

    with ThreadPoolExecutor(len(parts)) as clients:
        list(clients.map(upload.send, parts))
    upload.close(parts)

    assert upload.content() == content


def test_uploads_side_by_side_never_mix(candidate: Candidate) -> None:
    sizes = [candidate.part_size] * 2
    contents = [some_bytes(sum(sizes), seed) for seed in range(4)]
    uploads = [opened(candidate.store) for _ in contents]
    parts_of = [pieces(content, sizes, placed=True) for content in contents]

    with ThreadPoolExecutor(8) as clients:
        for index in (1, 0):
            for upload, parts in zip(uploads, parts_of, strict=True):
                clients.submit(upload.send, parts[index])
    for upload, parts in zip(uploads, parts_of, strict=True):
        upload.close(parts)

    assert [upload.content() for upload in uploads] == contents


def test_content_may_be_read_side_by_side(store: Store) -> None:
    content = some_bytes(3 * _MIB)
    upload = stored(store, content)

    with ThreadPoolExecutor(4) as clients:
        reading = [clients.submit(upload.content) for _ in range(8)]

    assert all(each.result() == content for each in reading)


@pytest.mark.parametrize("placed", [True, False])
def test_big_content_is_never_held_in_memory(store: Store, *, placed: bool) -> None:
    block, whole = some_bytes(_MIB), sha256()
    for _ in range(_BIG // _MIB):
        whole.update(block)
    place = PartPlace(1, _BIG, whole.hexdigest(), 0 if placed else None)
    upload, read = opened(store), sha256()
    tracemalloc.start()

    upload.stream(place, (block for _ in range(_BIG // _MIB)))
    store.close(upload.key, upload.name, [place])
    for chunk in store.read(upload.key):
        read.update(chunk)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.digest() == whole.digest()
    assert peak < _MEMORY
