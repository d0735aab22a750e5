"""Parts: what is sent, what is skipped, what is tried again and what gives up."""

import os
import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx
import pytest

from sealift.client.client import Client
from sealift.client.local import FileChanged, LocalContent, read
from sealift.client.patience import Patience
from sealift.client.progress import Unwatched
from sealift.client.upload import earlier_part_size, part_size_for, plan, send_missing
from sealift.domain.errors import (
    ContentFull,
    Invalid,
    LinkForbidden,
    PartChecksumWrong,
    Unavailable,
)
from sealift.domain.parts import LARGEST, MOST, SMALLEST, PartState
from sealift.wire.admin import Binary, BinaryPart
from tests.client.line import Line, once, when
from tests.yard import a_binary, a_version

MEBIBYTE = 1024**2
_SIZE = 3 * SMALLEST + 1000


def _content(folder: Path, size: int = _SIZE, part_size: int = SMALLEST) -> LocalContent:
    path = folder / "firmware.bin"
    path.write_bytes(os.urandom(size))
    return read(path, part_size, lambda _: None)


def _record(line: Line, content: LocalContent) -> Binary:
    made = a_binary(line.yard.api, a_version(line.yard.api), content.path.read_bytes())
    return Binary.model_validate(made)


def _send(client: Client, binary: Binary, content: LocalContent, concurrency: int = 1) -> None:
    todo = plan(content, client.binaries.parts(binary.prn))
    send_missing(client, binary, content, todo, concurrency=concurrency, progress=Unwatched())


def _part(
    index: int, size: int, state: PartState = PartState.VALID, digest: str = ""
) -> BinaryPart:
    return BinaryPart.model_construct(index=index, size=size, hash=digest, state=state)


# --- decisions -----------------------------------------------------------------------------------


def test_only_valid_parts_with_our_size_and_digest_are_skipped(tmp_path: Path) -> None:
    content = _content(tmp_path)
    right = content.part_hashes
    there = [
        _part(1, SMALLEST, digest=right[0]),
        _part(2, SMALLEST, digest="0" * 64),
        _part(3, SMALLEST, PartState.UPLOADABLE, right[2]),
        _part(4, 999, digest=right[3]),
    ]

    todo = plan(content, there)

    assert [cut.index for cut in todo.missing] == [2, 3, 4]
    assert todo.sent == SMALLEST
    assert todo.superfluous == ()


def test_parts_behind_our_last_one_are_superfluous(tmp_path: Path) -> None:
    todo = plan(_content(tmp_path), [_part(5, 10), _part(9, 10, PartState.UPLOADABLE)])

    assert todo.superfluous == (5, 9)


@pytest.mark.parametrize(
    ("size", "chosen"),
    [
        (0, 5 * MEBIBYTE),
        (160 * MEBIBYTE, 5 * MEBIBYTE),
        (160 * MEBIBYTE + 1, 6 * MEBIBYTE),
        (1024 * MEBIBYTE, 32 * MEBIBYTE),
        (2048 * MEBIBYTE, 64 * MEBIBYTE),
        (MOST * 64 * MEBIBYTE, 64 * MEBIBYTE),
        (MOST * 64 * MEBIBYTE + 1, 65 * MEBIBYTE),
        (MOST * LARGEST, LARGEST),
    ],
)
def test_large_files_are_cut_into_larger_parts(size: int, chosen: int) -> None:
    assert part_size_for(size) == chosen


@pytest.mark.parametrize(
    ("size", "wanted", "chosen"),
    [
        (0, SMALLEST, SMALLEST),
        (MOST * SMALLEST, SMALLEST, SMALLEST),
        (MOST * SMALLEST + 1, SMALLEST, 6 * MEBIBYTE),
        (MOST * SMALLEST + 1, 50_000_000, 50_000_000),
        (MOST * LARGEST, SMALLEST, LARGEST),
    ],
)
def test_a_part_size_that_is_asked_for_grows_only_where_there_would_be_too_many(
    size: int, wanted: int, chosen: int
) -> None:
    assert part_size_for(size, wanted) == chosen


@pytest.mark.parametrize("wanted", [0, SMALLEST - 1, LARGEST + 1])
def test_a_part_size_that_no_server_takes_is_refused(wanted: int) -> None:
    with pytest.raises(Invalid, match="part size"):
        part_size_for(100, wanted)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([], None),
        ([_part(1, 2 * SMALLEST)], 2 * SMALLEST),
        ([_part(2, 2 * SMALLEST), _part(4, 2 * SMALLEST)], 2 * SMALLEST),
        ([_part(5, 1000)], 2 * SMALLEST),  # the last one tells as well
        ([_part(1, 2 * SMALLEST), _part(2, SMALLEST)], None),  # they disagree
        ([_part(1, 2 * SMALLEST), _part(6, 10, PartState.UPLOADABLE)], None),  # one too many
        ([_part(1, 10, PartState.UPLOADABLE), _part(2, 2 * SMALLEST)], 2 * SMALLEST),
        ([_part(1, 100)], None),  # too small for any but the last
    ],
)
def test_an_earlier_cut_is_recognised(parts: Sequence[BinaryPart], found: int | None) -> None:
    assert earlier_part_size(parts, 8 * SMALLEST + 1000) == found


# --- sending -------------------------------------------------------------------------------------


def test_all_parts_arrive_valid(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path)
    binary = _record(line, content)

    with line.client() as client:
        _send(client, binary, content, concurrency=4)
        there = client.binaries.parts(binary.prn)

    assert [part.state for part in there] == [PartState.VALID] * 4
    assert tuple(part.hash for part in there) == content.part_hashes


def test_a_second_run_sends_only_what_is_missing(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path)
    binary = _record(line, content)
    third = f"/binaries/{binary.prn}/parts/3"
    line.faults = [when("PUT", third, lambda _: httpx.Response(422, json={}))]

    with line.client() as client:
        with pytest.raises(Invalid):
            _send(client, binary, content)
        first_run = line.parts_sent()
        line.faults, line.sent = [], []
        _send(client, binary, content)

    assert first_run == [1, 2]
    assert line.parts_sent() == [3, 4]


def test_nothing_is_sent_when_everything_is_there(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path)
    binary = _record(line, content)

    with line.client() as client:
        _send(client, binary, content)
        line.sent = []
        _send(client, binary, content)

    assert line.parts_sent() == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_a_part_that_fails_once_gets_a_fresh_link(line: Line, tmp_path: Path, status: int) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    line.faults = [once(when("PUT", "/content/", lambda _: httpx.Response(status)))]

    with line.client() as client:
        _send(client, binary, content)
        there = client.binaries.parts(binary.prn)

    links = [str(request.url) for request in line.sent if "/content/" in str(request.url)]
    assert [part.state for part in there] == [PartState.VALID]
    assert len(set(links)) == 2


def test_a_broken_line_is_tried_again(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    breaks = [httpx.WriteError("broken pipe"), httpx.ReadTimeout("")]

    def fault(request: httpx.Request) -> httpx.Response | None:
        if breaks and "/content/" in str(request.url):
            raise breaks.pop()
        return None

    line.faults = [fault]
    with line.client() as client:
        _send(client, binary, content)

    assert line.parts_sent() == [1, 1, 1]


def test_a_link_that_stays_dead_ends_it_soon(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    line.faults = [when("PUT", "/content/", lambda _: httpx.Response(403))]

    with line.client() as client, pytest.raises(LinkForbidden) as caught:
        _send(client, binary, content)

    assert line.parts_sent() == [1, 1, 1]
    assert caught.value.__notes__ == [f"while sending part 1 of {content.path}"]


def test_a_busy_store_is_given_all_the_patience(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    line.faults = [when("PUT", "/content/", lambda _: httpx.Response(503))]
    with line.client() as client:
        client.patience = Patience(first=0)
        with pytest.raises(Unavailable):
            _send(client, binary, content)

    assert len(line.parts_sent()) == Patience().tries


def test_a_full_store_ends_it_at_once(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path)
    binary = _record(line, content)
    line.faults = [when("PUT", "/content/", lambda _: httpx.Response(507))]

    with line.client() as client, pytest.raises(ContentFull):
        _send(client, binary, content)

    assert line.parts_sent() == [1]


def test_bytes_that_are_damaged_on_the_way_are_sent_again(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)

    def damage(request: httpx.Request) -> httpx.Response:
        damaged = bytes(byte ^ 1 for byte in request.content)
        return line.passed_on(request, damaged)

    line.faults = [once(when("PUT", "/content/", damage))]
    with line.client() as client:
        _send(client, binary, content)
        there = client.binaries.parts(binary.prn)

    assert line.parts_sent() == [1, 1]
    assert [part.state for part in there] == [PartState.VALID]


def test_a_file_that_was_altered_behind_its_date_is_to_blame(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    before = content.path.stat()
    content.path.write_bytes(os.urandom(1000))
    os.utime(content.path, ns=(before.st_atime_ns, before.st_mtime_ns))

    with line.client() as client, pytest.raises(FileChanged):
        _send(client, binary, content)

    assert line.parts_sent() == [1]


def test_bytes_that_are_damaged_every_time_end_it(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=1000)
    binary = _record(line, content)
    wrong = httpx.Response(400, json={"errors": {"detail": "x"}, "code": "part.checksum"})
    line.faults = [when("PUT", "/content/", lambda _: wrong)]

    with line.client() as client, pytest.raises(PartChecksumWrong):
        _send(client, binary, content)

    assert line.parts_sent() == [1, 1, 1]


def test_a_part_that_fails_for_good_stops_the_others(line: Line, tmp_path: Path) -> None:
    content = _content(tmp_path, size=10 * SMALLEST)
    binary = _record(line, content)
    line.faults = [when("PUT", "/content/", lambda _: httpx.Response(507))]

    with line.client() as client, pytest.raises(ContentFull):
        _send(client, binary, content, concurrency=3)

    assert len(line.parts_sent()) <= 3


def test_progress_counts_what_is_there_and_takes_back_what_failed(
    line: Line, tmp_path: Path
) -> None:
    content = _content(tmp_path)
    binary = _record(line, content)
    watched = _Watched()

    with line.client() as client:
        _send(client, binary, content)
        todo = plan(content, client.binaries.parts(binary.prn)[:2])
        line.faults = [once(when("PUT", "/content/", lambda _: httpx.Response(500)))]
        send_missing(client, binary, content, todo, concurrency=1, progress=watched)

    assert watched.steps[0] == 2 * SMALLEST
    assert min(watched.steps) < 0
    assert sum(watched.steps) == content.size


def test_memory_does_not_grow_with_the_part(tmp_path: Path) -> None:
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(256 * 1024**2)
    content = read(path, 256 * 1024**2, lambda _: None)
    binary = Binary.model_construct(prn="prn", size=content.size)
    client = Client("http://sealift.test", "key", transport=_Sink(content))
    todo = plan(content, [])

    tracemalloc.start()
    send_missing(client, binary, content, todo, concurrency=1, progress=Unwatched())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * 1024**2


class _Watched:
    def __init__(self) -> None:
        self.steps: list[int] = []
        self.lock = threading.Lock()

    def note(self, text: str) -> None:
        pass

    def bar(self, label: str, total: int | None) -> "_Watched":
        del label, total
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, count: int) -> None:
        with self.lock:
            self.steps.append(count)


class _Sink(httpx.BaseTransport):
    """Takes any part and forgets its bytes."""

    def __init__(self, content: LocalContent) -> None:
        self._part = {
            "prn": "prn",
            "organization_prn": "prn",
            "inserted_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "binary_prn": "prn",
            "index": 1,
            "hash": content.part_hashes[0],
            "size": content.size,
            "state": "uploadable",
            "presigned_upload_url": "http://store.test/part",
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "store.test":
            return httpx.Response(201, json={"binary_part": self._part})
        assert isinstance(request.stream, httpx.SyncByteStream)
        count = sum(map(len, request.stream))
        return httpx.Response(200 if count == self._part["size"] else 400)
