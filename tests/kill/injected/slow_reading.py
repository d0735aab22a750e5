"""No fault: content is verified slowly, so that more happens meanwhile."""

from collections.abc import Iterator
from time import sleep
from typing import Final

from sealift.content.disk import DiskStore

_SECONDS: Final = 0.3
_read: Final = DiskStore.read


def _read_slowly(
    self: DiskStore, key: str, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    sleep(_SECONDS)
    return _read(self, key, start, stop)


DiskStore.read = _read_slowly
