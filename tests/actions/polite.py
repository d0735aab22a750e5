"""The client that does what every client should, one step at a time, and its less polite kin."""

from collections.abc import Iterator
from typing import Final

from tests.actions.compared import Compared
from tests.actions.expected import SMALLEST_PART
from tests.actions.supplies import BY_DIGEST, PIECES, honest, signature

WAYS: Final = (
    "as it should be",
    "as it should be",
    "after second thoughts",  # the first part was declared with another size before
    "in halves",  # which are too small, but for long content
    "with a gap",  # the last part has the next index but one
)


def go_on(both: Compared, prn: str, steps: int, way: str = WAYS[0]) -> None:
    """Towards `signed`: send what is missing, ask for the next state, and so on."""
    for _ in range(steps):
        _step(both, prn, way)


def _step(both: Compared, prn: str, way: str) -> None:
    binary = both.model.binaries.get(prn)
    match binary and binary.state:
        case "uploadable":
            _upload(both, prn, way)
            both.patch(prn, {"state": "hashable"})
        case "hashable":
            both.patch(prn, {"state": "hashing"})
        case "hashing":
            both.work()
        case "signable":
            _sign(both, prn)
        case _:
            pass


def _upload(both: Compared, prn: str, way: str) -> None:
    binary = both.model.binaries[prn]
    content = BY_DIGEST.get(binary.hash, bytes(binary.size))
    if way == "after second thoughts":
        both.declare(prn, 1, PIECES["end"], binary.size)
    for index, piece in _cut(content, way):
        made = both.declare(prn, index, piece, binary.size)
        if made is not None:
            both.send(*made, honest(piece))


def _cut(content: bytes, way: str) -> Iterator[tuple[int, bytes]]:
    size = max(len(content) // 2, 1) if way == "in halves" else SMALLEST_PART
    starts = range(0, len(content), size)
    for index, start in enumerate(starts, start=1):
        is_last = start == starts[-1]
        yield index + (way == "with a gap" and is_last), content[start : start + size]


def _sign(both: Compared, prn: str) -> None:
    declared = both.model.binaries[prn].hash
    for key, pair in both.model.keys.items():
        both.sign(prn, key, signature(pair, declared), is_good=True)
