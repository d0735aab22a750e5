"""Content from links to a file, in one stream or in several ranges at once.

A line that breaks is taken up where it broke, and getting any further renews the patience. A
link that is refused, or that brings nothing twice, is replaced by a fresh one. A server that
says itself that it has other content than it should is not asked again.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from sealift.agent.arrival import Arrival, Gap, arriving, discard
from sealift.agent.door import Away, reason
from sealift.agent.folder import sync_folder
from sealift.agent.judging import UpdateFailed, check_content, wrong
from sealift.agent.wanted import Entry
from sealift.client.crew import Stopped, work_off
from sealift.client.patience import Patience, asked_to_wait
from sealift.client.progress import Progress

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_NO_RANGE: Final = re.compile(r"bytes \*/(\d+)")


@dataclass(slots=True)
class Link:
    """Shared by threads: who finds it dead asks for a fresh one, unless another one did."""

    url: str
    renewed: Callable[[], str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def renew(self, dead: str) -> None:
        with self.lock:
            if self.url == dead:
                self.url = self.renewed()


@dataclass(frozen=True, slots=True)
class Fetcher:
    links: httpx.Client
    parallel: int
    patience: Patience
    progress: Progress

    def fetch(self, entry: Entry, link: Link, folder: Path) -> Path:
        """The file with the content, checked and safe on the disk."""
        path = folder / entry.hash
        try:
            if not _is_there(path, entry):
                self._bring(entry, link, path)
        except OSError as error:
            message = f"cannot write {error.filename or path}: {error.strerror or error}"
            raise UpdateFailed(message, entry.binary_prn) from error
        return path

    def _bring(self, entry: Entry, link: Link, path: Path) -> None:
        part = path.with_suffix(".part")
        label = f"downloading {entry.artifact.name} {entry.artifact_version.version}"
        with (
            self.progress.bar(label, entry.size) as advance,
            arriving(part, entry.size, advance) as arrival,
        ):
            self._fill(entry, link, arrival)
            if arrival.is_continued and not _is_right(part, entry):
                self.progress.note(f"what an earlier download left in {part} is wrong")
                arrival.restart()
                self._fill(entry, link, arrival)
        try:
            check_content(part, entry)
        except UpdateFailed:
            discard(part)
            raise
        part.replace(path)
        discard(part)
        sync_folder(path.parent)

    def _fill(self, entry: Entry, link: Link, arrival: Arrival) -> None:
        if arrival.missing > arrival.room():
            message = f"no room for {arrival.missing} bytes more; {arrival.room()} are free"
            raise UpdateFailed(message, entry.binary_prn)
        work = partial(self._close_gap, entry, link, arrival)
        try:
            work_off(arrival.split(self.parallel), work, self.parallel)
        except UpdateFailed:
            arrival.restart()  # of a server that sends the wrong bytes nothing is kept
            raise

    def _close_gap(
        self,
        entry: Entry,
        link: Link,
        arrival: Arrival,
        gap: Gap,
        stop: threading.Event,
    ) -> None:
        waits, fruitless = self.patience.waits(), 0
        while gap.start < gap.end:
            before, url = gap.start, link.url
            failure = self._receive(entry, url, arrival, gap, stop)
            if failure is None:
                continue
            if gap.start > before:
                waits, fruitless = self.patience.waits(), 0
            wait = next(waits)
            fruitless += 1
            if wait is None:
                raise Away(failure.message)
            if stop.is_set():
                raise Stopped
            self.patience.sleep(max(wait, failure.asked_to_wait))
            if failure.is_dead_link or fruitless > 1:
                link.renew(url)

    def _receive(
        self, entry: Entry, url: str, arrival: Arrival, gap: Gap, stop: threading.Event
    ) -> "_Failure | None":
        last = "" if gap.end == arrival.size else gap.end - 1
        is_all = (gap.start, gap.end) == (0, arrival.size)
        headers = {} if is_all else {"range": f"bytes={gap.start}-{last}"}
        before = gap.start
        try:
            with self.links.stream("GET", url, headers=headers) as answer:
                if not answer.is_success:
                    _check_length(answer, entry)
                    return _failure(answer)
                _take_in(answer, entry, arrival, gap, stop)
        except (httpx.TransportError, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            return _Failure(f"the content of {entry.binary_prn} does not come: {reason(error)}")
        if gap.start == before:
            return _Failure(f"the content of {entry.binary_prn} ends after {before} bytes")
        return None


@dataclass(frozen=True, slots=True)
class _Failure:
    message: str
    asked_to_wait: float = 0.0
    is_dead_link: bool = False


def _failure(answer: httpx.Response) -> _Failure:
    message = f"{answer.url.host} answered {answer.status_code} to a link to content"
    is_dead = answer.status_code not in _PASSING
    return _Failure(message, asked_to_wait(answer), is_dead_link=is_dead)


def _take_in(
    answer: httpx.Response, entry: Entry, arrival: Arrival, gap: Gap, stop: threading.Event
) -> None:
    """Bytes of the gap. A server without ranges sends all of it, of which the gap's are kept."""
    position, end = (gap.start, gap.end) if _is_part(answer) else (0, arrival.size)
    _check_announced(answer, entry, position)
    for piece in answer.iter_raw():
        begin, position = position, position + len(piece)
        if position > end:
            raise wrong(entry, "are more than that")
        wanted = piece[max(gap.start - begin, 0) : max(gap.end - begin, 0)]
        if wanted:
            arrival.fill(gap, wanted, stop)
        if gap.start >= gap.end and end > gap.end:
            return  # the rest is for somebody else


def _is_part(answer: httpx.Response) -> bool:
    """Not every store knows status 206, but all say which bytes they send."""
    return answer.status_code == HTTPStatus.PARTIAL_CONTENT or "content-range" in answer.headers


def _check_length(answer: httpx.Response, entry: Entry) -> None:
    """A range that is not there tells how long the content is that the server has."""
    if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        found = _NO_RANGE.fullmatch(answer.headers.get("content-range", ""))
        if found and int(found[1]) != entry.size:
            raise wrong(entry, f"are {found[1]}")


def _check_announced(answer: httpx.Response, entry: Entry, position: int) -> None:
    """Refuse before the first byte where the server says that it has something else."""
    if not _is_part(answer):
        length = answer.headers.get("content-length", str(entry.size))
        if length != str(entry.size):
            raise wrong(entry, f"would be {length}")
        return
    announced = answer.headers.get("content-range", "")
    found = _RANGE.fullmatch(announced)
    is_right = found and int(found[1]) == position and found[2] in {"*", str(entry.size)}
    if not is_right:
        raise wrong(entry, f"would be {announced!r}, where those from {position} on were asked for")


def _is_there(path: Path, entry: Entry) -> bool:
    if not path.exists():
        return False
    if _is_right(path, entry):
        return True
    path.unlink()
    return False


def _is_right(path: Path, entry: Entry) -> bool:
    try:
        check_content(path, entry)
    except UpdateFailed:
        return False
    return True
