"""What every store of content promises.

A key names the content of one upload attempt and is never used twice. An upload is
opened, receives parts, is closed, and then the key has content that never changes until
it is erased. Each step may be repeated after a crash. A store that hands out links lets
clients send and fetch bytes without us; a `LocalStore` has them pass through our own door.

What goes wrong is one of three refusals: `ContentMissing`, `ContentFull`,
`ContentUnavailable`. Adapters translate at their edge.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from sealift.domain.errors import ContentUnavailable

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\.[0-9]{1,19})?")


def is_key(name: str) -> bool:
    """Nothing that a file system reads its own meaning into, and no other name of a store's."""
    return _KEY.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class PartPlace:
    """One part of an upload: `offset` is None when it has to be joined by copying."""

    index: int
    size: int
    hash: str  # SHA-256, lowercase hex
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What a store says it has of a part; `hash` is None where it does not say."""

    size: int
    hash: str | None  # names its algorithm: "sha256:…" or "md5:…"
    arrival: str = field(default="", compare=False)  # another one whenever bytes arrive; short


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that a store has under a key: finished content, or an upload that is not."""

    key: str
    size: int | None  # bytes of finished content; None of an upload
    upload: str | None  # the store's name for an upload; None of finished content
    since: datetime  # by the store's clock


class Store(Protocol):
    def prepare(self) -> None:
        """Make the place ours, where no content is on record yet. Repeating is fine.

        Refuses as unavailable what belongs to another store, or has something else in it.
        """
        ...

    def probe(self) -> None:
        """Refuses as unavailable when the store cannot be used now."""
        ...

    def open(self, key: str) -> str:
        """The opening step. Returns the store's own name for the upload, needed further on."""
        ...

    def abandon(self, key: str, upload: str) -> None:
        """Drop one opened upload and nothing else of the key. Dropping twice is fine."""
        ...

    def part_link(self, key: str, upload: str, part: PartPlace, lifetime: timedelta) -> str | None:
        """A link that takes a PUT of this part and of nothing else; None: bytes come to us."""
        ...

    def received(self, key: str, upload: str) -> Mapping[int, Received] | None:
        """The parts that arrived without us; None: all came through our own door."""
        ...

    def close(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        """The closing step: join the parts, by index; no parts make empty content.

        Repeating it after success changes nothing. Refuses as missing when the upload is gone,
        and as `PartBusy` while a part is being written or was replaced.
        """
        ...

    def size(self, key: str) -> int | None:
        """Bytes stored under a closed key, None if there are none."""
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`. Refuses before the first chunk if there are none."""
        ...

    def download_link(self, key: str, verb: str, lifetime: timedelta) -> str | None:
        """A link that serves the content to GET or to HEAD; None: it is served by us."""
        ...

    def erase(self, key: str, upload: str) -> None:
        """Leave nothing of the key: no content, no unfinished upload. Erasing twice is fine."""
        ...

    def kept(self, beginning: str = "") -> Iterator[Kept]:
        """All that the store has under keys with this beginning, in the order of the keys as text.

        What is not named as a key is left out. It is no snapshot: whoever acts on what is listed
        looks again first. Refuses as unavailable, also half way; a list that ends was whole.
        """
        ...


class PartWriter(Protocol):
    def write(self, chunk: bytes | memoryview) -> None:
        """Append to the part. More than its size is a mistake of the caller."""
        ...

    def sync(self) -> None:
        """Return once the bytes would survive a loss of power."""
        ...


@runtime_checkable
class LocalStore(Store, Protocol):
    def receive(self, key: str, part: PartPlace) -> AbstractContextManager[PartWriter]:
        """Take the bytes of one part.

        A second writer of the part is refused as `PartBusy`, and any while the upload is closed.
        """
        ...

    def path(self, key: str) -> Path:
        """The file with the content of a closed key; refuses as missing if there is none."""
        ...

    def arrived(self, key: str, part: PartPlace) -> Iterator[bytes]:
        """The bytes of a part of an open upload. Refuses before the first if there are fewer."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """The configured stores by name. New uploads go to the default one."""

    default: str
    by_name: Mapping[str, Store]

    def named(self, name: str) -> Store:
        store = self.by_name.get(name)
        if store is None:
            message = f"the store {name} is not configured on this server; ask its operator"
            raise ContentUnavailable(message, store=name)
        return store
