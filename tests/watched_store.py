"""The one test double: a real store that is watched.

It counts calls, waits where a test wants to look around, fails where a test wants a fault,
and alters what the store says. It keeps the stores' contract itself, and is run through it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sealift.content.store import Kept, LocalStore, PartPlace, PartWriter, Received, Store

T = TypeVar("T")


@dataclass
class WatchedStore:
    """`before` is called with the call's name first and may wait or raise; `after` alters.

    Both are by name of the call. `bytes_read` counts what `read` gave out.
    """

    inner: Store
    calls: Counter[str] = field(default_factory=Counter[str])
    before: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    after: dict[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])
    bytes_read: int = 0

    def _watch(self, name: str, call: Callable[[], T]) -> T:
        self.calls[name] += 1
        if name in self.before:
            self.before[name]()
        answer = call()
        return self.after[name](answer) if name in self.after else answer

    def prepare(self) -> None:
        self._watch("prepare", self.inner.prepare)

    def probe(self) -> None:
        self._watch("probe", self.inner.probe)

    def open(self, key: str) -> str:
        return self._watch("open", lambda: self.inner.open(key))

    def abandon(self, key: str, upload: str) -> None:
        self._watch("abandon", lambda: self.inner.abandon(key, upload))

    def part_link(self, key: str, upload: str, part: PartPlace, lifetime: timedelta) -> str | None:
        return self._watch("part_link", lambda: self.inner.part_link(key, upload, part, lifetime))

    def received(self, key: str, upload: str) -> Mapping[int, Received] | None:
        return self._watch("received", lambda: self.inner.received(key, upload))

    def close(self, key: str, upload: str, parts: Sequence[PartPlace]) -> None:
        self._watch("close", lambda: self.inner.close(key, upload, parts))

    def size(self, key: str) -> int | None:
        return self._watch("size", lambda: self.inner.size(key))

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self._counted(self._watch("read", lambda: self.inner.read(key, start, stop)))

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if "chunk" in self.before:
                self.before["chunk"]()
            self.bytes_read += len(chunk)
            yield chunk

    def download_link(self, key: str, verb: str, lifetime: timedelta) -> str | None:
        return self._watch("download_link", lambda: self.inner.download_link(key, verb, lifetime))

    def erase(self, key: str, upload: str) -> None:
        self._watch("erase", lambda: self.inner.erase(key, upload))

    def kept(self, beginning: str = "") -> Iterator[Kept]:
        return self._watch("kept", lambda: self.inner.kept(beginning))


@dataclass
class WatchedLocalStore(WatchedStore):
    """A watched store is local if the real one is: that decides how bytes travel."""

    inner: LocalStore  # pyright: ignore[reportIncompatibleVariableOverride] - never set anew

    def receive(self, key: str, part: PartPlace) -> AbstractContextManager[PartWriter]:
        return self._watch("receive", lambda: self.inner.receive(key, part))

    def path(self, key: str) -> Path:
        return self._watch("path", lambda: self.inner.path(key))

    def arrived(self, key: str, part: PartPlace) -> Iterator[bytes]:
        return self._watch("arrived", lambda: self.inner.arrived(key, part))
