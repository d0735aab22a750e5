"""Content from a binary to a file, believed only once its length and digest are the record's.

Bytes go to `FILE.part`, which gets its final name after the check. Whatever stops the
download leaves that file, and the next one continues it. Within one download `If-Range`
guards against content that changed under us; between two the digest does: a continued file
that turns out wrong is fetched once more from its beginning.
"""

import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final

import httpx

from sealift.client.client import Client
from sealift.client.local import LocalTrouble
from sealift.client.patience import asked_to_wait
from sealift.client.problems import link_refusal
from sealift.client.progress import Advance, Progress
from sealift.domain.errors import Refusal
from sealift.wire.admin import Binary

_READ: Final = 1024**2  # bytes
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_DEAD: Final = frozenset({403, 404})
_FRESH_LINKS: Final = 2


class ContentWrong(LocalTrouble):
    """What arrived is not what the record says."""


def download(client: Client, prn: str, out: Path, progress: Progress) -> Binary:
    """The binary's content under `out`, which until then is left as it was."""
    if out.is_dir():
        raise LocalTrouble(f"{out} is a directory; name the file to write")
    binary = client.binaries.get(prn)
    url = client.binaries.download_url(prn)  # refuses before any file is made
    part = out.with_name(out.name + ".part")
    with _begun(part) as file, progress.bar("downloading", binary.size) as advance:
        arrival = _Arrival(file, advance)
        is_continued = arrival.take_up(binary.size)
        _fetch(client, binary, url, arrival)
        if is_continued and arrival.hash != binary.hash:
            progress.note(f"what an earlier download left in {part} is wrong; starting over")
            arrival.restart()
            _fetch(client, binary, url, arrival)
        file.flush()
        os.fsync(file.fileno())
    if arrival.hash != binary.hash:
        part.unlink()
        raise _wrong(binary, f"hash to {arrival.hash}; nothing was kept")
    part.replace(out)
    return binary


def stream(client: Client, prn: str, out: BinaryIO, progress: Progress) -> Binary:
    """The content to something that cannot be rewound: it is out before it is checked."""
    binary = client.binaries.get(prn)
    url = client.binaries.download_url(prn)
    with progress.bar("downloading", binary.size) as advance:
        arrival = _Arrival(out, advance)
        _fetch(client, binary, url, arrival)
    if arrival.hash != binary.hash:
        raise _wrong(binary, f"hash to {arrival.hash}; do not use what was written")
    return binary


class _Arrival:
    """What has arrived: where it is kept, how much, and its digest so far."""

    def __init__(self, file: BinaryIO, advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def hash(self) -> str:
        return self._digest.hexdigest()

    def take_up(self, most: int) -> bool:
        """Count what the file has already; more than `most` cannot be ours."""
        while piece := self._file.read(_READ):
            self._count(piece)
        if self.size > most:
            self.restart()
        return self.size > 0

    def add(self, piece: bytes) -> None:
        self._file.write(piece)
        self._count(piece)

    def restart(self) -> None:
        if not self._file.seekable():
            raise ContentWrong("the content changed on the way; do not use what was written")
        self._file.seek(0)
        self._file.truncate()
        self._advance(-self.size)
        self._digest = hashlib.sha256()
        self.size = 0

    def _count(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)
        self._advance(len(piece))


@dataclass(slots=True)
class _Link:
    url: str
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    refusal: Refusal
    is_passing: bool
    asked_to_wait: float = 0.0
    is_dead_link: bool = False


def _fetch(client: Client, binary: Binary, url: str, arrival: _Arrival) -> None:
    """Go on until all bytes are there; getting any further renews the patience."""
    patience = client.patience
    waits = patience.waits()
    link = _Link(url)
    fresh_links = 0
    while arrival.size < binary.size:
        before = arrival.size
        failure = _receive(client, binary, link, arrival)
        if failure is None:
            continue
        if arrival.size > before:
            waits, fresh_links = patience.waits(), 0
        wait = next(waits)
        fresh_links += failure.is_dead_link
        if wait is None or not failure.is_passing or fresh_links > _FRESH_LINKS:
            raise failure.refusal
        patience.sleep(max(wait, failure.asked_to_wait))
        link.url = client.binaries.download_url(binary.prn)


def _receive(client: Client, binary: Binary, link: _Link, arrival: _Arrival) -> _Failure | None:
    headers = {"accept-encoding": "identity"}
    if arrival.size:
        headers["range"] = f"bytes={arrival.size}-"
        if link.etag:
            headers["if-range"] = link.etag
    try:
        with client.presigned.stream(
            "GET", link.url, headers=headers, follow_redirects=True
        ) as answer:
            if not answer.is_success:
                answer.read()
                return _failure(answer)
            _begin(answer, arrival)
            link.etag = answer.headers.get("etag")
            _take_in(answer, binary, arrival)
    except httpx.TransportError as error:
        url = httpx.URL(link.url)
        return _Failure(client.unreachable(error, url), is_passing=True)
    return None


def _begin(answer: httpx.Response, arrival: _Arrival) -> None:
    """Make sure that the bytes to come are the next ones."""
    found = answer.headers.get("content-range", "")  # some stores send it with status 200
    if answer.status_code != HTTPStatus.PARTIAL_CONTENT and not found:
        if arrival.size:
            arrival.restart()  # the server sends the whole: it has other content, or no ranges
        return
    if not found.startswith(f"bytes {arrival.size}-"):
        raise ContentWrong(f"asked for bytes from {arrival.size} on, the server sends {found!r}")


def _take_in(answer: httpx.Response, binary: Binary, arrival: _Arrival) -> None:
    before = arrival.size
    for piece in answer.iter_raw():
        arrival.add(piece)
        if arrival.size > binary.size:
            raise _wrong(binary, "are more than that")
    if arrival.size == before:
        raise _wrong(binary, f"end after {arrival.size}")


def _failure(answer: httpx.Response) -> _Failure:
    is_dead = answer.status_code in _DEAD
    return _Failure(
        link_refusal(answer),
        is_passing=is_dead or answer.status_code in _PASSING,
        asked_to_wait=asked_to_wait(answer),
        is_dead_link=is_dead,
    )


def _wrong(binary: Binary, what: str) -> ContentWrong:
    return ContentWrong(
        f"{binary.prn} should have {binary.size} bytes that hash to {binary.hash};"
        f" those that arrived {what}"
    )


@contextmanager
def _begun(part: Path) -> Generator[BinaryIO]:
    """The file as an earlier download left it, or an empty one."""
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "r+b") as file:
            yield file
    except OSError as error:
        raise LocalTrouble(f"cannot write {part}: {error.strerror or error}") from error
