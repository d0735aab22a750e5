"""Content to a binary, in parts: only what is missing, several parts at a time.

A part is skipped when the server has it as valid with our size and digest. Parts can only
be told apart by their place, so an upload that was begun with another part size is
continued with that size. Every try announces its part anew: links that expired, writers
that were cut off and bytes that arrived damaged are all cured by that.
"""

import base64
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from math import inf
from typing import Final

import httpx

from sealift.client.client import Client
from sealift.client.crew import Stopped, work_off
from sealift.client.local import LocalContent
from sealift.client.patience import asked_to_wait
from sealift.client.problems import link_refusal
from sealift.client.progress import Advance, Progress
from sealift.domain.errors import Invalid, Refusal
from sealift.domain.parts import LARGEST, MOST, SMALLEST, Cut, PartState, cuts, offset, stride
from sealift.wire.admin import Binary, BinaryPart, BinaryPartToSend, NewBinaryPart

MOST_AT_ONCE: Final = 16
_MEBIBYTE: Final = 1024**2
# A part costs the same few requests and commits whatever its size; one that breaks off is
# sent again whole. So a file is cut into so many, as long as they get no longer than this.
_CUT_INTO: Final = 32
_LONG: Final = 64 * _MEBIBYTE
_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# A dead link or damaged bytes: worth a fresh link twice, not as long as a busy server.
_CURED_BY_A_FRESH_LINK: Final = frozenset({400, 403, 404})
_FRESH_LINKS: Final = 2


def default_concurrency() -> int:
    return min(2 * (os.cpu_count() or 1), MOST_AT_ONCE)


def part_size_for(size: int, wanted: int | None = None) -> int:
    """`wanted`, or what suits the size; more where there would be too many parts."""
    if wanted is None:
        wanted = min(max(_whole_mebibytes(size, _CUT_INTO), SMALLEST), _LONG)
    if not SMALLEST <= wanted <= LARGEST:
        raise Invalid(f"the part size must be between {SMALLEST} and {LARGEST} bytes")
    return wanted if wanted * MOST >= size else _whole_mebibytes(size, MOST)


def _whole_mebibytes(size: int, count: int) -> int:
    """The least with which `count` parts are enough."""
    return -(-size // (count * _MEBIBYTE)) * _MEBIBYTE


def earlier_part_size(parts: Sequence[BinaryPart], size: int) -> int | None:
    """The size by which an earlier upload was cut, if its parts agree on one."""
    valid = [part for part in parts if part.state is PartState.VALID]
    for part in valid or parts:
        # Taken for one of the equal parts first, and for the shorter last one only then.
        for part_size in (part.size, stride(part.index, part.size, size)):
            if part_size is not None and _all_fit(valid, parts, size, part_size):
                return part_size
    return None


def _all_fit(
    valid: Sequence[BinaryPart], parts: Sequence[BinaryPart], size: int, part_size: int
) -> bool:
    count = len(cuts(size, part_size)) if part_size * MOST >= size else MOST + 1
    is_allowed = count <= MOST and (count == 1 or SMALLEST <= part_size <= LARGEST)
    return (
        is_allowed
        and all(part.index <= count for part in parts)
        and all(offset(part.index, part.size, size, part_size) is not None for part in valid)
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """`superfluous` parts have no place in our cut; only starting anew gets rid of them."""

    missing: tuple[Cut, ...]
    sent: int  # bytes that need not be sent again
    superfluous: tuple[int, ...]


def plan(content: LocalContent, parts: Sequence[BinaryPart]) -> Plan:
    pieces = content.cuts()
    valid = {(part.index, part.size, part.hash) for part in parts if part.state is PartState.VALID}
    missing = tuple(
        cut
        for cut in pieces
        if (cut.index, cut.size, content.part_hashes[cut.index - 1]) not in valid
    )
    return Plan(
        missing=missing,
        sent=content.size - sum(cut.size for cut in missing),
        superfluous=tuple(part.index for part in parts if part.index > len(pieces)),
    )


def send_missing(
    client: Client,
    binary: Binary,
    content: LocalContent,
    todo: Plan,
    *,
    concurrency: int,
    progress: Progress,
) -> None:
    """Send what `todo` says is missing. A part that fails for good stops the others."""
    _ = client.presigned  # made here, before threads could make two
    with progress.bar("uploading", content.size) as advance:
        advance(todo.sent)
        send = partial(_send, client, binary, content, advance)
        work_off(todo.missing, send, concurrency)


def _send(
    client: Client,
    binary: Binary,
    content: LocalContent,
    advance: Advance,
    cut: Cut,
    stop: threading.Event,
) -> None:
    declaration = NewBinaryPart(
        expected_binary_size=content.size,
        hash=content.part_hashes[cut.index - 1],
        size=cut.size,
    )
    patience = replace(client.patience, sleep=stop.wait)
    for number, wait in enumerate(patience.waits(), start=1):
        part = client.binaries.declare_part(binary.prn, cut.index, declaration)
        count = _Count(advance)
        failure = _try(client, part, _watched(content.bytes_of(cut), count, stop))
        if failure is None:
            return
        count.take_back()
        if failure.blames_the_bytes:
            content.check_part(cut)
        if wait is None or number >= failure.tries:
            failure.refusal.add_note(f"while sending part {cut.index} of {content.path}")
            raise failure.refusal
        patience.sleep(max(wait, failure.asked_to_wait))


@dataclass(frozen=True, slots=True)
class _Failure:
    refusal: Refusal
    tries: int | float  # how many this kind deserves in all
    asked_to_wait: float = 0.0
    blames_the_bytes: bool = False


def _try(client: Client, part: BinaryPartToSend, body: Iterator[bytes]) -> _Failure | None:
    url = httpx.URL(part.presigned_upload_url)
    headers = {
        "content-length": str(part.size),
        "content-type": "application/octet-stream",
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(part.hash)).decode(),
    }
    try:
        answer = client.presigned.put(url, content=body, headers=headers)
    except httpx.TransportError as error:
        return _Failure(client.unreachable(error, url), tries=inf)
    if answer.is_success:
        return None
    return _Failure(
        link_refusal(answer),
        tries=_tries(answer.status_code),
        asked_to_wait=asked_to_wait(answer),
        blames_the_bytes=answer.status_code == HTTPStatus.BAD_REQUEST,
    )


def _tries(status: int) -> int | float:
    if status in _PASSING:
        return inf
    return _FRESH_LINKS + 1 if status in _CURED_BY_A_FRESH_LINK else 1


class _Count:
    """Bytes that were counted as sent, until a failed try takes them back."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._bytes = 0

    def add(self, count: int) -> None:
        self._bytes += count
        self._advance(count)

    def take_back(self) -> None:
        self._advance(-self._bytes)
        self._bytes = 0


def _watched(pieces: Iterator[bytes], count: _Count, stop: threading.Event) -> Iterator[bytes]:
    for piece in pieces:
        if stop.is_set():
            raise Stopped
        yield piece
        count.add(len(piece))
