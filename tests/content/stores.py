"""The stores that keep the contract, and how a client's bytes get into any of them.

Another store joins by a factory in `_FACTORIES`; nothing else here or in the contract's tests
knows what a store is made of.
"""

from base64 import b64encode
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypeAlias
from uuid import uuid4

import httpx
import pytest

from sealift.content.disk import DiskStore
from sealift.content.s3 import S3Address, S3Store
from sealift.content.store import LocalStore, PartPlace, Store
from sealift.domain.errors import ContentMissing
from tests.s3_server import S3Server
from tests.watched_store import WatchedLocalStore, WatchedStore

LINK_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Candidate:
    store: Store
    part_size: int  # the least for parts that are not the last, in bytes


Factory: TypeAlias = Callable[[pytest.FixtureRequest], AbstractContextManager[Candidate]]


def a_disk(folder: Path) -> DiskStore:
    """A store on a disk as it is once the server has started."""
    disk = DiskStore(folder)
    disk.prepare()
    return disk


def an_s3_address(server: S3Server, bucket: str) -> S3Address:
    return S3Address(
        bucket=bucket,
        endpoint_url=server.endpoint_url,
        region=server.region,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
    )


@contextmanager
def _disk(request: pytest.FixtureRequest) -> Generator[Candidate]:
    folder: Path = request.getfixturevalue("tmp_path")
    # No whole number of blocks or pages, so that parts meet in the middle of them.
    yield Candidate(a_disk(folder), part_size=5003)


@contextmanager
def _watched_disk(request: pytest.FixtureRequest) -> Generator[Candidate]:
    with _disk(request) as made:
        assert isinstance(made.store, LocalStore)
        yield Candidate(WatchedLocalStore(made.store), made.part_size)


@contextmanager
def _s3(request: pytest.FixtureRequest, server: str = "s3_server") -> Generator[Candidate]:
    found: S3Server = request.getfixturevalue(server)
    with found.bucket() as bucket:
        yield Candidate(S3Store(an_s3_address(found, bucket)), found.part_size)


@contextmanager
def _watched_s3(request: pytest.FixtureRequest) -> Generator[Candidate]:
    with _s3(request) as made:
        yield Candidate(WatchedStore(made.store), made.part_size)


@contextmanager
def _s3_streams(request: pytest.FixtureRequest) -> Generator[Candidate]:
    with _s3(request, "streaming_s3_server") as made:
        yield made


_FACTORIES: dict[str, Factory] = {
    "disk": _disk,
    "watched disk": _watched_disk,
    "s3": _s3,
    "watched s3": _watched_s3,
    "s3 that joins at once": _s3_streams,
}
LOCAL_STORES = ["disk", "watched disk"]  # those that take bytes through our own door
STORES = [
    name if name in LOCAL_STORES else pytest.param(name, marks=pytest.mark.enable_socket)
    for name in _FACTORIES
]


@contextmanager
def a_candidate(request: pytest.FixtureRequest) -> Generator[Candidate]:
    """What the fixture's parameter names, empty."""
    with _FACTORIES[request.param](request) as made:
        yield made


def replaces_parts(store: Store) -> bool:
    """Whether other bytes are taken for a part that has arrived; not every S3 store can."""
    real = store.inner if isinstance(store, WatchedStore) else store
    return not isinstance(real, S3Store) or real.powers().replaces_parts


def some_bytes(size: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(size)


def a_key(attempt: int = 1) -> str:
    """A key as the records make them: never used before."""
    return f"{uuid4()}.{attempt}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part and its bytes."""

    place: PartPlace
    content: bytes


def pieces(content: bytes, sizes: Sequence[int], *, placed: bool) -> list[Piece]:
    """`content` cut into parts of these sizes, which know their place or have to be joined."""
    assert sum(sizes) == len(content)
    found: list[Piece] = []
    for index, end in enumerate(accumulate(sizes), start=1):
        offset = end - sizes[index - 1]
        part = content[offset:end]
        digest = sha256(part).hexdigest()
        place = PartPlace(index, len(part), digest, offset if placed else None)
        found.append(Piece(place, part))
    return found


# Sizes of parts, from the least one that is not the last.
LAYOUTS: dict[str, Callable[[int], list[int]]] = {
    "one small part": lambda _: [14],
    "equal parts": lambda size: [size] * 3,
    "a shorter last part": lambda size: [size] * 3 + [1],
    "parts of any sizes": lambda size: [size + 1, 3 * size, size, 2 * size],
    "many parts": lambda size: [size] * 12,
}


def cut(layout: str, part_size: int, *, placed: bool) -> tuple[bytes, list[Piece]]:
    """Some content, and its parts in one of the `LAYOUTS`."""
    sizes = LAYOUTS[layout](part_size)
    content = some_bytes(sum(sizes))
    return content, pieces(content, sizes, placed=placed)


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that has been opened."""

    store: Store
    key: str
    name: str  # the store's own

    def send(self, piece: Piece) -> None:
        self.stream(piece.place, [piece.content])

    def stream(self, place: PartPlace, chunks: Iterable[bytes]) -> None:
        """Send a part as a client would: by a link where there is one, else through us."""
        if isinstance(self.store, LocalStore):
            with self.store.receive(self.key, place) as writer:
                for chunk in chunks:
                    writer.write(chunk)
                writer.sync()
            return
        link = self.store.part_link(self.key, self.name, place, LINK_LIFETIME)
        assert link is not None, "a store that is not local lends links"
        headers = {
            "content-length": str(place.size),
            "content-type": "application/octet-stream",
            "x-amz-checksum-sha256": b64encode(bytes.fromhex(place.hash)).decode(),
        }
        answer = httpx.put(link, content=iter(chunks), headers=headers)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise ContentMissing(answer.text)
        assert answer.is_success, answer.text

    def close(self, parts: Iterable[Piece]) -> None:
        self.store.close(self.key, self.name, [piece.place for piece in parts])

    def erase(self) -> None:
        self.store.erase(self.key, self.name)

    def content(self) -> bytes:
        return b"".join(self.store.read(self.key))


def opened(store: Store, key: str | None = None) -> Upload:
    key = key or a_key()
    return Upload(store, key, store.open(key))


def stored(store: Store, content: bytes, *, placed: bool = True) -> Upload:
    """An upload that has been sent in one part and closed."""
    upload = opened(store)
    sent = pieces(content, [len(content)] if content else [], placed=placed)
    for piece in sent:
        upload.send(piece)
    upload.close(sent)
    return upload


def is_gone(store: Store, key: str) -> bool:
    """Whether reading is refused and there is no size."""
    try:
        b"".join(store.read(key))
    except ContentMissing:
        return store.size(key) is None
    return False
