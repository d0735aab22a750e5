"""Bytes of a file on their way out: which, in what pieces, and when it is better to stop."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.types import Message

from sealift.content_api.sending import FileAnswer
from sealift.domain.errors import LinkDead
from tests.web.asking import a_request

CONTENT = bytes(range(256)) * 4096 * 64  # 64 MiB


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sending") / "content"
    path.write_bytes(CONTENT)
    return path


class Taker:
    """Takes an answer; `pauses` are the seconds until each piece in turn is taken, then none."""

    def __init__(self, *pauses: float, leaves_after: int | None = None) -> None:
        self.pieces: list[bytes] = []
        self.status: int | None = None
        self._pauses = list(pauses)
        self._leaves_after = leaves_after
        self._left = asyncio.Event()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.pieces.append(message["body"])
        if self._pauses:
            await asyncio.sleep(self._pauses.pop(0))
        if len(self.pieces) == self._leaves_after:
            self._left.set()


def taken(taker: Taker, path: Path, body: Sequence[bytes | range], method: str = "GET") -> Taker:
    answer = FileAnswer(200, {}, path, body)
    asyncio.run(answer(a_request(method, "/"), taker.receive, taker.send))
    return taker


def test_stretches_of_the_file_and_what_stands_between_come_in_order(file: Path) -> None:
    body = [b"a", range(5, 10), b"", range(3_000_000, 9_000_000), b"z", range(7, 7)]

    pieces = taken(Taker(), file, body).pieces

    assert b"".join(pieces) == b"a" + CONTENT[5:10] + CONTENT[3_000_000:9_000_000] + b"z"


def test_each_piece_stays_what_it_was_however_late_it_is_looked_at(file: Path) -> None:
    assert b"".join(taken(Taker(), file, [range(len(CONTENT))]).pieces) == CONTENT


def test_pieces_grow_only_for_who_takes_many_of_them_quickly(file: Path) -> None:
    quick = taken(Taker(), file, [range(len(CONTENT))])
    slow = taken(Taker(*[0.0] * 40, *[0.02] * 30), file, [range(8 * 1024 * 1024)])

    assert max(map(len, quick.pieces)) > 10 * len(quick.pieces[0])
    assert {len(piece) for piece in slow.pieces[45:70]} == {len(slow.pieces[0])}


def test_head_is_answered_without_a_piece(file: Path) -> None:
    taker = taken(Taker(), file, [range(100)], method="HEAD")

    assert (taker.status, taker.pieces) == (200, [b""])


def test_nothing_is_read_for_who_has_left(file: Path) -> None:
    taker = taken(Taker(leaves_after=3), file, [range(len(CONTENT))])

    assert len(b"".join(taker.pieces)) < 1024 * 1024


def test_a_file_that_is_erased_meanwhile_is_sent_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    taker = Taker()

    async def erase_at_the_first_piece(message: Message) -> None:
        path.unlink(missing_ok=True)
        await taker.send(message)

    answer = FileAnswer(200, {}, path, [range(len(CONTENT))])
    asyncio.run(answer(a_request("GET", "/"), taker.receive, erase_at_the_first_piece))

    assert b"".join(taker.pieces) == CONTENT


def test_a_file_that_vanished_before_is_a_dead_link(tmp_path: Path) -> None:
    taker = Taker()

    with pytest.raises(LinkDead):
        taken(taker, tmp_path / "content", [range(5)])

    assert taker.status is None


def test_a_file_that_ends_too_early_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"12345")
    taker = Taker()

    with pytest.raises(EOFError, match="ends before byte 5"):
        taken(taker, path, [range(6)])

    assert taker.pieces == [b"12345"]
